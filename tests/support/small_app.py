"""A small app for the tests of the server around it, and a command that serves it.

The variable `SMALL_APP` names an error of ours that keeps it from starting, or else makes its start crash;
with `SMALL_APP_WHILE` only while the file of that name exists.
"""

import asyncio
import os
import sys
from pathlib import Path

from verwerkingenlog import cli, errors
from verwerkingenlog.cli import serve
from verwerkingenlog.telemetry import metrics
from verwerkingenlog.telemetry.observation import ASGIApp, Observed, Receive, Scope, Send, observation_of

REASON = "De kleine app wil niet starten."
SECRET = "object_id 999993653"


def create() -> ASGIApp:
    """Make the app of one worker."""
    return Observed(_app)


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    observation = observation_of(scope)
    observation.api, observation.operation, observation.route = "klein", "vraag", "/vraag"
    match scope["path"]:
        case "/traag":
            metrics.QUEUE_DEPTH.set(7)
            await asyncio.sleep(1)
        case "/stuk":
            raise ValueError(SECRET)
    size = await _size(receive)
    headers = [(b"x-worker", b"%d" % os.getpid()), (b"content-length", b"%d" % len(str(size)))]
    headers += [(name, b"<" + value + b">") for name, value in scope["headers"] if name == b"x-echo"]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"%d" % size})


async def _lifespan(receive: Receive, send: Send) -> None:
    await receive()
    trouble = os.environ.get("SMALL_APP")
    if trouble and Path(os.environ.get("SMALL_APP_WHILE", "/")).exists():
        raise getattr(errors, trouble, ValueError)(REASON if hasattr(errors, trouble) else SECRET)
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def _size(receive: Receive) -> int:
    """Read the body to its end and give its size in bytes."""
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    return size


if __name__ == "__main__":
    serve.APP = "tests.support.small_app:create"
    sys.exit(cli.main())
