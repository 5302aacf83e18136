"""The messages of the bench: the same few acts of a few systems, about twenty thousand fictional persons."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import count, islice
from typing import Final
from uuid import UUID

import msgspec

PERSONS: Final = 20_000
_FIRST_PERSON: Final = 999_900_000  # numbers of this form are for testing, or fail the eleven test
_PERSON_STEP: Final = 7919
"""Coprime with the number of persons: each has a turn before one comes back."""
_USERS: Final = 300
_ACTIES_PER_VERWERKING: Final = 4
_SYSTEMS: Final = (
    "Zaaksysteem 4.2",
    "Burgerzaken 12",
    "Klantportaal 3",
    "Belastingen 7",
    "Sociaal Domein 2",
)
_ACTS: Final = (
    ("Zoeken personen", "Intake", "Huwelijk"),
    ("Tonen persoonslijst", "Controle", "Huwelijk"),
    ("Ophalen adres", "Intake", "Verhuizing"),
    ("Vastleggen adres", "Afhandeling", "Verhuizing"),
    ("Tonen inkomen", "Beoordeling", "Aanvraag bijzondere bijstand"),
    ("Vastleggen besluit", "Afhandeling", "Aanvraag bijzondere bijstand"),
    ("Tonen aanslag", "Klantvraag", "Gemeentelijke heffingen"),
    ("Verzenden bericht", "Afhandeling", "Aanvraag parkeervergunning"),
)
_KINDS: Final = (("BSN", "Naam", "Adres"), ("BSN", "Naam"), ("Adres",), ("Naam", "Inkomen"))
_ROLES: Final = ("Betrokkene", "Aanvrager", "Getuige")
_FIRST_MOMENT: Final = datetime(2026, 1, 5, 8, tzinfo=timezone(timedelta(hours=1)))
_BETWEEN: Final = timedelta(milliseconds=43)
_UUIDS: Final = 0x5F0B_EF4C_F66F_4311_84A5_19E8_0000_0000
_SPREAD: Final = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835  # odd: numbers in a row give ids far apart


def user_of(number: int) -> str:
    """Give the user who is at work in a message."""
    return f"medewerker-{number % _USERS}"


def person_of(number: int) -> str:
    """Give the number of the person whom a message is about."""
    return str(_FIRST_PERSON + number * _PERSON_STEP % PERSONS)


def moment_of(number: int) -> datetime:
    """Give the moment of the act that a message logs; no other message has the same."""
    return _FIRST_MOMENT + number * _BETWEEN


def bodies(first: int) -> Iterator[bytes]:
    """Give messages without end, as compact JSON, from this number on; the same number, the same message."""
    return (message(number) for number in count(first))


def one_body() -> str:
    """Give a message of the usual length."""
    few = sorted(islice(bodies(0), 1000), key=len)
    return few[len(few) // 2].decode()


def mean_length() -> float:
    """Give the mean length of the messages, in bytes."""
    return sum(map(len, islice(bodies(0), PERSONS))) / PERSONS


def message(number: int, person: str | None = None) -> bytes:
    """Give one message, about another person than its own where one is given."""
    # Different steps, so that what repeats does not repeat together.
    act = number // _ACTIES_PER_VERWERKING % len(_ACTS)
    actie, handeling, verwerking = _ACTS[act]
    return msgspec.json.encode(
        {
            "actieNaam": actie,
            "handelingNaam": handeling,
            "verwerkingNaam": verwerking,
            "verwerkingId": _spread_uuid(number // _ACTIES_PER_VERWERKING),
            "verwerkingsactiviteitId": str(UUID(int=_UUIDS + act)),
            "verwerkingsactiviteitUrl": f"https://var.gemeente.example/api/v1/verwerkingsactiviteiten/{act}",
            "vertrouwelijkheid": "normaal",
            "bewaartermijn": "P10Y",
            "uitvoerder": "00000001821002193000",
            "systeem": _SYSTEMS[number // 3 % len(_SYSTEMS)],
            "gebruiker": user_of(number),
            "gegevensbron": "Basisregistratie Personen",
            "tijdstip": moment_of(number).isoformat(timespec="milliseconds"),
            "verwerkteObjecten": [
                {
                    "objecttype": "persoon",
                    "soortObjectId": "BSN",
                    "objectId": person or person_of(number),
                    "betrokkenheid": _ROLES[number // 5 % len(_ROLES)],
                    "verwerkteSoortenGegevens": [
                        {"soortGegeven": kind} for kind in _KINDS[number // 11 % len(_KINDS)]
                    ],
                }
            ],
        }
    )


def _spread_uuid(number: int) -> str:
    return str(UUID(int=(number + 1) * _SPREAD % 2**128, version=4))
