"""What the commands that move a log share: the store in the roles that it takes, and progress to look at."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from typing import Final, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from verwerkingenlog.cli.store import address
from verwerkingenlog.config import Settings
from verwerkingenlog.operations.installation import check_installation
from verwerkingenlog.operations.verhuizing.verhuizer import Verhuizer
from verwerkingenlog.operations.verzegeling.seal import seal_all
from verwerkingenlog.storage.database import APPLICATIONS, SEALING, SERVING, connect, reachable

T = TypeVar("T")
_STEPS: Final = 1000


def with_removal(
    settings: Settings,
    work: Callable[[Verhuizer], Awaitable[T]],
    progress: Callable[[int, int], None],
    *,
    seal: bool = False,
) -> T:
    """Do this work on the store, sealed first if asked. Raises `VerwerkingenlogError`."""
    with address(settings, SERVING) as url:
        return asyncio.run(_work_on(url, settings, work, progress, seal=seal))


@contextmanager
def shown_progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """Give what draws a bar of so many done of so many; nothing where nobody looks."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn(title),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(title, total=None)
        drawn = 0

        def draw(done: int, total: int) -> None:
            nonlocal drawn
            # A bar costs more than a record.
            if done == total or not drawn <= done < drawn + total // _STEPS:
                drawn = done
                bar.update(task, completed=done, total=total)

        yield draw


async def _work_on(
    url: str,
    settings: Settings,
    work: Callable[[Verhuizer], Awaitable[T]],
    progress: Callable[[int, int], None],
    *,
    seal: bool,
) -> T:
    async with AsyncExitStack() as stack:
        connections = []
        for role in (SERVING, APPLICATIONS, *([SEALING] if seal else [])):
            connection = await connect(url, role)
            stack.push_async_callback(connection.close)
            connections.append(connection)
        dienst, beheer, *sealing = connections
        async with reachable():
            ring = await check_installation(dienst, settings.sleutels, settings.sleutels_wachtzin)
            for connection in sealing:
                await seal_all(connection, ring, _now)
        return await work(
            Verhuizer(
                dienst=dienst,
                beheer=beheer,
                ring=ring,
                clock=_now,
                random=os.urandom,
                progress=progress,
            )
        )


def _now() -> datetime:
    return datetime.now(UTC)
