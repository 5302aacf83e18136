"""The proof that `docs/auditor.md` takes apart: `python -m tests.auditor_example` writes it beside that page.

A citizen's proof out of a small log. All that is random in a real log is fixed here, and so is the key.
"""

import hmac
from datetime import UTC, datetime
from pathlib import Path

from verwerkingenlog.domain.tijdstip import parse_tijdstip
from verwerkingenlog.domain.vertrouwelijkheid import Klasse, Vertrouwelijkheid
from verwerkingenlog.domain.verwerkingsactie import Auteur, Versie, Verwerkingsactie, VerwerktObject
from verwerkingenlog.ledger.bladen import gemeenschappelijk_of, intern_of, personen_of
from verwerkingenlog.ledger.checker import NO_LEAF, Checkpoint, Opened, leaf_hash, opening_leaf, root_hash
from verwerkingenlog.ledger.checkpoint import sign_checkpoint
from verwerkingenlog.ledger.note import Signer
from verwerkingenlog.ledger.proof import make_proof, open_versie
from verwerkingenlog.ledger.tree import hashes, inclusion

FILE = Path(__file__).parents[1] / "docs" / "voorbeeld.tlog-proof"
SIGNER = Signer.from_seed("log.gemeente.example", bytes(range(32)))
INDEX, SIZE = 5, 7
VERSIE = Versie(
    actie_id="42f616a9-ba62-47f9-b6d6-d0a285000000",
    nummer=1,
    inhoud=Verwerkingsactie(
        tijdstip=parse_tijdstip("2026-03-02T09:15:30+01:00"),
        vertrouwelijkheid=Vertrouwelijkheid.NORMAAL,
        verwerkte_objecten=(
            VerwerktObject("BSN", "999993653", betrokkenheid="Aangever", soorten_gegevens=("Naam", "Adres")),
            VerwerktObject("BSN", "999990342", betrokkenheid="Huisgenoot", soorten_gegevens=("Adres",)),
        ),
        actie_naam="Adres opzoeken",
        handeling_naam="Aangifte behandelen",
        verwerking_naam="Verhuizing",
        verwerking_id="0f1bdc45-be0d-496a-9a7e-3ee1f9fca4bc",
        verwerkingsactiviteit_id="99167ccf-f6a0-4368-9b6d-5ae782ac0514",
        bewaartermijn="P10Y",
        uitvoerder="00000001001234567000",
        systeem="Zaaksysteem",
        gebruiker="medewerker-12",
    ),
    nummers=(1, 2),
    hoogste_nummer=2,
    klasse=Klasse.NORMAAL,
    vervallen=False,
    tijdstip_registratie=datetime(2026, 3, 2, 8, 15, 31, 204817, tzinfo=UTC),
    auteur=Auteur("zaaksysteem", "medewerker-12"),
)


def make() -> bytes:
    """Give the proof file that opens the first person."""

    def salts(label: bytes) -> bytes:
        return hmac.digest(bytes(32), bytes(16) + label, "sha256")

    common, citizen, other = (
        Opened(deel.inhoud.decode(), salts(deel.label))
        for deel in (gemeenschappelijk_of(VERSIE), *personen_of(VERSIE))
    )
    opening = open_versie(common, intern_of(VERSIE).commitment(salts), [citizen, other.commitment], NO_LEAF)
    leaves = [leaf_hash(b"blad %d" % number) for number in range(SIZE)]
    leaves[INDEX] = opening_leaf(opening)
    level_0 = b"".join(leaves)
    note = sign_checkpoint(Checkpoint(SIGNER.verifier.name, SIZE, root_hash(leaves)), [SIGNER])
    return make_proof(opening, INDEX, hashes(inclusion(INDEX, SIZE), lambda *_: level_0), note)


if __name__ == "__main__":
    FILE.write_bytes(make())
