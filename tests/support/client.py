"""A thin HTTP client that holds each answer to the rules that every answer must keep (E1, E2, M7, S3)."""

import re
import time
from collections.abc import Iterable, Mapping
from typing import TypedDict, Unpack
from urllib.parse import urlsplit

import httpx

from tests.support.acties import Json
from tests.support.applications import ALL_SCOPES, APPLICATIONS, Application
from tests.support.tokens import zgw_token

BEWERKING = "/bewerking/api/v1"
INZAGE = "/inzage/api/v1"
BEWIJS = "/bewijs/v1"
ACTIES = "/verwerkingsacties"
OBJECTEN = "/verwerkte-objecten"
_PATIENCE = 60.0
"""Seconds to wait for a seal."""
_INSTANCE = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TEST_BSN = re.compile(r"(?<!\d)9999\d{5}(?!\d)")


Params = Mapping[str, str] | tuple[tuple[str, str], ...]


class Rest(TypedDict, total=False):
    """What a request may hold beside its path and JSON body."""

    headers: dict[str, str]
    params: Params
    content: bytes | str | Iterable[bytes]


class Api:
    """One of the two APIs of the standard, called by one application."""

    def __init__(self, http: httpx.Client, base: str, application: Application, user_id: str) -> None:
        self._http = http
        self._base = base
        self._application = application
        self._user_id = user_id

    @property
    def authorization(self) -> str:
        """Give a fresh Authorization header."""
        token = zgw_token(self._application.client_id, self._application.secret, user_id=self._user_id)
        return f"Bearer {token}"

    def request(self, method: str, path: str, json: object = None, **rest: Unpack[Rest]) -> httpx.Response:
        """Call a path below the base of the API, or a whole URL that the log gave."""
        url = path if urlsplit(path).scheme else self._base + path
        rest["headers"] = {"Authorization": self.authorization, **rest.get("headers", {})}
        answer = self._http.request(method, url, json=json, **rest)
        assert_proper(answer)
        return answer

    def get(
        self, path: str, params: Params | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """GET."""
        rest = Rest(headers=headers or {})
        return self.request("GET", path, **(rest if params is None else Rest(params=params, **rest)))

    def post(self, path: str, json: object = None, **rest: Unpack[Rest]) -> httpx.Response:
        """POST; without `json`, give `content`."""
        return self.request("POST", path, json, **rest)

    def put(self, path: str, json: object = None, **rest: Unpack[Rest]) -> httpx.Response:
        """PUT."""
        return self.request("PUT", path, json, **rest)

    def patch(self, path: str, json: object = None, **rest: Unpack[Rest]) -> httpx.Response:
        """PATCH."""
        return self.request("PATCH", path, json, **rest)

    def delete(self, path: str, **rest: Unpack[Rest]) -> httpx.Response:
        """DELETE."""
        return self.request("DELETE", path, **rest)

    def register(self, actie: Json, **rest: Unpack[Rest]) -> Json:
        """POST an actie that must be accepted, and give it as the log has it."""
        answer = self.post(ACTIES, actie, **rest)
        assert answer.status_code == 201, answer.text
        registered: Json = answer.json()
        return registered

    def results(self, path: str, params: Params) -> list[Json]:
        """Give the results of a search that must be allowed, of the first page."""
        answer = self.get(path, params)
        assert answer.status_code == 200, answer.text
        results: list[Json] = answer.json()["results"]
        return results

    def prove(
        self, path: str, params: Params | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """GET a proof, below the base of those, with the scopes of this API; waits for its seal."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            headers = {"Authorization": self.authorization}
            answer = self._http.get(BEWIJS + path, params=params, headers=headers)
            if answer.status_code != 503:
                assert_proper(answer)
                return answer
            assert (answer.json()["code"], answer.headers["Retry-After"]) == ("not_sealed", "1")
            assert time.monotonic() < deadline, "it was not sealed in time"
            time.sleep(0.1)

    def versions(self, actie_id: str) -> list[Json]:
        """Give the formal history of an actie, newest first."""
        return self.results(f"{ACTIES}/{actie_id}/versies", {"pageSize": "100"})


class Client:
    """The way into one server, as any of the test applications."""

    def __init__(self, url: str, *, timeout: float = 60) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=timeout, trust_env=False)

    def bewerking(self, *scopes: str, user_id: str = "ambtenaar-7") -> Api:
        """Give the Bewerking API with these scopes."""
        return self.as_application(Application(bewerking=_sorted(scopes)), BEWERKING, user_id)

    def inzage(self, *scopes: str, user_id: str = "ambtenaar-7") -> Api:
        """Give the Inzage API with these scopes."""
        return self.as_application(Application(inzage=_sorted(scopes)), INZAGE, user_id)

    def as_application(
        self, application: Application, base: str = BEWERKING, user_id: str = "ambtenaar-7"
    ) -> Api:
        """Give an API as called by an application of `APPLICATIONS`."""
        if application not in APPLICATIONS:
            raise ValueError(f"add this application to tests.support.applications: {application}")
        return Api(self.http, base, application, user_id)

    def close(self) -> None:
        """Close the connections."""
        self.http.close()


def assert_proper(answer: httpx.Response) -> None:
    """Check what holds for every answer: a version, no fault of the server, and each error in its form."""
    assert answer.status_code < 500, f"{answer.request.method} {answer.request.url.path}: {answer.text}"
    assert answer.headers.get("API-Version"), f"no API-Version: {answer.status_code} {answer.text[:200]}"
    if answer.status_code >= 400 and answer.request.method != "HEAD":
        _assert_problem(answer)


def _assert_problem(answer: httpx.Response) -> None:
    assert answer.headers["Content-Type"].split(";")[0] == "application/problem+json"
    problem = answer.json()
    assert problem.keys() >= {"type", "code", "title", "status", "detail", "instance"}, problem
    assert problem["status"] == answer.status_code
    assert _INSTANCE.fullmatch(problem["instance"]), problem
    assert all(problem[name] for name in ("type", "code", "title", "detail"))
    assert not _TEST_BSN.search(answer.text), "an error holds a BSN (rule M7)"
    faults = problem.get("invalidParams", [])
    assert (answer.status_code == 400) == bool(faults), problem
    assert all(fault.keys() == {"name", "code", "reason"} and all(fault.values()) for fault in faults), (
        problem
    )


def faulty(answer: httpx.Response) -> list[str]:
    """Give the names in a 400, sorted."""
    assert answer.status_code == 400, f"{answer.status_code} {answer.text}"
    return sorted(fault["name"] for fault in answer.json()["invalidParams"])


def _sorted(scopes: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(scopes, key=ALL_SCOPES.index))
