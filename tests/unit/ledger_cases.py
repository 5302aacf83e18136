"""What the tests of the ledger share."""

from collections.abc import Iterator


def flips(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give each bit's number with the data in which only that bit is another."""
    for place in range(len(data) * 8):
        byte, bit = divmod(place, 8)
        yield place, data[:byte] + bytes([data[byte] ^ 1 << bit]) + data[byte + 1 :]
