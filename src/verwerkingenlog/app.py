"""The composition root: from settings to the app that a worker serves."""

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime

from starlette.convertors import Convertor, register_url_convertor
from starlette.routing import BaseRoute, Route, Router

from verwerkingenlog.api.auth.authenticator import Authenticator
from verwerkingenlog.api.auth.registry import Registry
from verwerkingenlog.api.bewerking import routes as bewerking
from verwerkingenlog.api.bewerking.quick_post import QuickPost
from verwerkingenlog.api.bewijs import routes as bewijs
from verwerkingenlog.api.document_routes import document_routes
from verwerkingenlog.api.documents import BASE_PATHS, Onderdeel, api_version
from verwerkingenlog.api.edge import Edge, Operations, Resource, not_found
from verwerkingenlog.api.health import health_routes
from verwerkingenlog.api.inzage import routes as inzage
from verwerkingenlog.api.urls import Urls
from verwerkingenlog.config import Settings
from verwerkingenlog.domain.applicatie import Api
from verwerkingenlog.errors import ConfigurationError, StoreUnavailable
from verwerkingenlog.operations.applicatiebronnen import Applicatiebronnen
from verwerkingenlog.operations.installation import check_installation, check_ready
from verwerkingenlog.operations.log import Log, eigenaar_of
from verwerkingenlog.operations.register import forget_keys
from verwerkingenlog.storage.applicatiebestand import Applicatiebestand
from verwerkingenlog.storage.bulk_commit import BulkCommit
from verwerkingenlog.storage.database import SERVING, Pool, open_pool, reachable
from verwerkingenlog.storage.group_commit import GroupCommit
from verwerkingenlog.storage.writing import Writer
from verwerkingenlog.telemetry import metrics
from verwerkingenlog.telemetry.observation import ASGIApp, Observed
from verwerkingenlog.telemetry.tracing import Traced, provider_to

QUICK_POST = "verwerkingenlog.quick_post"
"""Under which name the server's protocol finds the `QuickPost` in the state of the app, if there is one."""

_HOUR = 3600
_PATIENCE = 5
"""Seconds that a readiness check waits for a connection, and a stop for those in use."""
_log = logging.getLogger(__name__)


class _Everything(Convertor[str]):
    """The rest of a path, line ends too: the framework's own `path` stops at those."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("everything", _Everything())


def create() -> ASGIApp:
    """Make the app of one worker from the environment; it opens what it needs when it starts."""
    settings = Settings.load(os.environ)
    if settings.database_url is None:
        raise ConfigurationError("VERWERKINGENLOG_DATABASE_URL: deze is nodig voor een werkproces.")
    return compose(settings, settings.database_url)


def compose(settings: Settings, url: str, writing: type[GroupCommit] = GroupCommit) -> ASGIApp:
    """Make the app on this database; `writing` is how it makes new acties durable.

    Its lifespan raises `ConfigurationError` where the log must not start; then it serves nothing.
    """
    provider = provider_to(settings.traces) if settings.traces else None

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[Mapping[str, object]]:
        async with AsyncExitStack() as stack:
            if provider is not None:
                stack.callback(provider.shutdown)
            log, authenticator = await _open(settings, url, writing, stack)
            router.routes.extend(_routes(settings, log, authenticator))
            yield _under_the_app(settings, log, authenticator, traced=provider is not None)

    router = Router(lifespan=lifespan, default=not_found, redirect_slashes=False)
    return Observed(Traced(router, provider) if provider else router)


def _under_the_app(
    settings: Settings, log: Log, authenticator: Authenticator, *, traced: bool
) -> Mapping[str, object]:
    """Give what the protocol under the app may answer by itself; a trace needs the layers of the app."""
    if "bewerking" not in settings.onderdelen or traced:
        return {}
    return {QUICK_POST: QuickPost(log, authenticator, Urls(settings.basis_url), settings.max_body)}


def version_at(path: bytes) -> str | None:
    """Give the version of the part that a path lies under, for an answer below the app (rule E2)."""
    return next(
        (api_version(part) for part, base in BASE_PATHS.items() if path.startswith(base.encode())), None
    )


async def _open(
    settings: Settings, url: str, writing: type[GroupCommit], stack: AsyncExitStack
) -> tuple[Log, Authenticator]:
    """Open the log and what tells who calls; the stack closes them, the writes in flight first."""
    pool = await open_pool(url, SERVING, settings.verbindingen)
    stack.push_async_callback(_close, pool)
    async with pool.acquire() as connection:
        ring = await check_installation(connection, settings.sleutels, settings.sleutels_wachtzin)
    writer = Writer(ring, os.urandom)
    group_commit = writing(pool, writer, settings.wachtrij, metrics.observe_batch)
    stack.push_async_callback(group_commit.drain)
    log = Log(
        pool=pool,
        ring=ring,
        writer=writer,
        group_commit=group_commit,
        bulk_commit=BulkCommit(pool, writer, metrics.observe_bulk),
        clock=lambda: datetime.now(UTC),
        random=os.urandom,
        eigenaar=eigenaar_of(settings),
        observe_read=metrics.READS_LOGGED.inc,
    )
    registry = Registry()
    bestand = Applicatiebestand(settings.applicaties, os.environ) if settings.applicaties else None
    bronnen = Applicatiebronnen(url, ring, bestand, registry.replace)
    await bronnen.start()
    stack.push_async_callback(bronnen.stop)
    housekeeping = asyncio.create_task(_forget_keys_hourly(log))
    stack.callback(housekeeping.cancel)
    return log, Authenticator(registry, time.time)


async def _close(pool: Pool) -> None:
    # A task that was cancelled while it gave back its connection never does.
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            await pool.close()


def _routes(settings: Settings, log: Log, authenticator: Authenticator) -> list[BaseRoute]:
    urls = Urls(settings.basis_url)
    # What each part serves, by the API whose scopes open it.
    parts: Mapping[Onderdeel, Mapping[Api, Mapping[str, Operations]]] = {
        "bewerking": {"bewerking": bewerking.resources(log, urls, settings.max_bulk)},
        "inzage": {
            "inzage": inzage.resources(log, urls, koppen_verplicht=settings.inzage_koppen_verplicht),
        },
        "bewijs": {
            "bewerking": bewijs.resources_of_versies(log),
            "inzage": bewijs.resources_of_objecten(log, koppen_verplicht=settings.inzage_koppen_verplicht),
        },
    }
    published = {"bewijs": bewijs.published(log)}
    routes: list[BaseRoute] = []
    for onderdeel, by_api in parts.items():
        if onderdeel in settings.onderdelen:
            base = BASE_PATHS[onderdeel]
            edges = {api: Edge(onderdeel, api, authenticator, settings.max_body) for api in by_api}
            routes += [
                Route(base + route, Resource(edges[api], route, operations))
                for api, resources in by_api.items()
                for route, operations in resources.items()
            ]
            routes += [*document_routes(onderdeel, settings.basis_url), *published.get(onderdeel, ())]
            # Whatever else lies under the part does not exist, which only a known client hears (rule S4).
            nowhere = Resource(next(iter(edges.values())), "", {})
            routes += [Route(base + rest, nowhere) for rest in ("", "/{rest:everything}")]

    async def check() -> None:
        async with reachable(), log.pool.acquire(timeout=_PATIENCE) as connection:
            await check_ready(connection, log.ring)

    return [*routes, *health_routes(check)]


async def _forget_keys_hourly(log: Log) -> None:
    while True:
        try:
            await forget_keys(log)
        except StoreUnavailable:
            _log.warning("idempotency_keys_kept")
        await asyncio.sleep(_HOUR)
