"""`verwerkingenlog bewijs maak` and `controleer`, on a real log and then without it (T2, L1, I4)."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.support.sealed import Sealer
from tests.support.store import OTHER, PERSON, a_version
from verwerkingenlog.cli import main
from verwerkingenlog.domain.verwerkingsactie import Versie, verwerkt_object_id
from verwerkingenlog.ledger.checker import VerifierKey, open_checkpoint
from verwerkingenlog.ledger.tiles import TilePath, tile_path, width_at
from verwerkingenlog.operations import bewijs
from verwerkingenlog.operations.beheer import wie
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.read_entry import ACTIE_NAAM
from verwerkingenlog.storage.database import connect

Cli = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
def cli(
    database: str, sleutels: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Cli:
    """Give what runs a command on the log, and gives its exit code, output and errors."""
    monkeypatch.setenv("VERWERKINGENLOG_DATABASE_URL", database)
    monkeypatch.setenv("VERWERKINGENLOG_SLEUTELS", str(sleutels))

    async def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = await asyncio.to_thread(main, ["bewijs", *arguments])
        except SystemExit as end:
            code = int(str(end.code))
        out, err = capsys.readouterr()
        return code, out, err

    return run


async def registered(log: Log, count: int = 1) -> Versie:
    for _ in range(count):
        versie = a_version(PERSON, OTHER, systeem="Zaaksysteem")
        await log.group_commit.register(versie)
    return versie


async def keep_tiles(log: Log, folder: Path, key: VerifierKey) -> Path:
    """Copy the tiles of a log as it is published, and give the checkpoint."""
    note = await bewijs.checkpoint(log)
    size = open_checkpoint(note, [key]).size
    for level in range(2):
        for number in range((size >> 8 * level) // 256 + 1):
            width = width_at(level, number, size)
            if width:
                path = tile_path(TilePath(level, number, width))
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes((await bewijs.tile(log, path)).hashes)
    (folder / "checkpoint").write_text(note, "utf-8")
    return folder / "checkpoint"


async def test_T2_L1_a_proof_can_be_made_and_checked(
    log: Log, database: str, seal: Sealer, cli: Cli, tmp_path: Path
) -> None:
    actie = await registered(log)
    key = await seal()
    file = tmp_path / "een.tlog-proof"
    assert await cli("maak", actie.actie_id, "-o", str(file)) == (0, "", "")
    assert file.stat().st_mode & 0o077 == 0
    code, out, err = await cli("controleer", str(file), "--sleutel", key.text)
    assert (code, err) == (0, "")
    for shown in (
        "Dit is bewezen",
        key.name,
        actie.actie_id,
        PERSON.object_id,
        OTHER.object_id,
        "Zaaksysteem",
    ):
        assert shown in out
    connection = await connect(database)
    entry = await connection.fetchrow("select * from versie_volledig where actie_naam = $1", ACTIE_NAAM)
    await connection.close()
    assert (entry["gebruiker"], entry["applicatie"]) == (wie()[:40], "verwerkingenlog bewijs")


async def test_M7_I4_the_options_keep_persons_closed(
    log: Log, seal: Sealer, cli: Cli, tmp_path: Path
) -> None:
    actie = await registered(log)
    key = await seal()
    file = tmp_path / "proof"

    async def shown(*options: str) -> str:
        code, proof, _ = await cli("maak", actie.actie_id, *options)
        assert code == 0
        file.write_text(proof, "utf-8")
        code, out, _ = await cli("controleer", str(file), "--sleutel", key.text)
        assert code == 0
        return out

    nobody = await shown("--zonder-personen", "--versie", "1")
    assert "Zaaksysteem" in nobody
    assert PERSON.object_id not in nobody
    one = await shown("--object", verwerkt_object_id(actie.actie_id, 2))
    assert OTHER.object_id in one
    assert PERSON.object_id not in one
    assert "Zaaksysteem" not in one


async def test_T2_what_was_changed_is_refused(log: Log, seal: Sealer, cli: Cli, tmp_path: Path) -> None:
    actie = await registered(log)
    key = await seal()
    _, proof, _ = await cli("maak", actie.actie_id)
    file = tmp_path / "proof"
    file.write_text(proof.replace("index ", "index 1"), "utf-8")
    code, out, err = await cli("controleer", str(file), "--sleutel", key.text)
    assert (code, out) == (1, "")
    assert err.startswith("Dit is niet bewezen. ")
    file.write_text(proof, "utf-8")
    other = VerifierKey(key.name, bytes(32))
    assert (await cli("controleer", str(file), "--sleutel", other.text))[0] == 1


async def test_T2_a_later_log_is_shown_to_have_only_grown(
    log: Log, seal: Sealer, cli: Cli, tmp_path: Path
) -> None:
    actie = await registered(log, 300)
    key = await seal()
    early, file = await keep_tiles(log, tmp_path / "early", key), tmp_path / "proof"
    _, proof, _ = await cli("maak", actie.actie_id)
    file.write_text(proof, "utf-8")
    await registered(log, 400)
    await seal()
    later = await keep_tiles(log, tmp_path / "later", key)
    check = ("controleer", str(file), "--sleutel", key.text, "--checkpoint")
    code, out, err = await cli(*check, str(later), "--tegels", str(tmp_path / "later"))
    assert (code, err) == (0, "")
    assert "van daarna" in out
    assert (await cli(*check, str(early), "--tegels", "hier-niet"))[
        0
    ] == 0  # the same size: no tile is needed
    assert (await cli(*check, str(later), "--tegels", str(tmp_path)))[0] == 1
    assert (await cli(*check, str(later)))[0] == 2
    for path in (tmp_path / "later" / "tile").rglob("*"):
        if path.is_file():
            path.write_bytes(bytes(len(path.read_bytes())))
    code, _, err = await cli(*check, str(later), "--tegels", str(tmp_path / "later"))
    assert code == 1
    assert "alleen groeide" in err


async def test_T1_what_is_not_sealed_says_what_to_do(log: Log, cli: Cli) -> None:
    actie = await registered(log)
    code, out, err = await cli("maak", actie.actie_id)
    assert (code, out) == (1, "")
    assert "verwerkingenlog zegel --eenmaal" in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("maak", "geen-uuid"), "UUID"),
        (("maak", "42f616a9-ba62-47f9-b6d6-d0a285000000", "--versie", "0"), "getal"),
        (
            (
                "maak",
                "42f616a9-ba62-47f9-b6d6-d0a285000000",
                "--object",
                "42f616a9-ba62-47f9-b6d6-d0a286000001",
            ),
            "hoort niet",
        ),
        (
            (
                "maak",
                "42f616a9-ba62-47f9-b6d6-d0a285000000",
                "--versie",
                "1",
                "--object",
                "42f616a9-ba62-47f9-b6d6-d0a285000001",
            ),
            "--versie",
        ),
        (("controleer", "hier-is-niets", "--sleutel", "x"), "--sleutel"),
        (("controleer", "hier-is-niets"), "--sleutel"),
    ],
)
async def test_a_wrong_argument_is_told(cli: Cli, arguments: tuple[str, ...], told: str) -> None:
    code, out, err = await cli(*arguments)
    assert (code, out) == (2, "")
    assert told in err


async def test_a_file_that_cannot_be_used_is_told(log: Log, seal: Sealer, cli: Cli, tmp_path: Path) -> None:
    actie = await registered(log)
    key = await seal()
    assert (await cli("controleer", str(tmp_path / "niets"), "--sleutel", key.text))[0] == 2
    assert (await cli("maak", actie.actie_id, "-o", str(tmp_path / "geen" / "map")))[0] == 2
    assert (await cli("maak", a_version().actie_id))[0] == 1
