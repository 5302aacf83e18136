"""A process that uses the embedded PostgreSQL until its standard input closes; prints where it is.

Arguments: the data directory, the folder of programs, and optionally the user to become first.
"""

import json
import os
import pwd
import sys
from pathlib import Path

from verwerkingenlog.storage.embedded import running


def main() -> None:
    """Become the user, use the server, and leave when told to."""
    data_dir, binaries, *users = sys.argv[1:]
    for name in users:
        user = pwd.getpwnam(name)
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
    with running(Path(data_dir), Path(binaries)) as cluster:
        sys.stdout.write(json.dumps({"pid": cluster.pid, "url": cluster.url}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
