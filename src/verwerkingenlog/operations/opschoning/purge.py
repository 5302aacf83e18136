"""Remove what has passed its term: really, for all versions, and on record (rules R2, R3).

A run goes through the log in steps. First it writes what goes and why, then that is sealed, and only then
the database removes it. Whatever interrupts a run: a step was carried out or it was not, and the next run
ends what is open first.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Final, NamedTuple
from uuid import UUID

from msgspec import Struct

from verwerkingenlog.domain.beheer import Gebeurtenis
from verwerkingenlog.domain.bewaarregels import Bewaarregels
from verwerkingenlog.domain.opschoning import (
    Groep,
    Opschoonverslag,
    Telling,
    VerlopenActie,
    count,
    manifest,
    merged,
    steps,
    told,
    total,
    versies_sha256,
    written,
)
from verwerkingenlog.errors import PurgeRefused, VerwerkingenlogError
from verwerkingenlog.operations.beheer import Clock, note, wie
from verwerkingenlog.operations.log import microseconds
from verwerkingenlog.operations.opschoning.selection import Deel, Selection, Stretch
from verwerkingenlog.storage import purging
from verwerkingenlog.storage.database import UNREACHABLE, Connection
from verwerkingenlog.storage.keyring import KeyRing, Randomness

_ID_BYTES: Final = 16


class Voortgang(NamedTuple):
    """How far a run is: up to which number in the log, out of which, and how many acties that gave."""

    tot_en_met: int
    totaal: int
    acties: int


class Purge(Struct, frozen=True, kw_only=True):
    """What a run needs; the connection is in the role `PURGING`, and no other run uses it."""

    connection: Connection
    ring: KeyRing
    regels: Bewaarregels
    clock: Clock
    random: Randomness
    seal: Callable[[Sequence[int]], Awaitable[None]]
    """Returns once these records are sealed."""
    window: int = 20_000
    """How many versions are looked at together."""
    stopped: Callable[[], bool] = lambda: False
    """Tells between two steps whether to stop."""
    observe: Callable[[Voortgang], None] = lambda _: None


async def rehearse(purge: Purge) -> Opschoonverslag:
    """Tell what a purge would remove now, and remove nothing (rule R2). Raises `PurgeRefused` as `purge`."""
    run = _Run(purge)
    await run.take_turn()
    async for acties in run.expired():
        run.add(acties)
    return run.verslag(proef=True)


async def purge(purge: Purge) -> Opschoonverslag:
    """Remove what has passed its term; give the report, also where the run ended halfway.

    Raises `PurgeRefused` where another purge runs.
    """
    run = _Run(purge)
    await run.take_turn()
    try:
        await run.finish_open()
        await run.remove_orphans()
        async for acties in run.expired():
            await run.remove(acties)
        await run.remove_orphans()
        await run.conclude()
    except UNREACHABLE as error:
        return run.verslag(fout=f"De database gaf een fout ({type(error).__name__}).")
    except VerwerkingenlogError as error:
        return run.verslag(fout=str(error))
    return run.verslag()


class _Run:
    """A run under way, and what it counted so far."""

    def __init__(self, purge: Purge) -> None:
        self._purge = purge
        self._connection = purge.connection
        self._id = str(UUID(bytes=purge.random(_ID_BYTES), version=4))
        self._begonnen = microseconds(purge.clock())
        self._tellingen: Mapping[Groep, Telling] = {}
        self._overgeslagen = 0
        self._betrokkenen = 0
        self._kenmerken = 0
        self._manifesten: list[int] = []
        self._vervallen: list[int] = []

    async def take_turn(self) -> None:
        if not await purging.take_turn(self._connection):
            raise PurgeRefused("Er loopt al een opschoning. Wacht tot die klaar is, of stop haar eerst.")

    async def expired(self) -> AsyncIterator[list[VerlopenActie]]:
        """Give what has passed its term, until the end of the log or the sign to stop."""
        last, found = await purging.last_number(self._connection), 0
        async with aclosing(self._expired(Stretch(0, last))) as parts:
            async for deel in parts:
                if self._purge.stopped():
                    return
                yield deel.acties
                found += len(deel.acties)
                self._purge.observe(Voortgang(deel.tot_en_met, last, found))

    async def finish_open(self) -> None:
        """Carry out what an earlier run announced, but not where these acties have another term by now."""
        for left in await purging.open_manifests(self._connection):
            if self._purge.stopped():
                return
            due = [
                actie
                async for deel in self._expired(Stretch(left.eerste - 1, left.laatste))
                for actie in deel.acties
                if actie.actie in left.acties
            ]
            if left.acties == {actie.actie for actie in due}:
                await self._purge.seal([left.beheer])
                await self._carry_out(left.beheer, due)
            else:
                await self._drop(left.beheer)

    async def remove(self, acties: Iterable[VerlopenActie]) -> None:
        """Announce these acties, have that sealed, and remove them; step by step."""
        announced = [(await self._announce(step), step) for step in steps(acties)]
        await self._purge.seal([record for record, _ in announced])
        for record, step in announced:
            if self._purge.stopped():
                return
            await self._carry_out(record, step)

    async def remove_orphans(self) -> None:
        """Remove the persons and attributes that nothing refers to since acties went."""
        after: int | None = 0
        while after is not None and not self._purge.stopped():
            after, gone = await purging.forget_persons(self._connection, after)
            self._betrokkenen += gone
        if not self._purge.stopped():
            self._kenmerken += await purging.remove_attributes(self._connection)

    async def conclude(self) -> None:
        """Write down that the run came to its end; one that was stopped did not."""
        if self._purge.stopped():
            return
        sums = self._sums()
        inhoud = {
            "opschoning": self._id,
            "acties": sums.acties,
            "versies": sums.versies,
            "overgeslagen": self._overgeslagen,
            "betrokkenen": self._betrokkenen,
            "kenmerken": self._kenmerken,
            "manifesten": len(self._manifesten),
            "vervallenManifesten": self._vervallen,
        }
        async with self._connection.transaction():
            record = await self._note(Gebeurtenis.OPSCHONING_KLAAR, inhoud)
        await self._purge.seal([record])

    def add(self, acties: Iterable[VerlopenActie]) -> None:
        """Count these."""
        self._tellingen = merged([self._tellingen, count(acties)])

    def verslag(self, *, proef: bool = False, fout: str = "") -> Opschoonverslag:
        """Give the report of what was done so far."""
        sums = self._sums()
        stopped = "onderbroken" if self._purge.stopped() else "klaar"
        return Opschoonverslag(
            opschoning=self._id,
            proef=proef,
            status="mislukt" if fout else stopped,
            fout=fout,
            wie=wie(),
            begonnen=written(self._begonnen),
            geeindigd=written(microseconds(self._purge.clock())),
            maximum=self._purge.regels.maximum,
            acties=sums.acties,
            versies=sums.versies,
            groepen=told(self._tellingen),
            overgeslagen=self._overgeslagen,
            betrokkenen=self._betrokkenen,
            kenmerken=self._kenmerken,
            manifesten=self._manifesten,
            vervallen_manifesten=self._vervallen,
        )

    async def _announce(self, step: Sequence[VerlopenActie]) -> int:
        versies = manifest(step)
        inhoud = {
            "opschoning": self._id,
            "peilmoment": written(self._begonnen),
            "acties": len(step),
            "versies": len(versies),
            "versies_sha256": versies_sha256(versies),
            "groepen": told(count(step)),
        }
        async with self._connection.transaction():
            record = await self._note(Gebeurtenis.OPSCHONING, inhoud)
            await purging.write_manifest(self._connection, record, versies)
        return record

    async def _carry_out(self, record: int, acties: Iterable[VerlopenActie]) -> None:
        kept = await purging.carry_out(self._connection, record)
        self.add(actie for actie in acties if actie.actie not in kept)
        self._overgeslagen += len(kept)
        self._manifesten.append(record)

    async def _drop(self, record: int) -> None:
        """Let a manifest lapse, on record: else it would excuse whoever removes what it names."""
        async with self._connection.transaction():
            await purging.drop_manifest(self._connection, record)
            inhoud = {"opschoning": self._id, "manifesten": [record]}
            await self._note(Gebeurtenis.OPSCHONING_VERVALLEN, inhoud)
        self._vervallen.append(record)

    async def _note(self, gebeurtenis: Gebeurtenis, inhoud: Mapping[str, object]) -> int:
        purge = self._purge
        return await note(self._connection, purge.ring, purge.clock, purge.random, gebeurtenis, inhoud)

    def _expired(self, stretch: Stretch) -> AsyncGenerator[Deel, None]:
        selection = Selection(self._purge.regels, self._begonnen, self._purge.window)
        return selection.expired(self._connection, stretch)

    def _sums(self) -> Telling:
        return total(self._tellingen)
