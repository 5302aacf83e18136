"""From versions to rows and back: the one place that knows how an actie lies in the tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from verwerkingenlog.domain.betrokkene import Betrokkene, identify, written
from verwerkingenlog.domain.tijdstip import Tijdstip, is_usual, offset_minutes, usual_spelling
from verwerkingenlog.domain.vertrouwelijkheid import Klasse, Vertrouwelijkheid
from verwerkingenlog.domain.verwerkingsactie import Auteur, Versie, Verwerkingsactie, VerwerktObject
from verwerkingenlog.ledger.checker import NO_LEAF
from verwerkingenlog.storage.database import instant_of, instant_parameter, moment_of, moment_parameter
from verwerkingenlog.storage.keyring import KeyRing
from verwerkingenlog.storage.pseudonyms import Pseudonym, reveal

_KLASSEN: Final = tuple(Klasse)
_VALUES: Final = tuple(Vertrouwelijkheid)
KLASSE_NUMBER: Final = {klasse: number for number, klasse in enumerate(_KLASSEN)}
_VALUE_NUMBER: Final = {value: number for number, value in enumerate(_VALUES)}

VERSIE_COLUMNS: Final = (
    "volgnummer",
    "tijdstip",
    "tijdstip_registratie",
    "betrokkene",
    "actie",
    "afnemer",
    "actie_id",
    "zaad",
    "verwerking_id",
    "verwerking_id_afnemer",
    "kenmerken",
    "objectkenmerken",
    "nummer",
    "hoogste_nummer",
    "klasse",
    "vertrouwelijkheid",
    "tijdstip_zone",
    "nullen",
    "afnemer_nullen",
    "vervallen",
    "tijdstip_tekst",
    "gebruiker",
    "auteur_gebruiker",
)
"""The columns of `versie`, as `versie_row` gives them."""

OBJECT_COLUMNS: Final = (
    "betrokkene",
    "versie",
    "actie",
    "tijdstip",
    "nummer",
    "kenmerken",
    "klasse",
    "nullen",
    "actueel",
    "eerste",
    "herziening",
)
"""The columns of `verwerkt_object`, as `object_rows` gives them."""

NEW_COLUMNS: Final = (
    "volgnummer",
    "tijdstip",
    "tijdstip_registratie",
    "betrokkene",
    "actie_id",
    "zaad",
    "verwerking_id",
    "verwerking_id_afnemer",
    "kenmerken",
    "objectkenmerken",
    "klasse",
    "tijdstip_zone",
    "nullen",
    "tijdstip_tekst",
    "gebruiker",
    "auteur_gebruiker",
)
"""Those of `versie` that vary between the versions that `new_row` is for."""

NEW_FIXED: Final = {"nummer": 1, "vervallen": False}
"""Those that all such versions have the same; the rest is null."""

Kenmerken = tuple[str | None, ...]
Objectkenmerken = tuple[str, str, tuple[str, ...]]


class Record(NamedTuple):
    """A version with its place in the log; `actie` is the `volgnummer` of the actie's first version."""

    volgnummer: int
    actie: int
    versie: Versie
    zaad: bytes
    """16 random bytes from which the salts of its commitments are made (rule T1)."""
    vorige: bytes = NO_LEAF
    """The leaf of the version that this one follows on."""
    before: Versie | None = None
    """The version that this one follows on; its persons may need a closing row."""


class Numbers(NamedTuple):
    """The dictionary numbers that the rows of a batch of records refer to."""

    betrokkenen: Mapping[Betrokkene, int]
    kenmerken: Mapping[Kenmerken, int]
    objectkenmerken: Mapping[Objectkenmerken, int]
    generatie: int
    """As of which generation of keys and dictionary rows they hold."""
    nieuw: Mapping[int, "Nieuw"] = {}
    """What `new_row` needs, by record: there for records that `is_new_and_plain` tells of."""


class Nieuw(NamedTuple):
    """The numbers of a first version with one occurrence, as its row has them."""

    betrokkene: int
    nullen: int | None
    kenmerken: int
    objectkenmerken: int


