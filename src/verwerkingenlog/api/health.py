"""Whether the server is alive and whether it can serve, for those who watch it (rule S1)."""

import logging
from collections.abc import Awaitable, Callable

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from verwerkingenlog.api.public import public
from verwerkingenlog.errors import VerwerkingenlogError
from verwerkingenlog.telemetry.observation import Scope

_log = logging.getLogger(__name__)


def health_routes(check: Callable[[], Awaitable[None]]) -> list[Route]:
    """Give `/gezond` (alive) and `/gereed` (database, migrations, keys); `check` raises where one fails."""

    async def gezond(_: Scope) -> Response:
        return JSONResponse({"status": "gezond"})

    async def gereed(_: Scope) -> Response:
        try:
            await check()
        except Exception as error:  # noqa: BLE001 - whatever it is, the log is not ready
            _log.warning("not_ready", exc_info=True)
            known = error if isinstance(error, VerwerkingenlogError) else VerwerkingenlogError()
            return JSONResponse({"status": "niet gereed", "reden": str(known)}, status_code=503)
        return JSONResponse({"status": "gereed"})

    return [public("/gezond", gezond), public("/gereed", gereed)]
