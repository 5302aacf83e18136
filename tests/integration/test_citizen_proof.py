"""A citizen with their own proof and a stolen dump of the database, but no key: who else was there?

The attacker knows all there is to know of the housemate's entry but the BSN, and tries every BSN that there
can be in a range, under every salt and every key that proof and dump may seem to offer (rules I4, M7, T1).
"""

import base64
import hashlib
import hmac
import re
import subprocess
from collections.abc import Iterable, Iterator

import pytest

from tests.support.sealed import Sealer
from tests.support.store import OTHER, PERSON, a_version
from verwerkingenlog.domain.betrokkene import identify
from verwerkingenlog.domain.leesgegevens import Leesgegevens
from verwerkingenlog.domain.toegang import Aanroeper, Scope
from verwerkingenlog.domain.verwerkingsactie import VerwerktObject, verwerkt_object_id
from verwerkingenlog.ledger.bladen import INTERN, intern_of, personen_of, persoon_label
from verwerkingenlog.ledger.checker import leaf_hash
from verwerkingenlog.operations import bewijs
from verwerkingenlog.operations.log import Log
from verwerkingenlog.storage import reading
from verwerkingenlog.storage.embedded import Cluster
from verwerkingenlog.storage.rows import Record

CITIZEN, HOUSEMATE = PERSON, OTHER
THIRD = VerwerktObject("BSN", "999994748")
HOUSEMATES_LABEL = persoon_label(2)
PREFIXES = range(99_890_000, 100_000_000)
"""The first eight digits of the BSNs that the attacker tries."""
WEIGHTS = range(9, 1, -1)


def eleven_proof(prefixes: Iterable[int]) -> Iterator[str]:
    """Give every BSN with these first eight digits; the last one follows from the eleven test."""
    for prefix in prefixes:
        digits = f"{prefix:08}"
        last = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits, strict=True)) % 11
        if last < 10:
            yield f"{digits}{last}"


class Loot:
    """What an attacker reads in a proof and in a dump."""

    def __init__(self, proof: bytes, dump: str) -> None:
        text = proof.decode()
        text += base64.b64decode(text.splitlines()[1].removeprefix("extra ")).decode()
        values = [bytes.fromhex(found) for found in re.findall(r"\\x([0-9a-f]+)", dump)]
        self.text = text + dump
        self.values = {value for value in values if len(value) == 32}
        self.hashes = {base64.b64decode(found) for found in re.findall(r"[A-Za-z0-9+/]{43}=", text)}
        self.hashes |= {value[i : i + 32] for value in values for i in range(0, len(value), 32)}

    def salts(self, record: Record, label: bytes) -> set[bytes]:
        """Give all that might be the salt of a part of this record, without the key that makes it.

        The seed of the record is in the dump, beside it.
        """
        seed = record.zaad
        guesses = {b"", bytes(32), seed, seed * 2, hashlib.sha256(seed).digest()}
        guesses |= {hashlib.sha256(seed + label).digest(), hmac.digest(seed, label, "sha256")}
        keys = self.values | {bytes(32), seed}
        return guesses | self.hashes | {hmac.digest(key, seed + label, "sha256") for key in keys}

    def confirms(self, salts: Iterable[bytes], contents: Iterable[bytes]) -> Iterator[bytes]:
        """Give which of these contents lie, under one of these salts, behind a hash that was found."""
        for content in contents:
            for salt in salts:
                made = hashlib.sha256(salt + content).digest()
                if made in self.hashes or leaf_hash(made) in self.hashes:
                    yield content

    def reveals(self, bsns: Iterable[str]) -> Iterator[str]:
        """Give which BSNs have an index in the dump that can be made without the search key."""
        keys = [bytes(32), *self.values]
        for bsn in bsns:
            plaintext = "\0".join(identify("BSN", bsn)[0]).encode()
            digests = {hashlib.sha256(plaintext).digest(), hashlib.sha256(bsn.encode()).digest()}
            if not digests.isdisjoint(self.hashes) or any(
                hmac.digest(key, plaintext, "sha256") in self.values for key in keys
            ):
                yield bsn


def entries_of(record: Record, bsns: Iterable[str]) -> Iterator[bytes]:
    """Give the part of the housemate, as it would be with each of these BSNs."""
    (content,) = [deel.inhoud for deel in personen_of(record.versie) if deel.label == HOUSEMATES_LABEL]
    before, after = content.split(HOUSEMATE.object_id.encode())
    return (before + bsn.encode() + after for bsn in bsns)


@pytest.fixture
async def household(log: Log, seal: Sealer) -> Record:
    """Give an actie about a citizen and a housemate, handed to a third person."""
    versie = a_version(
        CITIZEN,
        HOUSEMATE,
        systeem="Zaaksysteem",
        gebruiker="medewerker-12",
        gegevensbron="BRP",
        soort_afnemer_id="BSN",
        afnemer_id=THIRD.object_id,
    )
    await log.group_commit.register(versie)
    await seal()
    async with log.pool.acquire() as connection:
        record = await reading.current(connection, log.ring, versie.actie_id)
    assert record is not None
    return record


@pytest.fixture
async def loot(log: Log, household: Record, cluster: Cluster, database: str) -> Loot:
    reader = Aanroeper("burgerportaal", "", frozenset({Scope.READ_NORMAL}))
    object_id = verwerkt_object_id(household.versie.actie_id, 1)
    proof = await bewijs.prove_occurrence(log, reader, object_id, Leesgegevens())
    command = [str(cluster.binaries / "pg_dump"), "--inserts", database]
    dump = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own pg_dump
    return Loot(proof, dump.stdout)


def test_the_candidates_are_many_and_the_housemate_is_one_of_them() -> None:
    candidates = list(eleven_proof(PREFIXES))
    assert len(candidates) > 99_000
    assert {HOUSEMATE.object_id, CITIZEN.object_id, THIRD.object_id} <= set(candidates)


async def test_I4_M7_nobody_is_found_by_trying_every_bsn(household: Record, loot: Loot) -> None:
    assert HOUSEMATE.object_id not in loot.text
    assert THIRD.object_id not in loot.text
    salts = loot.salts(household, HOUSEMATES_LABEL)
    assert household.zaad in salts
    assert len(salts) > 40
    entries = entries_of(household, eleven_proof(PREFIXES))
    assert list(loot.confirms(salts, entries)) == []


async def test_M7_the_dump_has_no_index_that_can_be_made_without_the_key(loot: Loot) -> None:
    assert list(loot.reveals(eleven_proof(PREFIXES))) == []


async def test_I4_the_same_search_finds_the_housemate_once_the_salt_is_known(
    log: Log, household: Record, loot: Loot
) -> None:
    salts = {log.ring.salts(household.zaad)(HOUSEMATES_LABEL)}
    entries = entries_of(household, eleven_proof(PREFIXES))
    assert list(loot.confirms(salts, entries)) == list(entries_of(household, [HOUSEMATE.object_id]))


async def test_I2_the_internal_fields_are_not_confirmed_by_who_guesses_them_all(
    log: Log, household: Record, loot: Loot
) -> None:
    guess = [intern_of(household.versie).inhoud]
    assert list(loot.confirms(loot.salts(household, INTERN), guess)) == []
    assert list(loot.confirms([log.ring.salts(household.zaad)(INTERN)], guess)) == guess