def kenmerken_of(versie: Versie) -> Kenmerken:
    """Give the attributes that are stored once for all versions that share them."""
    inhoud = versie.inhoud
    return (
        versie.auteur.applicatie,
        inhoud.actie_naam,
        inhoud.handeling_naam,
        inhoud.verwerking_naam,
        inhoud.verwerkingsactiviteit_id,
        inhoud.verwerkingsactiviteit_url,
        inhoud.bewaartermijn,
        inhoud.uitvoerder,
        inhoud.systeem,
        inhoud.gegevensbron,
        inhoud.soort_afnemer_id,
        None if inhoud.afnemer_is_person else inhoud.afnemer_id,
        inhoud.verwerkingsactiviteit_id_afnemer,
        inhoud.verwerkingsactiviteit_url_afnemer,
    )


def objectkenmerken_of(object_: VerwerktObject) -> Objectkenmerken:
    """Give what is said of an occurrence, apart from who it is."""
    return object_.soort_object_id, object_.betrokkenheid, object_.soorten_gegevens


def persons_of(record: Record) -> Iterator[Betrokkene]:
    """Give every person whom the rows of a record refer to."""
    yield from record.versie.betrokkenen
    if record.versie.inhoud.afnemer_is_person:
        yield _afnemer(record.versie.inhoud)[0]
    if record.before is not None:
        yield from record.before.betrokkenen


def holds_its_object(versie: Versie) -> bool:
    """Tell whether the one occurrence of a version lies in the version's own row: that of a first version."""
    return (
        versie.nummer == 1
        and versie.nummers == (1,)  # so it is all that there ever was, and need not be told
        and versie.hoogste_nummer == 1
        and not versie.vervallen
    )


def is_new_and_plain(versie: Versie) -> bool:
    """Tell whether `new_row` can give all there is of a version: nearly every record that is written."""
    return holds_its_object(versie) and not versie.inhoud.afnemer_is_person


def new_row(record: Record, nieuw: Nieuw) -> tuple[Any, ...]:
    """Give the columns that vary between such versions, in the order of the parameters of `insert_new`.

    With what follows from it they are the row that `versie_row` gives. None stands for the usual klasse too.
    """
    versie, inhoud = record.versie, record.versie.inhoud
    text = inhoud.tijdstip.text
    return (
        record.volgnummer,
        instant_parameter(inhoud.tijdstip.instant),
        moment_parameter(versie.tijdstip_registratie),
        nieuw.betrokkene,
        versie.actie_id,
        record.zaad.hex(),
        inhoud.verwerking_id,
        inhoud.verwerking_id_afnemer,
        nieuw.kenmerken,
        nieuw.objectkenmerken,
        KLASSE_NUMBER[versie.klasse] or None,
        offset_minutes(text),
        nieuw.nullen,
        None if is_usual(text) else text,
        inhoud.gebruiker,
        versie.auteur.gebruiker,
    )


def versie_row(record: Record, numbers: Numbers) -> tuple[Any, ...]:
    """Give the row of `versie`, in the order of the parameters of `versies/insert`."""
    versie, inhoud = record.versie, record.versie.inhoud
    tijdstip = inhoud.tijdstip
    offset = offset_minutes(tijdstip.text)
    own = holds_its_object(versie)
    betrokkene, objectkenmerken, nullen = _own_object(inhoud, numbers) if own else (None, None, None)
    afnemer, afnemer_nullen = _afnemer(inhoud) if inhoud.afnemer_is_person else (None, None)
    klasse, vertrouwelijkheid = KLASSE_NUMBER[versie.klasse], _VALUE_NUMBER[inhoud.vertrouwelijkheid]
    return (
        record.volgnummer,
        instant_parameter(tijdstip.instant),
        moment_parameter(versie.tijdstip_registratie),
        betrokkene,
        record.actie if versie.nummer > 1 else None,
        None if afnemer is None else numbers.betrokkenen[afnemer],
        versie.actie_id,
        record.zaad.hex(),
        inhoud.verwerking_id,
        inhoud.verwerking_id_afnemer,
        numbers.kenmerken[kenmerken_of(versie)],
        objectkenmerken,
        versie.nummer,
        None if own else versie.hoogste_nummer,
        klasse,
        None if vertrouwelijkheid == klasse else vertrouwelijkheid,
        offset,
        nullen,
        afnemer_nullen,
        versie.vervallen,
        None if is_usual(tijdstip.text) else tijdstip.text,
        inhoud.gebruiker,
        versie.auteur.gebruiker,
    )


