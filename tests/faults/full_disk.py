"""What happens on a disk that fills up, run inside a mount namespace of its own: `python -m … DIRECTORY`."""

import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.support.applications import ALL_SCOPES
from tests.support.client import Client
from tests.support.load import Load
from tests.support.server import Server, wait_until

DISK = "160m"
SENDERS = 4
LEFT_OVER = 12_000_000
"""Bytes that the server has left once the filler lies there; less than PostgreSQL needs for its next file."""


def main(directory: Path) -> None:
    """Fill the disk under load, make room again, and look whether anything is missing."""
    disk = directory / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", "tmpfs", disk], check=True)  # noqa: S603, S607
    server = Server(disk, workers=2)
    try:
        server.start()
        load = Load(server.url, SENDERS)
        wait_until(lambda: load.count() >= 100, "the log works", server.log)
        filler = disk / "filler"
        with filler.open("wb") as file:
            file.truncate(0)
            file.write(bytes(max(0, shutil.disk_usage(disk).free - LEFT_OVER)))
        load.wait()
        refusals = {status for sender in load.senders for status in sender.refusals}
        assert refusals <= {503}, refusals
        filler.unlink()
        server.end()
        server.start()
        with closing(Client(server.url)) as client:
            api = client.bewerking(*ALL_SCOPES)
            for sender in load.senders:
                assert set(sender.acknowledged.values()) <= set(sender.found(api))
                sender.finish(api)
                assert sorted(sender.found(api)) == sorted(sender.acknowledged.values())
        server.run("verifieer")
        print(f"a full disk: {load.count()} acknowledged, none lost, none twice")  # noqa: T201 - for the test
    finally:
        server.dispose()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
