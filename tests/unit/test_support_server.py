from pathlib import Path

import pytest

from tests.support.acties import bsn
from tests.support.server import Server


def test_M7_a_bsn_in_any_file_of_the_server_is_found(tmp_path: Path) -> None:
    person, server = bsn(), Server(tmp_path)
    file = server.data_dir / "postgresql" / "base" / "1"
    file.parent.mkdir(parents=True)
    server.log_file.write_text("{}\n", "utf-8")
    file.write_bytes(b"\x00\x12" + f"1{person}".encode())
    server.assert_sound()
    file.write_bytes(b"\x00\x12" + person.encode() + b"\xff")
    with pytest.raises(AssertionError, match="postgresql/base/1: 9999"):
        server.assert_sound()
    file.unlink()
    server.log_file.write_text(f'{{"vraag": "{person}"}}\n', "utf-8")
    with pytest.raises(AssertionError, match=r"server\.log: 9999"):
        server.assert_sound()