def _own_object(inhoud: Verwerkingsactie, numbers: Numbers) -> tuple[int, int, int | None]:
    [object_] = inhoud.verwerkte_objecten
    betrokkene, nullen = identify(object_.soort_object_id, object_.object_id, object_.objecttype)
    return (
        numbers.betrokkenen[betrokkene],
        numbers.objectkenmerken[objectkenmerken_of(object_)],
        nullen or None,
    )


def object_rows(record: Record, numbers: Numbers) -> Iterator[tuple[Any, ...]]:
    """Give the rows of `verwerkt_object` for a record, its closing rows included (rule M2).

    None for a version that holds its object itself.
    """
    versie = record.versie
    if holds_its_object(versie):
        return
    tijdstip = instant_parameter(versie.inhoud.tijdstip.instant)
    klasse = KLASSE_NUMBER[versie.klasse]
    seen: set[Betrokkene] = set()
    for object_, nummer in zip(versie.inhoud.verwerkte_objecten, versie.nummers, strict=True):
        betrokkene, nullen = identify(object_.soort_object_id, object_.object_id, object_.objecttype)
        yield (
            numbers.betrokkenen[betrokkene],
            record.volgnummer,
            record.actie,
            tijdstip,
            nummer,
            numbers.objectkenmerken[objectkenmerken_of(object_)],
            klasse,
            nullen,
            not versie.vervallen,
            betrokkene not in seen,
            versie.nummer > 1,
        )
        seen.add(betrokkene)
    if record.before is not None:
        yield from _closing_rows(record, record.before, seen, numbers)


def _closing_rows(
    record: Record, before: Versie, present: set[Betrokkene], numbers: Numbers
) -> Iterator[tuple[Any, ...]]:
    same_partition = (before.klasse is Klasse.NORMAAL) == (record.versie.klasse is Klasse.NORMAAL)
    leaving = before.betrokkenen - present if same_partition else before.betrokkenen
    tijdstip = instant_parameter(before.inhoud.tijdstip.instant)
    klasse = KLASSE_NUMBER[before.klasse]
    for betrokkene in leaving:
        number = numbers.betrokkenen[betrokkene]
        yield number, record.volgnummer, record.actie, tijdstip, None, None, klasse, 0, False, False, True


def record_from(row: Mapping[str, Any], objects: Sequence[Mapping[str, Any]], ring: KeyRing) -> Record:
    """Give back the record of a row of `versie_volledig` with its rows of `object_volledig`."""
    versie = versie_from(
        row,
        row,
        tuple(object_from(object_, ring) for object_ in objects),
        tuple(object_["nummer"] for object_ in objects),
        _afnemer_from(row, ring),
    )
    return Record(row["volgnummer"], row["actie"], versie, row["zaad"].bytes)


def versie_from(
    row: Mapping[str, Any],
    kenmerken: Mapping[str, Any],
    objecten: tuple[VerwerktObject, ...],
    nummers: tuple[int, ...],
    afnemer_id: str | None,
) -> Versie:
    """Give back the version of a row of `versie` and one of `kenmerken`, with its persons revealed."""
    return Versie(
        actie_id=str(row["actie_id"]),
        nummer=row["nummer"],
        inhoud=_inhoud_from(row, kenmerken, objecten, afnemer_id),
        nummers=nummers,
        hoogste_nummer=row["hoogste_nummer"],
        klasse=_KLASSEN[row["klasse"]],
        vervallen=row["vervallen"],
        tijdstip_registratie=moment_of(row["tijdstip_registratie"]),
        auteur=Auteur(kenmerken["applicatie"], row["auteur_gebruiker"]),
    )


