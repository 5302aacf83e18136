"""The POST under the framework answers as the framework does, whatever is sent and however it is cut."""

import json
import time
from collections.abc import Callable, Iterator, Mapping

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.support.acties import Json, a_minimal_actie, an_actie, an_object, bsn
from tests.support.applications import ALL_SCOPES, Application
from tests.support.postgres import psql
from tests.support.quick import Pair, authorization, running_pair
from tests.support.requests import LINE, chunked, headers, mutated, request, written
from tests.support.wire import comparable, conversation, cut, dialogue, wire
from verwerkingenlog.storage.embedded import Cluster

LARGEST = 16 * 1024
BODY = json.dumps(a_minimal_actie()).encode()
SPACED = BODY.replace(b'": ', b'" : ')
"""What only the careful reading takes."""
TOKEN = authorization()


@pytest.fixture(scope="module")
def pair(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with running_pair(
        cluster,
        tmp_path_factory.mktemp("pair"),
        BASIS_URL="https://log.gemeente.example",
        MAX_BODY=str(LARGEST),
    ) as pair:
        yield pair


def body(**changes: object) -> bytes:
    return json.dumps(an_actie(**changes)).encode()


def padded(size: int) -> bytes:
    return BODY[:-1] + b" " * (size - len(BODY)) + BODY[-1:]


def with_value(name: bytes, value: bytes) -> bytes:
    lines = [line for line in headers(authorization(), BODY) if not line.startswith(name + b":")]
    return written(LINE, [*lines, name + b": " + value], BODY)


def unauthorised(value: str) -> bytes:
    return request(value, BODY)


@settings(max_examples=150, deadline=None)
@given(data=mutated(TOKEN, BODY))
def test_E1_E2_P1_whatever_is_sent_is_answered_as_the_framework_does(data: bytes, pair: Pair) -> None:
    said = conversation(pair.quick.port, data)
    event(said[9:12].decode())
    assert comparable(said) == comparable(conversation(pair.alone.port, data))


@settings(max_examples=150, deadline=None)
@given(
    requests=st.lists(st.one_of(mutated(TOKEN, BODY), st.just(request(TOKEN, BODY))), min_size=1, max_size=3),
    places=st.lists(st.integers(0, 1 << 12), min_size=1, max_size=4),
)
def test_E1_E2_P1_whatever_comes_in_pieces_is_answered_as_the_framework_does(
    requests: list[bytes], places: list[int], pair: Pair
) -> None:
    pieces = cut(b"".join(requests), places)
    said = dialogue(pair.quick.port, pieces)
    event(f"{said.count(b'/bewerking/api/v1/verwerkingsacties/')} acties")
    assert comparable(said) == comparable(dialogue(pair.alone.port, pieces))


CASES: Mapping[str, tuple[int, Callable[[], bytes]]] = {
    "P1 an actie": (201, lambda: request(authorization(), body())),
    "P1 an actie without persons": (201, lambda: request(authorization(), BODY)),
    "P1 what proxies add": (201, lambda: request(authorization(), BODY, b"X-Request-Id: 7f", b"Via: 1.1 p")),
    "P3 a confidential actie": (
        201,
        lambda: request(authorization(), body(vertrouwelijkheid="vertrouwelijk")),
    ),
    "P4 a spelling that is read with care": (201, lambda: request(authorization(), SPACED)),
    "P5 an element that is only read": (201, lambda: request(authorization(), body(url="https://x.example"))),
    "P6 a key": (201, lambda: request(authorization(), BODY, b"Idempotency-Key: " + bsn().encode())),
    "a body in chunks": (
        201,
        lambda: written(
            LINE,
            [*headers(authorization(), BODY)[:-1], b"Transfer-Encoding: chunked"],
            chunked(BODY),
        ),
    ),
    "E2 the largest body": (201, lambda: request(authorization(), padded(LARGEST))),
    "E2 a charset": (201, lambda: with_value(b"Content-Type", b"application/json; charset=utf-8")),
    "S2 no more than the scope that all have": (
        201,
        lambda: unauthorised(authorization(Application(bewerking=()))),
    ),
    "S1 no token": (401, lambda: unauthorised("")),
    "S1 no bearer": (401, lambda: unauthorised("Basic YTpi")),
    "S1 no token but a word": (401, lambda: unauthorised("Bearer x")),
    "S1 another's signature": (401, lambda: unauthorised(authorization() + "A")),
    "S1 an unknown client": (401, lambda: unauthorised(authorization(Application(name="niemand")))),
    "S1 an expired token": (401, lambda: unauthorised(authorization(exp=int(time.time()) - 10))),
    "S1 an old token": (401, lambda: unauthorised(authorization(iat=int(time.time()) - 4000))),
    "S1 a token of later": (401, lambda: unauthorised(authorization(iat=int(time.time()) + 4000))),
    "S2 a client of Inzage": (403, lambda: unauthorised(authorization(Application(inzage=ALL_SCOPES)))),
    "P3 confidential without that scope": (
        403,
        lambda: request(
            authorization(Application(bewerking=("create:normal",))), body(vertrouwelijkheid="vertrouwelijk")
        ),
    ),
    "P3 opgeheven": (403, lambda: request(authorization(), body(vertrouwelijkheid="opgeheven"))),
    "P4 no json": (400, lambda: request(authorization(), b"{")),
    "P4 nothing": (400, lambda: request(authorization(), b"")),
    "P4 no tijdstip": (400, lambda: request(authorization(), b'{"vertrouwelijkheid":"normaal"}')),
    "P4 M7 no bsn": (
        400,
        lambda: request(authorization(), body(verwerkteObjecten=[an_object("9999123456")])),
    ),
    "P5 an unknown element": (400, lambda: request(authorization(), body(onbekend=1))),
    "P5 a name twice": (400, lambda: request(authorization(), BODY.replace(b"{", b'{"tijdstip": "x", ', 1))),
    "P6 an empty key": (400, lambda: request(authorization(), BODY, b'Idempotency-Key: ""')),
    "G6 a parameter": (
        400,
        lambda: request(authorization(), BODY, line=LINE.replace(b" HTTP", b"?x=1 HTTP")),
    ),
    "E2 a body over the limit": (413, lambda: request(authorization(), padded(LARGEST + 1))),
    "E2 html": (406, lambda: with_value(b"Accept", b"text/html")),
    "E2 text": (415, lambda: with_value(b"Content-Type", b"text/plain")),
    "E2 a packed body": (415, lambda: request(authorization(), BODY, b"Content-Encoding: gzip")),
    "E2 another method": (405, lambda: request(authorization(), BODY, line=LINE.replace(b"POST", b"PUT"))),
}


@pytest.mark.parametrize("case", CASES)
def test_E1_E2_M7_an_answer_a_log_line_and_each_count_are_those_of_the_framework(
    case: str, pair: Pair
) -> None:
    status, made = CASES[case]
    data = made()
    quick = pair.quick.told(data)
    # The same key again would give the first answer again.
    alone = pair.alone.told(data.replace(b"Idempotency-Key: 9", b"Idempotency-Key: 8"))
    assert quick.status == status, quick.said
    assert quick == alone
    assert [line["event"] for line in quick.lines].count("request_answered") == 1
    assert sum(count for name, count in quick.counted.items() if "requests_total" in name) == 1
    assert sum(count for name, count in quick.counted.items() if "duration" in name) == 1


def test_P1_E2_the_answer_to_a_post_has_the_headers_of_one(pair: Pair) -> None:
    with wire(pair.quick.port) as connection:
        connection.send(request(TOKEN, body()))
        answer = connection.response()
    assert list(answer.headers) == [
        "date",
        "api-version",
        "cache-control",
        "etag",
        "location",
        "content-type",
        "content-length",
    ]
    assert answer.headers["location"] == answer.json["url"]
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["content-type"] == "application/json"


def test_S1_a_token_is_counted_once_new_and_then_known(pair: Pair) -> None:
    """Also where the quick way looked at it, and left the request."""
    for data in (BODY, SPACED):
        sent = request(authorization(), data)
        for cache in ("miss", "hit", "hit"):
            told = pair.quick.told(sent)
            tokens = {name: count for name, count in told.counted.items() if "tokens" in name}
            assert tokens == {f'verwerkingenlog_tokens_total{{cache="{cache}"}}': 1}


def test_E2_without_a_store_the_answer_is_that_of_the_framework(pair: Pair, cluster: Cluster) -> None:
    def change(words: str) -> None:
        psql(cluster, f"{words} verwerkingenlog_dienst", url=pair.database)

    data = request(authorization(), BODY)
    change("revoke insert on verwerkingenlog.versie from")
    try:
        quick, alone = pair.quick.told(data), pair.alone.told(data)
    finally:
        change("grant insert on verwerkingenlog.versie to")
    assert quick.status == 503
    assert b"\r\nretry-after: " in quick.said
    assert _without_places(quick.lines) == _without_places(alone.lines)
    assert (quick.said, quick.counted) == (alone.said, alone.counted)
    assert pair.quick.told(data).status == 201


def _without_places(lines: list[Json]) -> list[Json]:
    return [{name: value for name, value in line.items() if name != "errors"} for line in lines]


def test_P1_a_part_of_a_head_is_never_read_as_a_request(pair: Pair) -> None:
    """Else a proxy before the log would see one request, and the log another that hides in a header of it."""
    first = b"GET /gezond HTTP/1.1\r\nHost: log\r\n\r\n"
    hidden = request(TOKEN, BODY)
    for watched in (pair.quick, pair.alone):
        with wire(watched.port) as connection:
            connection.send(first + b"GET /gezond HTTP/1.1\r\nX: ")
            assert connection.response().status == 200
            connection.send(hidden)
            answer = connection.response()
            assert (answer.status, answer.json) == (200, {"status": "gezond"})


def test_P1_a_body_is_never_read_as_a_request(pair: Pair) -> None:
    hidden = request(TOKEN, BODY)
    with wire(pair.quick.port) as connection:
        for encoded in (False, True):
            line = b"Transfer-Encoding: chunked" if encoded else b"Content-Length: %d" % len(hidden)
            start = b"POST /nergens HTTP/1.1\r\nHost: log\r\n" + line + b"\r\n\r\n"
            connection.send(start, b"%x\r\n" % len(hidden) if encoded else b"", hidden)
            connection.send(b"\r\n0\r\n", b"\r\n") if encoded else None
            assert connection.response().status == 404
            connection.send(hidden)
            assert connection.response().status == 201


def named(name: str, **changes: object) -> bytes:
    return json.dumps(a_minimal_actie(handelingNaam=name, **changes)).encode()


KINDS: Mapping[str, Callable[[str], bytes]] = {
    "quick": lambda name: request(TOKEN, named(name)),
    "a large body": lambda name: request(TOKEN, named(name) + b" " * 9000),
    "read with care": lambda name: request(TOKEN, named(name).replace(b'": ', b'" : ')),
    "chunked": lambda name: written(
        LINE, [*headers(TOKEN, b"")[:-1], b"Transfer-Encoding: chunked"], chunked(named(name))
    ),
    "unusual": lambda name: request(TOKEN, named(name), b"X-Onbekend: 1"),
    "refused": lambda name: request(TOKEN, named(name, onbekend=1)),
    "not authenticated": lambda name: request("Bearer x", named(name)),
    "get": lambda _: b"GET /gezond HTTP/1.1\r\nHost: log\r\n\r\n",
}
STATUSES = {"refused": 400, "not authenticated": 401, "get": 200}


def assert_answered_in_order(port: int, kinds: list[str], pieces: list[bytes]) -> None:
    with wire(port) as connection:
        connection.send(*pieces)
        for number, kind in enumerate(kinds):
            answer = connection.response()
            assert answer.status == STATUSES.get(kind, 201), (kind, answer)
            if answer.status == 201:
                assert answer.json["handelingNaam"] == str(number)
        connection.send(b"GET /gezond HTTP/1.1\r\nHost: log\r\nConnection: close\r\n\r\n")
        assert connection.response().status == 200
        assert connection.rest() == b""


@settings(max_examples=100, deadline=None)
@given(
    kinds=st.lists(st.sampled_from([*KINDS, "quick", "quick"]), min_size=1, max_size=5),
    places=st.lists(st.integers(0, 1 << 16), max_size=6),
)
def test_P1_requests_in_any_pieces_are_answered_in_order(
    kinds: list[str], places: list[int], pair: Pair
) -> None:
    data = b"".join(KINDS[kind](str(number)) for number, kind in enumerate(kinds))
    assert_answered_in_order(pair.quick.port, kinds, cut(data, places))


def test_P1_requests_a_byte_at_a_time_are_answered_in_order(pair: Pair) -> None:
    kinds = ["quick", "read with care", "quick"]
    data = b"".join(KINDS[kind](str(number)) for number, kind in enumerate(kinds))
    assert_answered_in_order(pair.quick.port, kinds, [bytes([byte]) for byte in data])


def test_P1_many_requests_sent_ahead_are_answered_in_order(pair: Pair) -> None:
    kinds = [kind for _ in range(40) for kind in ("quick", "a large body", "quick")]
    pieces = [KINDS[kind](str(number)) for number, kind in enumerate(kinds)]
    assert_answered_in_order(pair.quick.port, kinds, pieces)


@pytest.mark.parametrize("kept", [1, len(LINE) + 10, -1, -len(BODY)])
def test_P2_a_request_that_is_left_unfinished_is_no_request(kept: int, pair: Pair) -> None:
    data = request(TOKEN, BODY)
    before = records(pair)
    with wire(pair.quick.port) as connection:
        connection.send(data[:kept])
    with wire(pair.quick.port) as connection:
        connection.send(data)
        assert connection.response().status == 201
    assert records(pair) == before + 1


def records(pair: Pair) -> int:
    told = pair.quick.counts()
    return int(told.get("verwerkingenlog_records_acknowledged_total", 0))
