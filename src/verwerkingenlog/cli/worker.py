"""A worker: one process that serves the app on the parent's listener."""

import gc
import logging
import os
import pkgutil
import socket
from multiprocessing.connection import Connection
from types import FrameType

import uvicorn

from verwerkingenlog.cli.crew import GRACE, Ready, refusal_of, refuse, tell, when_parent_ends
from verwerkingenlog.cli.quick_protocol import QuickProtocol
from verwerkingenlog.config import Settings
from verwerkingenlog.errors import ConfigurationError
from verwerkingenlog.telemetry.logging import configure
from verwerkingenlog.telemetry.observation import ASGIApp, Message, Receive, Scope, Send

_KEEP_ALIVE = 75
_log = logging.getLogger(__name__)


def work(factory: str, listener: socket.socket, parent: Connection) -> None:
    """Serve until SIGTERM or the parent's death, whatever the parent died of; say first whether it goes."""
    configure(Settings.load(os.environ).log_niveau)
    try:
        app = _Startup(pkgutil.resolve_name(factory)())
        server = _Server(app, parent)
        _stop_with_parent(server)
        server.run(sockets=[listener])
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent is told
        refuse(parent, error)
    except SystemExit:
        if app.error is not None:
            tell(parent, refusal_of(app.error))
        raise
    _log.info("worker_stopped", extra={"worker": os.getpid()})


class _Startup:
    """The app, with the error that kept it from starting: uvicorn would pass it on as a text in its log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.error: Exception | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return

        async def wordless(message: Message) -> None:
            await send({"type": message["type"]})

        try:
            await self._app(scope, receive, wordless)
        except Exception as error:
            self.error = error
            raise


def config_of(app: ASGIApp) -> uvicorn.Config:
    """Give how the app is served."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=QuickProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )


class _Server(uvicorn.Server):
    def __init__(self, app: _Startup, parent: Connection) -> None:
        super().__init__(config_of(app))
        self._parent = parent

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        if not all(_listens(one) for one in sockets or ()):
            raise ConfigurationError(
                "Op dit adres luistert intussen een ander programma. Stop dat, of kies een andere poort"
                " (--port)."
            )
        # All that is there now stays: the collector of garbage need not look at it again while requests wait.
        gc.collect()
        gc.freeze()
        tell(self._parent, Ready())
        _log.info("worker_started", extra={"worker": os.getpid()})

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the library's form
        """Finish what was accepted and stop; a second signal does not hurry it."""
        self.should_exit = True


def _listens(listener: socket.socket) -> bool:
    """Tell whether it does: two servers may have the same address, until one is the first to listen on it.

    The event loop closes the other's socket and says nothing.
    """
    try:
        return bool(listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:
        return False


def _stop_with_parent(server: uvicorn.Server) -> None:
    """Stop when the parent is gone: a worker alone would keep the port and the database."""

    def stop() -> None:
        server.should_exit = True

    when_parent_ends(stop)