def object_from(row: Mapping[str, Any], ring: KeyRing) -> VerwerktObject:
    """Give back the verwerkt object of a row of `object_volledig`."""
    betrokkene = reveal(ring, Pseudonym(row["zoekindex"], row["sleutel"], row["cijfertekst"]))
    return VerwerktObject(
        soort_object_id=row["soort_object_id"],
        object_id=written(betrokkene, row["nullen"]),
        objecttype=betrokkene.objecttype,
        betrokkenheid=row["betrokkenheid"],
        soorten_gegevens=tuple(row["soorten_gegevens"]),
    )


def columns(rows: Iterable[tuple[Any, ...]], width: int) -> list[Sequence[Any]]:
    """Turn rows into one sequence per column, as `unnest` takes them; also where there are no rows."""
    turned: list[Sequence[Any]] = list(zip(*rows, strict=True))
    return turned or [()] * width


def shortened(turned: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
    """Give columns of nothing but None as empty ones: `unnest` fills them up, and none has to be encoded."""
    return [
        () if column and column[0] is None and column.count(None) == len(column) else column
        for column in turned
    ]


def _inhoud_from(
    row: Mapping[str, Any],
    kenmerken: Mapping[str, Any],
    objecten: tuple[VerwerktObject, ...],
    afnemer_id: str | None,
) -> Verwerkingsactie:
    return Verwerkingsactie(
        tijdstip=_tijdstip_from(row),
        vertrouwelijkheid=_VALUES[row["vertrouwelijkheid"]],
        verwerkte_objecten=objecten,
        actie_naam=kenmerken["actie_naam"],
        handeling_naam=kenmerken["handeling_naam"],
        verwerking_naam=kenmerken["verwerking_naam"],
        verwerking_id=_text(row["verwerking_id"]),
        verwerkingsactiviteit_id=_text(kenmerken["verwerkingsactiviteit_id"]),
        verwerkingsactiviteit_url=kenmerken["verwerkingsactiviteit_url"],
        bewaartermijn=kenmerken["bewaartermijn"],
        uitvoerder=kenmerken["uitvoerder"],
        systeem=kenmerken["systeem"],
        gebruiker=row["gebruiker"],
        gegevensbron=kenmerken["gegevensbron"],
        soort_afnemer_id=kenmerken["soort_afnemer_id"],
        afnemer_id=afnemer_id,
        verwerkingsactiviteit_id_afnemer=_text(kenmerken["verwerkingsactiviteit_id_afnemer"]),
        verwerkingsactiviteit_url_afnemer=kenmerken["verwerkingsactiviteit_url_afnemer"],
        verwerking_id_afnemer=_text(row["verwerking_id_afnemer"]),
    )


def _tijdstip_from(row: Mapping[str, Any]) -> Tijdstip:
    instant = instant_of(row["tijdstip"])
    # A moment without a usual spelling has its text in the row.
    text = row["tijdstip_tekst"] or usual_spelling(instant, row["tijdstip_zone"]) or ""
    return Tijdstip(text, instant)


def _afnemer(inhoud: Verwerkingsactie) -> tuple[Betrokkene, int]:
    return identify(inhoud.soort_afnemer_id, inhoud.afnemer_id or "")


def _afnemer_from(row: Mapping[str, Any], ring: KeyRing) -> str | None:
    if row["afnemer"] is None:
        oin: str | None = row["afnemer_oin"]
        return oin
    hidden = Pseudonym(row["afnemer_zoekindex"], row["afnemer_sleutel"], row["afnemer_cijfertekst"])
    return written(reveal(ring, hidden), row["afnemer_nullen"])


def _text(value: object) -> str | None:
    return None if value is None else str(value)
