"""Reading the log is a processing too: the entry that every read leaves (rules L1, L2)."""

from collections.abc import Sequence
from typing import Final

from verwerkingenlog import __version__
from verwerkingenlog.domain.leesgegevens import Leesgegevens
from verwerkingenlog.domain.tijdstip import Tijdstip, usual_spelling
from verwerkingenlog.domain.toegang import Aanroeper
from verwerkingenlog.domain.verwerkingsactie import (
    Verwerkingsactie,
    VerwerktObject,
    actie_id_from,
    betrokkenen_of,
    first_version,
)
from verwerkingenlog.errors import NotAllowed, Overloaded, StoreUnavailable
from verwerkingenlog.operations.log import Log, microseconds

ACTIE_NAAM: Final = "Raadplegen verwerkingenlog"
SYSTEEM: Final = f"Verwerkingenlog {__version__}"
_GEBRUIKER_LENGTH: Final = 40


def afnemer_oin(aanroeper: Aanroeper, leesgegevens: Leesgegevens) -> str | None:
    """Give the organisation for which is read.

    Raises `NotAllowed` when the application may not speak for it (rule L2).
    """
    if aanroeper.oins and leesgegevens.oin is not None and leesgegevens.oin not in aanroeper.oins:
        raise NotAllowed("Deze applicatie mag niet namens dit OIN lezen.")
    if leesgegevens.oin is None and len(aanroeper.oins) == 1:
        return aanroeper.oins[0]
    return leesgegevens.oin


async def log_read(
    log: Log, aanroeper: Aanroeper, leesgegevens: Leesgegevens, persons: Sequence[VerwerktObject]
) -> int:
    """Log that the entries of these persons are read; returns the entry's number once it is durable.

    Zero where there are no persons: then there is nothing to account for. Raises `StoreUnavailable` when it
    can't be logged; nothing may then be returned (rule L1).
    """
    if not persons:
        return 0
    now = log.clock()
    instant = microseconds(now)
    oin = afnemer_oin(aanroeper, leesgegevens)
    inhoud = Verwerkingsactie(
        tijdstip=Tijdstip(usual_spelling(instant, None) or "", instant),
        vertrouwelijkheid=leesgegevens.vertrouwelijkheid,
        verwerkte_objecten=tuple(
            VerwerktObject(person.soort_object_id, person.object_id, person.objecttype) for person in persons
        ),
        actie_naam=ACTIE_NAAM,
        systeem=SYSTEEM,
        gebruiker=aanroeper.gebruiker[:_GEBRUIKER_LENGTH],
        verwerkingsactiviteit_id=log.eigenaar.inzage_activiteit_id,
        verwerkingsactiviteit_url=log.eigenaar.inzage_activiteit_url,
        bewaartermijn=leesgegevens.bewaartermijn,
        uitvoerder=log.eigenaar.oin,
        soort_afnemer_id="" if oin is None else "OIN",
        afnemer_id=oin,
        verwerkingsactiviteit_id_afnemer=leesgegevens.verwerkingsactiviteit_id,
        verwerkingsactiviteit_url_afnemer=leesgegevens.verwerkingsactiviteit_url,
        verwerking_id_afnemer=leesgegevens.verwerking_id,
    )
    versie = first_version(actie_id_from(log.random(16)), log.kept(inhoud), log.auteur(aanroeper), now)
    try:
        number = await log.group_commit.register(versie)
    except Overloaded as error:
        raise StoreUnavailable from error
    log.observe_read()
    return number


def once_each(objecten: Sequence[VerwerktObject]) -> list[VerwerktObject]:
    """Give one object per person, in order: an entry names each person once."""
    return list(dict(zip(betrokkenen_of(objecten), objecten, strict=True)).values())
