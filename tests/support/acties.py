"""Builders of valid input, and test persons that no other test uses."""

from itertools import count
from typing import Any
from uuid import uuid4

from tests.support.applications import OTHER_OIN, OWN_OIN

Json = dict[str, Any]

ACTIVITEIT = "5f0bef4c-f66f-4311-84a5-19e8bf359eaf"
UNKNOWN = "6d0d2c3e-8f4b-4a52-9d2e-1b7c5a9e0f42"
"""An id that nothing has."""
TEXTS = (
    "actieNaam",
    "handelingNaam",
    "verwerkingNaam",
    "systeem",
    "gebruiker",
    "gegevensbron",
    "soortAfnemerId",
)
NULLABLE = (
    "verwerkingId",
    "verwerkingsactiviteitId",
    "verwerkingsactiviteitUrl",
    "bewaartermijn",
    "uitvoerder",
    "afnemerId",
    "verwerkingsactiviteitIdAfnemer",
    "verwerkingsactiviteitUrlAfnemer",
    "verwerkingIdAfnemer",
)
"""Elements that come back as null where they were not given (rule M5)."""
EMPTY: Json = {**dict.fromkeys(TEXTS, ""), **dict.fromkeys(NULLABLE)}

_numbers = count(1)
_first = 999_900_000


def bsn() -> str:
    """Give a fictional BSN that nothing else in this run uses."""
    return str(_first + next(_numbers))


def used_bsns() -> set[str]:
    """Give every BSN that this process handed out; itself it uses one."""
    return {str(_first + number) for number in range(1, next(_numbers))}


def an_object(object_id: str, **changes: object) -> Json:
    """Give a whole verwerkt object, about a person with this BSN."""
    return {
        "objecttype": "persoon",
        "soortObjectId": "BSN",
        "objectId": object_id,
        "betrokkenheid": "Getuige",
        "verwerkteSoortenGegevens": [{"soortGegeven": "BSN"}, {"soortGegeven": "Adres"}],
        **changes,
    }


def an_actie(*persons: str, **changes: object) -> Json:
    """Give an actie with every writable element, about these persons; one of its own where none is named."""
    return {
        "actieNaam": "Zoeken personen",
        "handelingNaam": "Intake",
        "verwerkingNaam": "Huwelijk",
        "verwerkingId": str(uuid4()),
        "verwerkingsactiviteitId": ACTIVITEIT,
        "verwerkingsactiviteitUrl": f"https://var.gemeente.example/activiteiten/{ACTIVITEIT}",
        "vertrouwelijkheid": "normaal",
        "bewaartermijn": "P10Y",
        "uitvoerder": OWN_OIN,
        "systeem": "Burgerzaken 2.1",
        "gebruiker": "medewerker-12",
        "gegevensbron": "Personenadministratie",
        "soortAfnemerId": "OIN",
        "afnemerId": OTHER_OIN,
        "verwerkingsactiviteitIdAfnemer": "c5b9f4e7-8c79-41b9-91e2-6268419cb167",
        "verwerkingsactiviteitUrlAfnemer": "https://afnemer.example/activiteiten/8",
        "verwerkingIdAfnemer": str(uuid4()),
        "tijdstip": "2024-04-05T14:35:42+01:00",
        "verwerkteObjecten": [an_object(person) for person in persons or (bsn(),)],
        **changes,
    }


def a_minimal_actie(*persons: str, **changes: object) -> Json:
    """Give an actie with the required elements alone (rule P4)."""
    return {
        "vertrouwelijkheid": "normaal",
        "tijdstip": "2024-04-05T14:35:42+01:00",
        "verwerkteObjecten": [
            {"objecttype": "persoon", "soortObjectId": "BSN", "objectId": person} for person in persons
        ],
        **changes,
    }


def person_query(object_id: str, **more: str) -> dict[str, str]:
    """Give the query for what the log holds about this person."""
    return {"objecttype": "persoon", "soortObjectId": "BSN", "objectId": object_id, **more}


def inzage_query(object_id: str, **more: str) -> dict[str, str]:
    """Give the query of the Inzage API about this person, over a period that holds every test actie."""
    return person_query(object_id, **{"beginDatum": "1990-01-01", "eindDatum": "2990-01-01", **more})
