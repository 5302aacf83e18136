"""The evidence of a running server, as an auditor gets it (rules T1, T2, S1, E2)."""

import httpx
import pytest

from tests.support.acties import UNKNOWN, an_actie, bsn
from tests.support.client import ACTIES, BEWIJS, OBJECTEN, Api, Client, assert_proper, faulty
from tests.support.server import Server
from verwerkingenlog.ledger.checker import (
    Opened,
    VerifierKey,
    VersieOpening,
    open_checkpoint,
    verify_consistency,
    verify_proof,
)
from verwerkingenlog.ledger.tiles import TilePath, tile_path, width_at
from verwerkingenlog.ledger.tree import consistency, hashes, tiles_of
from verwerkingenlog.storage.ringfile import RingFile


@pytest.fixture(scope="module")
def note(client: Client, bewerking: Api) -> str:
    """Give a checkpoint of a log that has something in it."""
    actie = bewerking.register(an_actie())
    assert bewerking.prove(f"{ACTIES}/{actie['actieId']}/versies/1/bewijs").status_code == 200
    return published(client, "checkpoint").text


@pytest.fixture(scope="module")
def key(server: Server, note: str) -> VerifierKey:
    ring = RingFile(server.data_dir / "sleutels.json").ring()
    [public] = [key.publiek for key in ring.sleutels if key.publiek is not None]
    return VerifierKey(note.splitlines()[0], public)


def published(client: Client, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    """Ask for what needs no token."""
    answer = client.http.request(method, f"{BEWIJS}/{path}", headers=headers)
    assert_proper(answer)
    return answer


def test_T1_S1_anyone_may_have_the_checkpoint(client: Client, note: str, key: VerifierKey) -> None:
    answer = published(client, "checkpoint")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=1"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert open_checkpoint(answer.text, [key]).size >= open_checkpoint(note, [key]).size


def test_T1_S1_anyone_may_have_the_tiles(client: Client, bewerking: Api, note: str, key: VerifierKey) -> None:
    old = open_checkpoint(note, [key])
    last = [bewerking.register(an_actie()) for _ in range(3)][-1]
    bewerking.prove(f"{ACTIES}/{last['actieId']}/versies/1/bewijs", {"personen": "nee"})
    new = open_checkpoint(published(client, "checkpoint").text, [key])
    assert new.size >= old.size + 3
    ranges = consistency(old.size, new.size)
    found = {}
    for level, number in tiles_of(ranges):
        width = width_at(level, number, new.size)
        answer = published(client, tile_path(TilePath(level, number, width)))
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert len(answer.content) == width * 32
        kept = "public, max-age=31536000, immutable" if width == 256 else "public, max-age=3600"
        assert answer.headers["Cache-Control"] == kept
        found[level, number] = answer.content
    path = hashes(ranges, lambda level, number: found[level, number])
    verify_consistency(old.size, new.size, path, old.root, new.root)


@pytest.mark.parametrize(
    "path",
    ["tile/0/999", "tile/0/000.p/0", "tile/0/0", "tile/0/000/", "tile/x/000", "tile/", "tile/0/000.p/1%0A"],
)
def test_E2_a_tile_that_is_not_there_is_a_404_that_no_cache_keeps(client: Client, path: str) -> None:
    answer = published(client, path)
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000.p/1"])
def test_E2_what_is_published_can_be_read_and_nothing_else(client: Client, note: str, path: str) -> None:
    assert note
    head, get = published(client, path, "HEAD"), published(client, path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(get.content))
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        refused = published(client, path, method)
        assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")
    assert published(client, path, Accept="text/html").status_code == 406
    assert published(client, path, Accept="text/html, */*;q=0.1").status_code == 200
    assert faulty(published(client, f"{path}?kleur=rood")) == ["kleur"]


def test_T2_a_proof_holds_without_the_server(bewerking: Api, inzage: Api, key: VerifierKey) -> None:
    citizen, housemate = bsn(), bsn()
    actie = bewerking.register(an_actie(citizen, housemate, systeem="Geheim systeem"))
    whole = bewerking.prove(f"{ACTIES}/{actie['actieId']}/versies/1/bewijs")
    assert whole.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert whole.headers["Cache-Control"] == "no-store"
    opening = opened(whole, key)
    assert [citizen, housemate] == [deel.fields["objectId"] for deel, _ in opening.geopend]
    assert isinstance(opening.intern, Opened)
    part = inzage.prove(f"{OBJECTEN}/{actie['verwerkteObjecten'][0]['verwerktObjectId']}/bewijs")
    opening = opened(part, key)
    assert [citizen] == [deel.fields["objectId"] for deel, _ in opening.geopend]
    assert isinstance(opening.intern, bytes)


def opened(answer: httpx.Response, key: VerifierKey) -> VersieOpening:
    assert answer.status_code == 200
    proof, _ = verify_proof(answer.content, [key])
    assert isinstance(proof.opening, VersieOpening)
    return proof.opening


def test_S4_the_proofs_keep_the_order_of_checks(client: Client, bewerking: Api) -> None:
    nobody = client.bewerking()
    path = f"{client.url}{BEWIJS}{ACTIES}/{UNKNOWN}/versies/1/bewijs"
    assert nobody.post(path).status_code == 405
    assert nobody.get(path, headers={"Accept": "application/json"}).status_code == 406
    assert nobody.get(path, {"kleur": "rood"}).status_code == 403
    assert nobody.get(f"{client.url}{BEWIJS}/onbekend").status_code == 404
    assert faulty(bewerking.get(path, {"personen": "misschien"}, {"OIN": "1"})) == ["OIN", "personen"]
    assert faulty(bewerking.get(path, {"personen": ""})) == ["personen"]
    assert bewerking.request("HEAD", path).status_code == 404


@pytest.mark.parametrize("nummer", ["0", "01", "-1", "x", "1.0", "99999999999999999999", "%31%30", "²"])
def test_H1_a_version_that_does_not_exist_is_not_found(client: Client, bewerking: Api, nummer: str) -> None:
    actie = bewerking.register(an_actie())
    path = f"{client.url}{BEWIJS}{ACTIES}/{actie['actieId']}/versies/{nummer}/bewijs"
    assert bewerking.get(path).status_code == 404
