import asyncio
from collections.abc import Callable

import pytest

from verwerkingenlog.cli.transport import Buffer, Joining


class Wire(asyncio.Transport):
    """What reaches the connection, in order."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 1)})
        self.seen: list[str] = []

    def write(self, data: Buffer) -> None:
        self.seen.append(bytes(data).decode())

    def close(self) -> None:
        self.seen.append("close")

    def abort(self) -> None:
        self.seen.append("abort")

    def is_closing(self) -> bool:
        return "close" in self.seen

    def pause_reading(self) -> None:
        self.seen.append("pause")

    def resume_reading(self) -> None:
        self.seen.append("resume")


class Case:
    def __init__(self) -> None:
        self.wire = Wire()
        self.next_turn: list[Callable[[], None]] = []
        self.transport = Joining(self.wire, self.next_turn.append)

    def end_turn(self) -> None:
        due, self.next_turn[:] = self.next_turn[:], []
        for function in due:
            function()


@pytest.fixture
def case() -> Case:
    return Case()


def test_parts_of_one_turn_are_written_at_once_in_order(case: Case) -> None:
    case.transport.write(b"head ")
    case.transport.writelines([b"body", memoryview(b"!")])
    assert not case.wire.seen
    case.end_turn()
    case.transport.write(b"next")
    case.end_turn()
    case.end_turn()
    assert case.wire.seen == ["head body!", "next"]


def test_what_was_written_goes_before_a_close(case: Case) -> None:
    case.transport.write(b"last")
    case.transport.close()
    case.end_turn()
    assert case.wire.seen == ["last", "close"]
    assert case.transport.is_closing()


def test_what_is_written_after_a_close_is_lost(case: Case) -> None:
    case.transport.close()
    case.transport.write(b"late")
    case.end_turn()
    assert case.wire.seen == ["close"]


def test_what_was_written_before_the_client_closed_is_lost(case: Case) -> None:
    case.transport.write(b"late")
    case.wire.close()
    case.end_turn()
    assert case.wire.seen == ["close"]


def test_what_was_written_is_lost_with_an_abort(case: Case) -> None:
    case.transport.write(b"last")
    case.transport.abort()
    case.end_turn()
    assert case.wire.seen == ["abort"]


def test_all_else_is_that_of_the_connection(case: Case) -> None:
    case.transport.pause_reading()
    case.transport.resume_reading()
    assert case.wire.seen == ["pause", "resume"]
    assert case.transport.get_extra_info("peername") == ("192.0.2.1", 1)
    assert case.transport.get_extra_info("nothing", 7) == 7
