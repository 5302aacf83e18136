"""The quick reading of a request never reads another one than the parser under the framework does."""

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from tests.support.requests import LINE, chunked, headers, mutated, parsed, request, written
from verwerkingenlog.api.bewerking.quick_post import read_request

TOKEN = "Bearer a.b.c"
BODY = b'{"a": 1}'
GOOD = request(TOKEN, BODY)
LARGEST = 1000


def with_lines(*more: bytes) -> bytes:
    return request(TOKEN, BODY, *more)


def with_length(length: bytes, body: bytes = BODY) -> bytes:
    return GOOD.replace(b"Content-Length: 8", b"Content-Length: " + length)[: -len(BODY)] + body


def without(name: bytes) -> bytes:
    lines = [line for line in headers(TOKEN, BODY) if not line.startswith(name + b":")]
    return written(LINE, lines, BODY)


def with_first(name: bytes) -> bytes:
    lines = sorted(headers(TOKEN, BODY), key=lambda line: not line.startswith(name + b":"))
    return written(LINE, lines, BODY)


def with_value(name: bytes, value: bytes) -> bytes:
    lines = [line for line in headers(TOKEN, BODY) if not line.startswith(name + b":")]
    return written(LINE, [*lines, name + b": " + value], BODY)


def assert_taken(data: bytes, body: bytes = BODY, largest: int = LARGEST) -> None:
    read = read_request(data, largest)
    assert not isinstance(read, str), read
    assert (read.authorization, read.body) == (TOKEN.encode(), body)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(GOOD, id="as usual"),
        pytest.param(with_lines(b"X-Request-Id: 7f", b"Forwarded: for=192.0.2.1"), id="what proxies add"),
        pytest.param(with_lines(b"traceparent: 00-1-2-01", b"tracestate: a=b"), id="what tracers add"),
        pytest.param(GOOD.replace(b"Host", b"hOST"), id="a name in any case"),
        pytest.param(GOOD.replace(b"Host: ", b"Host:"), id="no space"),
        pytest.param(GOOD.replace(b"Host: ", b"Host:   "), id="more spaces"),
        pytest.param(with_value(b"User-Agent", b"x   "), id="spaces after a value"),
        pytest.param(with_value(b"User-Agent", b""), id="an empty value that means nothing"),
        pytest.param(with_value(b"User-Agent", b"a: b"), id="a colon in a value"),
        pytest.param(with_value(b"Content-Type", b"application/json; charset=UTF-8"), id="a charset"),
        pytest.param(with_value(b"Accept", b"application/json"), id="json accepted"),
        pytest.param(with_value(b"Connection", b"Keep-Alive"), id="a connection to keep"),
        pytest.param(with_length(b"08"), id="a leading zero"),
        pytest.param(GOOD.replace(b"Auth", b"auth"), id="a token under a small letter"),
        pytest.param(GOOD.replace(b"Bearer", b"  Bearer"), id="more spaces before a token"),
        pytest.param(with_value(b"Authorization", TOKEN.encode()), id="a token last"),
        pytest.param(written(LINE, headers(TOKEN, BODY)[::-1], BODY), id="the other way round"),
        pytest.param(with_first(b"Authorization"), id="a token first"),
        pytest.param(without(b"Accept"), id="no accept"),
        pytest.param(without(b"Connection"), id="no connection"),
    ],
)
def test_P1_an_ordinary_request_is_read(data: bytes) -> None:
    assert_taken(data)


