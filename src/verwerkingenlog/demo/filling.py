"""Sends a story to a running log, through its API and with tokens, as the systems themselves would.

It may be sent again where it was interrupted: the log knows each actie by its Idempotency-Key (rule P6), and
a change is made only where it was not made yet.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any, Final, NamedTuple, TypeAlias

from verwerkingenlog.demo.municipality import Systeem
from verwerkingenlog.demo.story import Story
from verwerkingenlog.demo.telling import Correctie, Opheffing, Vastlegging, Verwijdering, Wijziging
from verwerkingenlog.domain.applicatie import Applicatie
from verwerkingenlog.errors import VerwerkingenlogError
from verwerkingenlog.operations.tokens import mint

Json: TypeAlias = dict[str, Any]

_ACTIES: Final = "/bewerking/api/v1/verwerkingsacties"
_CONNECTIONS: Final = 8
_PATIENCE: Final = 30
_GONE: Final = (HTTPStatus.NO_CONTENT, HTTPStatus.BAD_REQUEST)
"""What a DELETE answers: done, or there is no such actie any more (rule D1)."""


class Filled(NamedTuple):
    """What came of a story: the number of acties, and the id of the one that was corrected."""

    acties: int
    gecorrigeerd: str


class _Answer(NamedTuple):
    status: int
    body: Json
    etag: str


def fill(host: str, port: int, applicaties: Iterable[Applicatie], story: Story) -> Filled:
    """Send the story to the log at this address; give what a visitor needs to find it.

    Raises `VerwerkingenlogError` where the log refuses a part of it or does not answer.
    """
    tokens = {one.client_id: mint(one, now=time.time()) for one in applicaties}
    parts = [story.vastleggingen[start::_CONNECTIONS] for start in range(_CONNECTIONS)]
    try:
        with ThreadPoolExecutor(_CONNECTIONS) as pool:
            filled = pool.map(lambda part: _register(_Client(host, port, tokens), part), parts)
            ids = {key: actie_id for part in filled for key, actie_id in part.items()}
        client = _Client(host, port, tokens)
        with closing(client):
            for wijziging in story.wijzigingen:
                client.change(wijziging, ids[wijziging.vastlegging.key])
    except (OSError, HTTPException) as error:
        raise VerwerkingenlogError(f"De voorbeeldgemeente is niet af: {_interrupted(error)}") from error
    corrected = next(one for one in story.wijzigingen if isinstance(one, Correctie))
    return Filled(len(ids), ids[corrected.vastlegging.key])


def _interrupted(error: Exception) -> str:
    return (
        f"de server gaf geen antwoord ({type(error).__name__}). Start de demo opnieuw; zij gaat dan verder."
    )


def _register(client: "_Client", vastleggingen: Sequence[Vastlegging]) -> dict[str, str]:
    with closing(client):
        return {vastlegging.key: client.register(vastlegging) for vastlegging in vastleggingen}


class _Client:
    """One connection to the log."""

    def __init__(self, host: str, port: int, tokens: Mapping[str, str]) -> None:
        self._connection = HTTPConnection(host, port, timeout=_PATIENCE)
        self._tokens = tokens

    def close(self) -> None:
        self._connection.close()

    def register(self, vastlegging: Vastlegging) -> str:
        """Log an actie and give its id."""
        key = {"Idempotency-Key": vastlegging.key}
        answer = self._ask("POST", vastlegging.systeem, "", vastlegging.actie, key)
        _expect(answer, HTTPStatus.CREATED)
        return str(answer.body["actieId"])

    def change(self, wijziging: Wijziging, actie_id: str) -> None:
        """Make a change, unless it was made."""
        match wijziging:
            case Opheffing(door, vastlegging):
                self._lift(door, vastlegging, actie_id)
            case Correctie(door, _, wordt):
                self._correct(door, actie_id, wordt)
            case Verwijdering(door, _):
                _expect(self._ask("DELETE", door, f"/{actie_id}"), *_GONE)

    def _lift(self, door: Systeem, vastlegging: Vastlegging, actie_id: str) -> None:
        # The look at it is logged too (rule L1): confidential, or the inquiry would show by it.
        answer = self._ask("GET", door, f"/{actie_id}", headers={"Vertrouwelijkheid": "vertrouwelijk"})
        _expect(answer, HTTPStatus.OK)
        if answer.body["vertrouwelijkheid"] != "opgeheven":
            query = f"?verwerkingId={vastlegging.actie['verwerkingId']}"
            lifted = self._ask("PATCH", door, query, {"vertrouwelijkheid": "opgeheven"})
            _expect(lifted, HTTPStatus.NO_CONTENT)

    def _correct(self, door: Systeem, actie_id: str, wordt: Json) -> None:
        answer = self._ask("GET", door, f"/{actie_id}")
        _expect(answer, HTTPStatus.OK)
        if not wordt.items() <= answer.body.items():
            headers = {"If-Match": answer.etag}
            _expect(self._ask("PUT", door, f"/{actie_id}", answer.body | wordt, headers), HTTPStatus.OK)

    def _ask(
        self, method: str, door: Systeem, path: str, body: Json | None = None, headers: Mapping[str, str] = {}
    ) -> _Answer:
        sent = {"Authorization": f"Bearer {self._tokens[door.client_id]}", **headers}
        if body is not None:
            sent["Content-Type"] = "application/json"
        content = None if body is None else json.dumps(body)
        self._connection.request(method, _ACTIES + path, content, sent)
        response = self._connection.getresponse()
        received = response.read()
        return _Answer(
            response.status, json.loads(received) if received else {}, response.headers.get("ETag", "")
        )


def _expect(answer: _Answer, *statuses: int) -> None:
    """Refuse another answer; what it says holds no persons (rule M7)."""
    if answer.status not in statuses:
        raise VerwerkingenlogError(
            f"De voorbeeldgemeente is niet af: het log gaf antwoord {answer.status}."
            f" {answer.body.get('detail', '')}"
        )
