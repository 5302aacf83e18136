"""Bring an archive into a log, empty or in use: checked whole, and only then written (rules M2, M3, T2)."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import BinaryIO, Final

from msgspec import Struct
from pyrage.x25519 import Identity

from verwerkingenlog.domain.beheer import Gebeurtenis
from verwerkingenlog.domain.verwerkingsactie import Versie
from verwerkingenlog.errors import ArchiveRefused, ConfigurationError
from verwerkingenlog.ledger.checker import NotProven, VerifierKey, parse_verifier_key, to_base64
from verwerkingenlog.operations.verhuizing.archief import decrypted
from verwerkingenlog.operations.verhuizing.controle import Controle, Overzicht, header_of
from verwerkingenlog.operations.verhuizing.geschiedenis import history
from verwerkingenlog.operations.verhuizing.regels import Actie, Kop, parse
from verwerkingenlog.operations.verhuizing.schijf import Digests
from verwerkingenlog.operations.verhuizing.verhuizer import Verhuizer
from verwerkingenlog.storage import verhuizing
from verwerkingenlog.storage.writing import Writer

_MOST_VERSIES: Final = 1000
_MOST_OBJECTS: Final = 20_000

History = tuple[Versie, ...]


class Archief(Struct, frozen=True):
    """An archive that can be opened: the file, and the identities that open it."""

    source: BinaryIO
    identities: tuple[Identity, ...]


class Ingelezen(Struct, frozen=True):
    """What an import did: of which log, and how many acties and versions it wrote or found here already."""

    overzicht: Overzicht
    geschreven: int
    aanwezig: int
    eerder_klaar: bool
    """An earlier import of the same archive was complete: nothing was written."""


def look(archief: Archief) -> Kop:
    """Give the header of an archive; nothing of it is checked. Raises `ArchiveRefused`."""
    with decrypted(archief.source, archief.identities) as lines:
        return header_of(lines)


async def importeer(
    verhuizer: Verhuizer,
    archief: Archief,
    sleutels: Sequence[str],
    conflict: Callable[[str], None],
) -> Ingelezen:
    """Check the whole archive and then write what is not here yet, an actie whole or not at all.

    `sleutels` are the verifier keys of the other log that the user trusts. Safe to repeat, whatever stopped
    it before. `conflict` hears each actieId that is here with other content. Raises `ConfigurationError`, and
    `ArchiveRefused` where the archive does not hold or there is a conflict: then nothing was written.
    """
    keys = _keys(sleutels)
    if not await verhuizing.take_turn(verhuizer.dienst):
        raise ConfigurationError("Er loopt al een import in dit log. Wacht tot die klaar is.")
    await verhuizing.prefer_indexes(verhuizer.dienst)
    with closing(Digests()) as checked:
        overzicht = await _check(verhuizer, archief, Controle(keys), checked, conflict)
        wortel = to_base64(overzicht.checkpoint.root)
        if await verhuizing.was_imported(verhuizer.dienst, wortel):
            # What this log purged since must not come back.
            return Ingelezen(overzicht, 0, overzicht.slot.acties, eerder_klaar=True)
        about: dict[str, object] = {
            "checkpoint": overzicht.kop.checkpoint,
            "grootte": overzicht.kop.grootte,
            "naam": overzicht.kop.naam,
            "wortel": wortel,
        }
        await verhuizer.note(Gebeurtenis.IMPORT_BEGONNEN, about)
        geschreven = await _write(verhuizer, archief, checked, overzicht.kop.grootte)
    aanwezig = overzicht.slot.acties - geschreven
    counts = {"aanwezig": aanwezig, "geschreven": geschreven, "versies": overzicht.slot.versies}
    await verhuizer.note(Gebeurtenis.IMPORT_KLAAR, about | counts)
    return Ingelezen(overzicht, geschreven, aanwezig, eerder_klaar=False)


def _keys(texts: Sequence[str]) -> tuple[VerifierKey, ...]:
    try:
        return tuple(map(parse_verifier_key, texts))
    except NotProven as error:
        raise ConfigurationError(f"Dit is geen sleutel van een log: {error}") from None


async def _check(
    verhuizer: Verhuizer,
    archief: Archief,
    controle: Controle,
    checked: Digests,
    conflict: Callable[[str], None],
) -> Overzicht:
    conflicts = 0
    with decrypted(archief.source, archief.identities) as lines, closing(controle):
        for batch in _batches(_checked(lines, controle, checked)):
            verhuizer.progress(controle.done, 2 * controle.total)
            async for actie_id, same in _present(verhuizer, batch):
                if not same:
                    conflicts += 1
                    conflict(actie_id)
        overzicht = controle.outcome()
    if conflicts:
        raise ArchiveRefused(
            f"Dit log heeft {conflicts} van deze verwerkingsacties al, met een andere inhoud. Er is niets"
            " ingelezen. Ga na van welk log ze zijn: een actieId hoort bij één verwerkingsactie."
        )
    return overzicht


def _checked(lines: Iterable[bytes], controle: Controle, checked: Digests) -> Iterator[History]:
    for line in lines:
        versies = controle.take(line)
        checked.add(line)
        if versies is not None:
            yield versies


async def _write(verhuizer: Verhuizer, archief: Archief, checked: Digests, grootte: int) -> int:
    writer = Writer(verhuizer.ring, verhuizer.random)
    geschreven = done = 0
    with decrypted(archief.source, archief.identities) as lines:
        for batch in _batches(_histories(lines, checked)):
            here = {actie_id async for actie_id, _ in _present(verhuizer, batch)}
            new = [versies for versies in batch if versies[0].actie_id not in here]
            if new:
                await writer.write_histories(verhuizer.dienst, new)
            geschreven += len(new)
            done += sum(map(len, batch))
            verhuizer.progress(grootte + done, 2 * grootte)
    return geschreven


def _histories(lines: Iterable[bytes], checked: Digests) -> Iterator[History]:
    for line in lines:
        if not checked.is_next(line):
            raise ArchiveRefused(
                "Het archief is veranderd terwijl het werd ingelezen. Wat al is ingelezen, is in orde."
                " Zorg dat niets bij het bestand kan, en doe het opnieuw."
            )
        regel = parse(line)
        if isinstance(regel, Actie):
            yield history(regel)


def _batches(histories: Iterable[History]) -> Iterator[list[History]]:
    batch: list[History] = []
    versies = objects = 0
    for one in histories:
        batch.append(one)
        versies += len(one)
        objects += sum(len(versie.nummers) for versie in one)
        if versies >= _MOST_VERSIES or objects >= _MOST_OBJECTS:
            yield batch
            batch, versies, objects = [], 0, 0
    if batch:
        yield batch


async def _present(verhuizer: Verhuizer, batch: Sequence[History]) -> AsyncIterator[tuple[str, bool]]:
    """Give which of these acties are here, and whether as in the archive.

    What came after the import, in this log, follows on what was imported and is no conflict.
    """
    here = await verhuizing.present(
        verhuizer.dienst, verhuizer.ring, [versies[0].actie_id for versies in batch]
    )
    for versies in batch:
        held = here.get(versies[0].actie_id)
        if held is not None:
            yield versies[0].actie_id, held[: len(versies)] == versies
