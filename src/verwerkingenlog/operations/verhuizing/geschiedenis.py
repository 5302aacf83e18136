"""From versions to what an archive says of them, and back (rules M2, T1)."""

from collections.abc import Mapping, Sequence

from verwerkingenlog.domain.betrokkene import is_bsn, is_valid_bsn
from verwerkingenlog.domain.tijdstip import parse_tijdstip
from verwerkingenlog.domain.vertrouwelijkheid import Klasse, klasse_of
from verwerkingenlog.domain.verwerkingsactie import Auteur, Versie, Verwerkingsactie, VerwerktObject
from verwerkingenlog.ledger.bladen import AFNEMER, GEMEENSCHAPPELIJK, INTERN, Salts, persoon_label
from verwerkingenlog.operations.verhuizing.regels import Actie, Object, Versieregel


def versieregel(versie: Versie, blad: int, vorige: bytes, salts: Salts) -> Versieregel:
    """Give what an archive says of a version whose leaf has this number."""
    inhoud, auteur = versie.inhoud, versie.auteur
    return Versieregel(
        blad=blad,
        versie=versie.nummer,
        vervallen=versie.vervallen,
        klasse=versie.klasse,
        hoogste_nummer=versie.hoogste_nummer,
        tijdstip_registratie=versie.tijdstip_registratie,
        applicatie=auteur.applicatie,
        auteur_gebruiker=auteur.gebruiker,
        tijdstip=inhoud.tijdstip.text,
        vertrouwelijkheid=inhoud.vertrouwelijkheid,
        actie_naam=inhoud.actie_naam,
        handeling_naam=inhoud.handeling_naam,
        verwerking_naam=inhoud.verwerking_naam,
        verwerking_id=inhoud.verwerking_id,
        verwerkingsactiviteit_id=inhoud.verwerkingsactiviteit_id,
        verwerkingsactiviteit_url=inhoud.verwerkingsactiviteit_url,
        bewaartermijn=inhoud.bewaartermijn,
        uitvoerder=inhoud.uitvoerder,
        systeem=inhoud.systeem,
        gebruiker=inhoud.gebruiker,
        gegevensbron=inhoud.gegevensbron,
        soort_afnemer_id=inhoud.soort_afnemer_id,
        afnemer_id=inhoud.afnemer_id,
        verwerkingsactiviteit_id_afnemer=inhoud.verwerkingsactiviteit_id_afnemer,
        verwerkingsactiviteit_url_afnemer=inhoud.verwerkingsactiviteit_url_afnemer,
        verwerking_id_afnemer=inhoud.verwerking_id_afnemer,
        verwerkte_objecten=tuple(
            _object(object_, nummer, salts)
            for nummer, object_ in zip(versie.nummers, inhoud.verwerkte_objecten, strict=True)
        ),
        vorige=vorige,
        zout_gemeenschappelijk=salts(GEMEENSCHAPPELIJK),
        zout_intern=salts(INTERN),
        zout_afnemer=salts(persoon_label(AFNEMER)) if inhoud.afnemer_is_person else None,
    )


def _object(object_: VerwerktObject, nummer: int, salts: Salts) -> Object:
    return Object(
        nummer=nummer,
        soort_object_id=object_.soort_object_id,
        object_id=object_.object_id,
        objecttype=object_.objecttype,
        betrokkenheid=object_.betrokkenheid,
        verwerkte_soorten_gegevens=object_.soorten_gegevens,
        zout=salts(persoon_label(nummer)),
    )


def history(actie: Actie) -> tuple[Versie, ...]:
    """Give the versions of an actie. Raises ValueError where they are not a history as a log writes it."""
    versies = tuple(_versie(actie.actie_id, regel) for regel in actie.versies)
    klasse, hoogste = Klasse.NORMAAL, 0
    for nummer, versie in enumerate(versies, 1):
        klasse = klasse_of(versie.inhoud.vertrouwelijkheid, klasse)
        if versie.nummer != nummer or versie.klasse is not klasse or versie.hoogste_nummer < hoogste:
            raise ValueError
        hoogste = versie.hoogste_nummer
    return versies


def salts_of(regel: Versieregel) -> Salts:
    """Give the salts of a version, which raise ValueError for the label of one that is not there."""
    known: Mapping[bytes, bytes | None] = {
        GEMEENSCHAPPELIJK: regel.zout_gemeenschappelijk,
        INTERN: regel.zout_intern,
        persoon_label(AFNEMER): regel.zout_afnemer,
        **{persoon_label(object_.nummer): object_.zout for object_ in regel.verwerkte_objecten},
    }

    def salt(label: bytes) -> bytes:
        found = known[label]
        if found is None:
            raise ValueError
        return found

    return salt


def _versie(actie_id: str, regel: Versieregel) -> Versie:
    nummers = tuple(object_.nummer for object_ in regel.verwerkte_objecten)
    _check_persons(regel, nummers)
    return Versie(
        actie_id=actie_id,
        nummer=regel.versie,
        inhoud=_inhoud(regel),
        nummers=nummers,
        hoogste_nummer=regel.hoogste_nummer,
        klasse=regel.klasse,
        vervallen=regel.vervallen,
        tijdstip_registratie=regel.tijdstip_registratie,
        auteur=Auteur(regel.applicatie, regel.auteur_gebruiker),
    )


def _check_persons(regel: Versieregel, nummers: Sequence[int]) -> None:
    """Refuse what no log has: occurrences out of order, and a BSN that is none (rules I5, M7)."""
    if any(after <= before for before, after in zip((0, *nummers), nummers, strict=False)):
        raise ValueError
    if nummers and nummers[-1] > regel.hoogste_nummer:
        raise ValueError
    persons = [(object_.soort_object_id, object_.object_id) for object_ in regel.verwerkte_objecten]
    if regel.afnemer_id is not None and regel.zout_afnemer is not None:
        persons.append((regel.soort_afnemer_id, regel.afnemer_id))
    if any(is_bsn(soort) and not is_valid_bsn(object_id) for soort, object_id in persons):
        raise ValueError


def _inhoud(regel: Versieregel) -> Verwerkingsactie:
    return Verwerkingsactie(
        tijdstip=parse_tijdstip(regel.tijdstip),
        vertrouwelijkheid=regel.vertrouwelijkheid,
        verwerkte_objecten=tuple(
            VerwerktObject(
                soort_object_id=object_.soort_object_id,
                object_id=object_.object_id,
                objecttype=object_.objecttype,
                betrokkenheid=object_.betrokkenheid,
                soorten_gegevens=object_.verwerkte_soorten_gegevens,
            )
            for object_ in regel.verwerkte_objecten
        ),
        actie_naam=regel.actie_naam,
        handeling_naam=regel.handeling_naam,
        verwerking_naam=regel.verwerking_naam,
        verwerking_id=regel.verwerking_id,
        verwerkingsactiviteit_id=regel.verwerkingsactiviteit_id,
        verwerkingsactiviteit_url=regel.verwerkingsactiviteit_url,
        bewaartermijn=regel.bewaartermijn,
        uitvoerder=regel.uitvoerder,
        systeem=regel.systeem,
        gebruiker=regel.gebruiker,
        gegevensbron=regel.gegevensbron,
        soort_afnemer_id=regel.soort_afnemer_id,
        afnemer_id=regel.afnemer_id,
        verwerkingsactiviteit_id_afnemer=regel.verwerkingsactiviteit_id_afnemer,
        verwerkingsactiviteit_url_afnemer=regel.verwerkingsactiviteit_url_afnemer,
        verwerking_id_afnemer=regel.verwerking_id_afnemer,
    )
