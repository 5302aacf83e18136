"""What an archive says of an actie gives back the actie; what no log writes is refused."""

import hashlib
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.integration.test_store import contents
from tests.support.store import AUTEUR, OTHER, PERSON, a_version
from verwerkingenlog.domain.verwerkingsactie import (
    Versie,
    Verwerkingsactie,
    VerwerktObject,
    actie_id_from,
    first_version,
    lapsed_version,
    next_version,
)
from verwerkingenlog.errors import ArchiveRefused
from verwerkingenlog.ledger.bladen import blad
from verwerkingenlog.ledger.checker import NO_LEAF
from verwerkingenlog.operations.verhuizing.controle import header_of
from verwerkingenlog.operations.verhuizing.geschiedenis import history, salts_of, versieregel
from verwerkingenlog.operations.verhuizing.regels import Actie, parse, written
from verwerkingenlog.operations.verhuizing.schijf import Leaves, Seen

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def salts(label: bytes) -> bytes:
    return hashlib.sha256(label).digest()


def line_of(*versies: Versie) -> bytes:
    return written(
        Actie(
            actie_id=versies[0].actie_id,
            versies=tuple(versieregel(versie, 0, NO_LEAF, salts) for versie in versies),
        )
    )


def read(line: bytes) -> Actie:
    actie = parse(line)
    assert isinstance(actie, Actie)
    return actie


@given(first=contents, second=contents, random=st.binary(min_size=16, max_size=16))
def test_M2_T1_whatever_a_log_holds_comes_back_with_its_leaf(
    first: Verwerkingsactie, second: Verwerkingsactie, random: bytes
) -> None:
    one = first_version(actie_id_from(random), first, AUTEUR, NOW)
    two = next_version(one, second, AUTEUR, NOW)
    versies = (one, two, lapsed_version(two, AUTEUR, NOW))
    actie = read(line_of(*versies))
    assert history(actie) == versies
    for versie, regel in zip(versies, actie.versies, strict=True):
        assert blad(versie, NO_LEAF, salts_of(regel)) == blad(versie, NO_LEAF, salts)


ONE = a_version(PERSON, OTHER)
IMPOSSIBLE = {
    "a gap between versions": (ONE, replace(ONE, nummer=3)),
    "no first version": (replace(ONE, nummer=2),),
    "a number that is used twice": (replace(ONE, nummers=(1, 1)),),
    "numbers out of order": (replace(ONE, nummers=(2, 1)),),
    "a number above the highest": (replace(ONE, hoogste_nummer=1),),
    "a highest number that falls": (ONE, replace(ONE, nummer=2, nummers=(1, 2), hoogste_nummer=0)),
    "no BSN": (a_version(VerwerktObject("bsn", "1234567890")),),
    "an afnemer without BSN": (a_version(soort_afnemer_id="BSN", afnemer_id="X"),),
    "another klasse": (replace(ONE, klasse="opgeheven"),),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_M2_I5_M7_what_no_log_writes_is_refused(name: str) -> None:
    line = line_of(*IMPOSSIBLE[name])
    with pytest.raises(ValueError):  # noqa: PT011 - it says nothing, for it may hold values
        history(read(line))


@pytest.mark.parametrize(
    ("part", "other"),
    [
        (b'000000"', b'000001"'),  # the id of an occurrence, not of an actie
        (b"Zoeken personen", b"Zoeken\\u0000personen"),
        (b"Zoeken personen", b"Zoeken\\ud800personen"),
        (b'"blad":0', b'"blad":-1'),
        (b'"blad":0', b'"blad":0,"erbij":1'),
        (b'"soort":"actie"', b'"soort":"iets"'),
        (b"}\n", b"}"),
    ],
)
def test_M3_T2_a_line_that_is_no_line_of_an_archive_is_refused(part: bytes, other: bytes) -> None:
    line = line_of(ONE)
    assert part in line
    with pytest.raises(ValueError):  # noqa: PT011 - as above
        parse(line.replace(part, other))


def test_T2_an_archive_begins_with_its_header() -> None:
    for lines in ([], [line_of(ONE)], [b"\n"]):
        with pytest.raises(ArchiveRefused):
            header_of(lines)


def test_T3_a_leaf_is_struck_out_once() -> None:
    leaves = Leaves()
    leaf, other, gone = (salts(bytes([n])) for n in range(3))
    leaves.put(0, leaf + other)
    leaves.put(2, gone)
    assert not leaves.strike(1, leaf)
    assert leaves.strike(0, leaf)
    assert not leaves.strike(0, leaf)
    assert not leaves.purge(0)
    assert leaves.purge(2)
    assert leaves.purge(2)
    assert not leaves.strike(2, gone)
    assert not leaves.strike(3, bytes(32))
    assert not leaves.purge(3)
    assert (leaves.struck, leaves.purged) == (2, 1)
    leaves.close()


def test_M3_each_text_is_new_once_however_full_it_gets() -> None:
    seen = Seen(50)
    texts = [str(number) for number in range(101)]
    assert all(seen.add(text) for text in texts[:100])
    assert not any(seen.add(text) for text in texts[:100])
    seen.close()


def test_M5_what_was_not_given_takes_no_room() -> None:
    regel = msgspec.json.decode(line_of(a_version(actie_naam="")))["versies"][0]
    assert not regel.keys() & {"actieNaam", "bewaartermijn", "afnemerId", "zoutAfnemer", "vervallen"}