@pytest.mark.parametrize(
    "data",
    [
        *(
            pytest.param(without(name), id=f"without {name.decode()}")
            for name in (b"Host", b"Authorization", b"Content-Type", b"Content-Length")
        ),
        *(
            pytest.param(with_lines(line), id=repr(line)[2:40])
            for line in [
                b"Transfer-Encoding: chunked",
                b"Transfer-Encoding: identity",
                b"Content-Length: 8",
                b"content-length: 9",
                b"Content-Length : 9",
                b"Content-Encoding: gzip",
                b"Expect: 100-continue",
                b"Upgrade: h2c",
                b"Idempotency-Key: 1",
                b'If-Match: "1"',
                b"Authorization: Bearer x",
                b"AUTHORIZATION: Bearer x",
                b"Host: ander",
                b"X-Onbekend: 1",
                b"No colon",
                b": no name",
                b" folded: 1",
                b"\tfolded",
                b"X-Request-Id: a\nContent-Length: 9",
                b"X-Request-Id: a\rContent-Length: 9",
                b"X-Request-Id: a\n Content-Length: 9",
                b"X-Request-Id: a\x00",
                b"X-Request-Id: \ta",
                b"X-Request-Id: a\t",
                b"X-Request-Id: caf\xc3\xa9",
                b"X-Request-Id: \x7f",
                b"X-Request-Id : a",
                b"X-Request-Id\x00: a",
            ]
        ),
        *(
            pytest.param(with_value(b"Authorization", value), id=f"token {value!r}")
            for value in [b"", b"   ", TOKEN.encode() + b" ", b"Bearer \x00", b"a\tb", b"\xe9", b"a\nb"]
        ),
        pytest.param(GOOD.replace(b"Authorization", b"aUTHORIZATION"), id="a token under an odd name"),
        pytest.param(GOOD.replace(b"Authorization:", b"Authorization :"), id="a space before the colon"),
        pytest.param(GOOD.replace(b"\r\nAuthorization", b"\r\n Authorization"), id="a folded token"),
        pytest.param(GOOD.replace(TOKEN.encode(), TOKEN.encode() + b"\r\n x"), id="a token on two lines"),
        pytest.param(with_lines(b"authorization: Bearer x"), id="a second token under a small letter"),
        pytest.param(with_lines(b"X-Request-Id: " + b"a" * 9000), id="a large head"),
        pytest.param(with_value(b"Host", b""), id="an empty host"),
        pytest.param(with_value(b"Accept", b"text/html"), id="E2 html accepted"),
        pytest.param(with_value(b"Accept", b"*/*;q=0"), id="E2 nothing accepted"),
        pytest.param(with_value(b"Content-Type", b"text/plain"), id="E2 text"),
        pytest.param(with_value(b"Content-Type", b"application/json; charset=latin1"), id="E2 latin1"),
        pytest.param(with_value(b"Connection", b"close"), id="a connection to close"),
        pytest.param(with_value(b"Connection", b"keep-alive, upgrade"), id="a connection to upgrade"),
        *(
            pytest.param(with_length(length), id=f"length {length!r}")
            for length in [
                b"",
                b"x",
                b"+8",
                b"-8",
                b"8.0",
                b"8, 8",
                b"0x8",
                b"8 8",
                b"1_0",
                b"1" * 5000,
                b"18446744073709551624",
                b"000008",
                "٨".encode(),
                b"\xb2",
            ]
        ),
        pytest.param(GOOD + b"x", id="a byte after it"),
        pytest.param(GOOD + b"\r\n", id="a line end after it"),
        pytest.param(GOOD + GOOD, id="two requests"),
        pytest.param(with_length(b"7"), id="a body that is longer"),
        pytest.param(with_length(b"0"), id="a body that was not announced"),
        pytest.param(with_lines(b"Transfer-Encoding: chunked")[: -len(BODY)] + chunked(BODY), id="chunks"),
        *(
            pytest.param(GOOD.replace(LINE, line, 1), id=f"line {line!r}"[:60])
            for line in [
                LINE.replace(b"1.1", b"1.0"),
                LINE.replace(b"POST", b"PUT"),
                LINE.replace(b"POST", b"post"),
                LINE.replace(b"POST /", b"POST  /"),
                LINE.replace(b"POST /", b"POST http://log/"),
                LINE.replace(b" HTTP", b"?x=1 HTTP"),
                LINE.replace(b" HTTP", b"/ HTTP"),
                LINE.replace(b"acties", b"act%69es"),
                LINE.replace(b"acties", b"acties/_bulk"),
                LINE + b" ",
                b"\r\n" + LINE,
            ]
        ),
        pytest.param(GOOD.replace(b"\r\n", b"\n"), id="line ends without a return"),
        pytest.param(GOOD.replace(b"\r\n\r\n", b"\n\n"), id="a head that ends otherwise"),
        pytest.param(GOOD.replace(LINE, LINE + b"\r\n", 1), id="a head without headers"),
        pytest.param(b"", id="nothing"),
        pytest.param(LINE, id="half a head"),
    ],
)
def test_P1_whatever_is_unusual_is_left_to_the_framework(data: bytes) -> None:
    assert read_request(data, LARGEST) == "left"


@pytest.mark.parametrize("cut", range(1, len(BODY) + 1))
def test_P1_a_body_that_is_not_all_there_is_waited_for(cut: int) -> None:
    assert read_request(GOOD[:-cut], LARGEST) == "unfinished"


@pytest.mark.parametrize("cut", range(len(BODY) + 1, len(GOOD)))
def test_P1_a_head_that_is_not_all_there_is_left(cut: int) -> None:
    assert read_request(GOOD[:-cut], LARGEST) == "left"


@pytest.mark.parametrize("cut", [0, 1, 500])
def test_E2_a_body_over_the_limit_is_left_however_much_of_it_came(cut: int) -> None:
    over = b"x" * (LARGEST + 1)
    assert_taken(request(TOKEN, over[:-1]), over[:-1])
    data = request(TOKEN, over)
    assert read_request(data[: len(data) - cut], LARGEST) == "left"


def test_P1_the_same_head_over_another_limit_is_another_matter() -> None:
    assert_taken(GOOD, largest=8)
    assert read_request(GOOD, 7) == "left"
    assert_taken(GOOD, largest=8)


@settings(max_examples=1500, deadline=None)
@given(data=mutated(TOKEN, BODY), cut=st.integers(0, 10))
@example(data=GOOD, cut=0)
@example(data=GOOD, cut=3)
@example(data=with_lines(b"X: a\nTransfer-Encoding: chunked"), cut=0)
def test_P1_two_readers_of_a_request_never_differ(data: bytes, cut: int) -> None:
    """Where they do, one request can be hidden in another."""
    data = data[: len(data) - cut] if cut < 5 else data
    read = read_request(data, LARGEST)
    event(read if isinstance(read, str) else "read")
    if read == "left":
        return
    found = parsed(data)
    assert (found.faulty, found.upgrade) == (False, False)
    [message] = found.requests
    assert (message.method, message.version) == (b"POST", "1.1")
    assert message.url == LINE.split(b" ")[1]
    assert message.keeps_alive
    assert not message.upgrades
    names = [name for name, _ in message.headers]
    assert len(set(names)) == len(names)
    assert not {b"transfer-encoding", b"expect", b"idempotency-key", b"content-encoding"} & set(names)
    length = int(dict(message.headers)[b"content-length"])
    assert message.in_body
    if isinstance(read, str):
        assert not message.complete
        assert len(message.body) < length <= LARGEST
    else:
        assert message.complete
        assert message.body == read.body
        assert dict(message.headers)[b"authorization"] == read.authorization


@settings(max_examples=1000, deadline=None)
@given(data=st.binary(max_size=300))
def test_P1_any_bytes_after_a_line_are_read_by_both_or_left(data: bytes) -> None:
    assert read_request(data, LARGEST) == "left"
    read = read_request(LINE + b"\r\n" + data, LARGEST)
    assert read == "left"
