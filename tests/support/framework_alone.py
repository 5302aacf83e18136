"""The log without its quick way: every request goes to the framework, over the same protocol."""

import sys

from verwerkingenlog import app, cli
from verwerkingenlog.cli import serve
from verwerkingenlog.telemetry.observation import ASGIApp, Receive, Scope, Send


def create() -> ASGIApp:
    """Make the app of one worker; what it offers to the protocol under it is kept from that."""
    whole = app.create()

    async def framework_alone(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            scope = {**scope, "state": {}}
        await whole(scope, receive, send)

    return framework_alone


if __name__ == "__main__":
    serve.APP = "tests.support.framework_alone:create"
    sys.exit(cli.main())
