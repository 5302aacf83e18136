"""Whether the server is alive and whether it can serve, for those who watch it (rule S1)."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from verwerkingenlog.errors import VerwerkingenlogError


def health_routes(check: Callable[[], Awaitable[None]]) -> list[Route]:
    """Give `/gezond` (alive) and `/gereed` (database, migrations, keys); `check` raises where one fails."""

    def gezond(_: Request) -> Response:
        return JSONResponse({"status": "gezond"})

    async def gereed(_: Request) -> Response:
        try:
            await check()
        except VerwerkingenlogError as error:
            return JSONResponse({"status": "niet gereed", "reden": str(error)}, status_code=503)
        return JSONResponse({"status": "gereed"})

    return [Route("/gezond", gezond, methods=["GET"]), Route("/gereed", gereed, methods=["GET"])]
