"""A body of JSON as plain values, with everything that JSON allows and the log does not (rules P4, P5).

The slow, precise reader: Python's own decoder, because it can show every pair of an object.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, NoReturn

import msgspec

from verwerkingenlog.domain.formats import check_characters
from verwerkingenlog.errors import Fault, InvalidInput

_MAX_NAME: Final = 100
_COULD_BE_A_BSN: Final = re.compile(r"\d(?:[ ._/-]?\d){6,}")
_INTEGER_DIGITS: Final = 18


class _Doubled(dict[str, object]):
    """An object that was written with some names more than once."""

    names: tuple[str, ...] = ()


def read_object(body: bytes) -> tuple[Mapping[str, object], list[Fault]]:
    """Read a body that must be an object; give it with the faults of any place in it.

    Those are duplicate names (code `duplicate`; the last value counts) and characters that cannot be kept
    (code `character`). Raises `InvalidInput` about `body` if it is no JSON object.
    """
    doubled: list[_Doubled] = []
    text = _decode(body)
    content = _parse(text, doubled)
    if not isinstance(content, dict):
        raise _refused("type", 'Stuur een JSON-object, zoals {"vertrouwelijkheid": "normaal"}.')
    # Outside ASCII a character that cannot be kept has only one spelling: an escape.
    return content, list(_faults_within(content)) if doubled or "\\u" in text else []


def canonical(body: bytes) -> bytes:
    """Give a body in one spelling for all that are equal as JSON; as it is where that can't be read (P6)."""
    try:
        return msgspec.json.encode(msgspec.json.decode(body), order="sorted")
    except (ValueError, RecursionError):  # also in what a POST ignores, there may be any number and depth
        return body


def safe_name(name: str) -> str:
    """Give the name of an unknown element in a form that may be shown: it can be anything, also a BSN."""
    name = _COULD_BE_A_BSN.sub("…", name)
    name = "".join(character if character.isprintable() else "�" for character in name[: _MAX_NAME + 1])
    return (name[:_MAX_NAME] + "…" if len(name) > _MAX_NAME else name) or '""'


def inside(path: str, name: str | int) -> str:
    """Give the name of an element inside another: `verwerkteObjecten.0.objectId` (rule E1)."""
    return f"{path}.{name}" if path else str(name)


def _decode(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise _refused("encoding", "Stuur de body als UTF-8.") from None
    if text.startswith("\ufeff"):
        raise _refused("encoding", "Stuur de body zonder byte order mark (BOM) aan het begin.")
    if not text.strip():
        raise _refused("required", "De body is leeg. Stuur een JSON-object.")
    return text


def _parse(text: str, doubled: list[_Doubled]) -> object:
    def collect(pairs: list[tuple[str, object]]) -> dict[str, object]:
        content = dict(pairs)
        return content if len(content) == len(pairs) else _double(pairs, doubled)

    try:
        return json.loads(
            text, object_pairs_hook=collect, parse_int=_read_integer, parse_constant=_refuse_constant
        )
    except json.JSONDecodeError as error:
        place = f"Kijk bij regel {error.lineno}, teken {error.colno}."
        raise _refused("json", f"De body is geen geldige JSON. {place}") from None
    except RecursionError:  # thousands of brackets: an attack on the stack
        raise _refused(
            "depth", "De body is te diep genest: zo veel lagen heeft geen bericht nodig."
        ) from None


def _double(pairs: list[tuple[str, object]], doubled: list[_Doubled]) -> _Doubled:
    content = _Doubled(pairs)
    times = Counter(name for name, _ in pairs)
    content.names = tuple(name for name, count in times.items() if count > 1)
    doubled.append(content)
    return content


def _read_integer(digits: str) -> int | float:
    # Python refuses to convert thousands of digits, and no number in the contract has many.
    return int(digits) if len(digits) <= _INTEGER_DIGITS else float(digits)


def _refuse_constant(_: str) -> NoReturn:
    raise _refused("json", "De body is geen geldige JSON: NaN en Infinity bestaan daarin niet.")


def _faults_within(content: object) -> Iterator[Fault]:
    """Walk over all values, without recursion: how deep they are nested is up to the client."""
    todo: list[tuple[str, object]] = [("", content)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, str):
            yield from _character_fault(path, value)
        elif isinstance(value, list):
            todo.extend((inside(path, index), value[index]) for index in reversed(range(len(value))))
        elif isinstance(value, dict):
            for name in value.names if isinstance(value, _Doubled) else ():
                reason = "Dit element staat er meer dan één keer. Stuur het één keer."
                yield Fault(inside(path, safe_name(name)), "duplicate", reason)
            todo.extend((inside(path, safe_name(name)), value[name]) for name in reversed(value))


def _character_fault(path: str, value: str) -> Iterator[Fault]:
    try:
        check_characters(value)
    except ValueError as error:
        yield Fault(path, "character", str(error))


def _refused(code: str, reason: str) -> InvalidInput:
    return InvalidInput(Fault("body", code, reason))
