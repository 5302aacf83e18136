"""Whether the server is alive and whether it can serve, for those who watch it (rule S1)."""

import logging
from collections.abc import Awaitable, Callable

import msgspec
from starlette.routing import Route

from verwerkingenlog.api.answer import Answer
from verwerkingenlog.api.public import public
from verwerkingenlog.errors import VerwerkingenlogError
from verwerkingenlog.telemetry.observation import Scope

_log = logging.getLogger(__name__)


def health_routes(check: Callable[[], Awaitable[None]]) -> list[Route]:
    """Give `/gezond` (alive) and `/gereed` (database, migrations, keys); `check` raises where one fails."""

    async def gezond(_: Scope) -> Answer:
        return _state(200, status="gezond")

    async def gereed(_: Scope) -> Answer:
        try:
            await check()
        except Exception as error:  # noqa: BLE001 - whatever it is, the log is not ready
            _log.warning("not_ready", exc_info=True)
            known = error if isinstance(error, VerwerkingenlogError) else VerwerkingenlogError()
            return _state(503, status="niet gereed", reden=str(known))
        return _state(200, status="gereed")

    return [public("/gezond", gezond), public("/gereed", gereed)]


def _state(code: int, **told: str) -> Answer:
    return Answer(code, msgspec.json.encode(told))
