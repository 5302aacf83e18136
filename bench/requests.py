"""The requests of the bench, whole and ready to send."""

import gzip
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice, repeat
from typing import Final

from bench.load import Bulks, Coding, Order, Pages, Posts
from bench.messages import bodies, person_of, user_of
from verwerkingenlog.domain.applicatie import Applicatie
from verwerkingenlog.operations.tokens import mint

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACTIES: Final = "/bewerking/api/v1/verwerkingsacties"
BULK: Final = f"{ACTIES}/_bulk"
_PERCENT: Final = 100
_JSON: Final = "application/json"
_LINES: Final = "application/x-ndjson"


def prepared(order: Order) -> Sequence[bytes]:
    """Make the requests of an order."""
    what = order.what
    if isinstance(what, Posts):
        return list(_posts(order, what))
    token = next(_tokens(order, token_each=False))
    if isinstance(what, Pages):
        return [_get(token, path) for path in what.paths]
    return list(_bulks(token, what))


def page_of(person: str) -> str:
    """Give the path of the first page of what the log holds about a person."""
    return f"{ACTIES}?objecttype=persoon&soortObjectId=BSN&objectId={person}&vertrouwelijkheid=normaal"


def _posts(order: Order, posts: Posts) -> Iterator[bytes]:
    messages = islice(bodies(posts.first), posts.most)
    every = _PERCENT // posts.reads if posts.reads else 0
    for number, (token, message) in enumerate(
        zip(_tokens(order, token_each=posts.token_each), messages, strict=False)
    ):
        if every and number % every == 0:
            yield _get(token, page_of(person_of(posts.first + number)))
        else:
            yield _post(token, ACTIES, message, _JSON)


def _tokens(order: Order, *, token_each: bool) -> Iterator[str]:
    """Give a token for each request; one for all is the same as often as it is asked."""
    applicatie = Applicatie(client_id=order.client_id, secret=order.secret, label="")
    now = time.time()
    if not token_each:
        return repeat(mint(applicatie, user_of(0), now=now))
    # The name is not kept, so it makes the tokens differ and nothing else.
    return (
        mint(applicatie, user_of(number), f"Medewerker {number}", now=now) for number in range(sys.maxsize)
    )


def _bulks(token: str, bulks: Bulks) -> Iterator[bytes]:
    messages = bodies(bulks.first)
    for _ in range(bulks.bulks):
        lines = b"".join(message + b"\n" for message in islice(messages, bulks.records))
        yield _post(token, BULK, _coded(lines, bulks.coding), _LINES, bulks.coding)


def _coded(content: bytes, coding: Coding) -> bytes:
    if coding == "gzip":
        return gzip.compress(content, 6)
    return zstd.compress(content) if coding == "zstd" else content


def _get(token: str, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


def _post(token: str, path: str, body: bytes, media_type: str, coding: Coding = "identity") -> bytes:
    encoding = "" if coding == "identity" else f"Content-Encoding: {coding}\r\n"
    head = (
        f"POST {path} HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        f"Authorization: Bearer {token}\r\n"
        f"Content-Type: {media_type}\r\n"
        f"{encoding}"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
