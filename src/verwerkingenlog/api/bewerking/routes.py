"""The Bewerking API: from a call to an operation, and from its result to an answer."""

from collections.abc import Mapping
from typing import Final

from verwerkingenlog.api import weergave
from verwerkingenlog.api.answer import Answer
from verwerkingenlog.api.bewerking.bulk import bulk_operation
from verwerkingenlog.api.bewerking.invoer import read_new, read_whole, read_wijziging
from verwerkingenlog.api.edge import JSON, MERGE_PATCH, Call, Operation, Operations
from verwerkingenlog.api.faults import read_both
from verwerkingenlog.api.json_body import canonical
from verwerkingenlog.api.koppen import read_idempotency_key, read_if_match, read_leesgegevens
from verwerkingenlog.api.query import read_no_parameters, read_page_size_only, read_verwerking
from verwerkingenlog.api.urls import Urls
from verwerkingenlog.api.zoekvraag import read_query, read_zoek
from verwerkingenlog.domain.formats import uuid_or_none
from verwerkingenlog.domain.leesgegevens import Leesgegevens
from verwerkingenlog.domain.toegang import Verb
from verwerkingenlog.domain.verwerkingsactie import Versie
from verwerkingenlog.operations import change, find, read
from verwerkingenlog.operations.cursor import Pagina
from verwerkingenlog.operations.find import Vondst
from verwerkingenlog.operations.log import Log
from verwerkingenlog.operations.register import IdempotencyKey, register

CREATE_ID: Final = "verwerkingsactie_create"


def resources(log: Log, urls: Urls, max_bulk: int) -> Mapping[str, Operations]:
    """Give the operations of each path, under `/bewerking/api/v1`, by method; `max_bulk` in bytes."""
    api = _Bewerking(log, urls)
    return {
        "/verwerkingsacties": {
            "POST": Operation(CREATE_ID, Verb.CREATE, api.create, JSON),
            "GET": Operation("verwerkingsactie_list", Verb.READ, api.list),
            "PATCH": Operation("verwerkingsactie_list_patch", Verb.UPDATE, api.patch, MERGE_PATCH),
        },
        "/verwerkingsacties/_bulk": {"POST": bulk_operation(log, urls, max_bulk)},
        "/verwerkingsacties/_zoek": {
            "POST": Operation("verwerkingsactie_zoek", Verb.READ, api.zoek, JSON),
        },
        "/verwerkingsacties/_vervolg/{cursor}": {
            "GET": Operation("verwerkingsactie_vervolg", Verb.READ, api.vervolg),
        },
        "/verwerkingsacties/{actieId}": {
            "GET": Operation("verwerkingsactie_read", Verb.READ, api.read),
            "PUT": Operation("verwerkingsactie_update", Verb.UPDATE, api.update, JSON),
            "DELETE": Operation("verwerkingsactie_delete", Verb.DELETE, api.delete),
        },
        "/verwerkingsacties/{actieId}/versies": {
            "GET": Operation("verwerkingsactie_versies", Verb.READ, api.versies),
        },
    }


class _Bewerking:
    """The handlers, one per operation of the contract."""

    def __init__(self, log: Log, urls: Urls) -> None:
        self._log = log
        self._urls = urls

    async def create(self, call: Call) -> Answer:
        key, inhoud = read_both(lambda: _key(call), lambda: read_new(call.body))
        versie = await register(self._log, call.aanroeper, inhoud, key)
        return created(versie, self._urls)

    async def read(self, call: Call) -> Answer:
        leesgegevens = _read_without_parameters(call)
        return _whole(await read.read(self._log, call.aanroeper, _actie_id(call), leesgegevens), self._urls)

    async def update(self, call: Call) -> Answer:
        expected, inhoud = read_both(lambda: _expected(call), lambda: read_whole(call.body))
        versie = await change.replace(self._log, call.aanroeper, _actie_id(call), inhoud, expected)
        return _whole(versie, self._urls)

    async def delete(self, call: Call) -> Answer:
        await change.remove(self._log, call.aanroeper, _actie_id(call), _expected(call))
        return Answer(204)

    async def patch(self, call: Call) -> Answer:
        (parameter, verwerking_id), wijziging = read_both(
            lambda: read_verwerking(call.query), lambda: read_wijziging(call.body)
        )
        await change.patch(self._log, call.aanroeper, parameter, verwerking_id, wijziging)
        return Answer(204)

    async def list(self, call: Call) -> Answer:
        vraag, leesgegevens = read_both(
            lambda: read_query(call.query, inzage=False), lambda: _leesgegevens(call)
        )
        return self._found(await find.find(self._log, call.aanroeper, "bewerking", vraag, leesgegevens))

    async def zoek(self, call: Call) -> Answer:
        vraag, leesgegevens = read_both(
            lambda: read_zoek(call.body, inzage=False), lambda: _read_without_parameters(call)
        )
        return self._found(await find.find(self._log, call.aanroeper, "bewerking", vraag, leesgegevens))

    async def versies(self, call: Call) -> Answer:
        page_size, leesgegevens = read_both(
            lambda: read_page_size_only(call.query), lambda: _leesgegevens(call)
        )
        pagina = await read.history(self._log, call.aanroeper, _actie_id(call), page_size, leesgegevens)
        return self._history(pagina)

    async def vervolg(self, call: Call) -> Answer:
        read_no_parameters(call.query)
        cursor = call.path["cursor"]
        if read.is_of_history(self._log, cursor):
            return self._history(await read.history_more(self._log, call.aanroeper, cursor))
        return self._found(await find.find_more(self._log, call.aanroeper, "bewerking", cursor))

    def _found(self, pagina: Pagina[Vondst]) -> Answer:
        results = [
            weergave.bewerking_actie(vondst.versie, self._urls, onvolledig=vondst.onvolledig)
            for vondst in pagina.results
        ]
        return Answer(200, weergave.page(pagina, self._urls.acties_vervolg, results))

    def _history(self, pagina: Pagina[Versie]) -> Answer:
        results = [weergave.history_entry(versie, self._urls) for versie in pagina.results]
        return Answer(200, weergave.page(pagina, self._urls.acties_vervolg, results))


def created(versie: Versie, urls: Urls) -> Answer:
    """Give the answer to a POST: the whole actie, and where it is (rule P1)."""
    location = urls.actie(versie.actie_id).encode()
    return Answer(
        201, weergave.bewerking_actie(versie, urls), headers=(_etag(versie), (b"location", location))
    )


def _whole(versie: Versie, urls: Urls) -> Answer:
    return Answer(200, weergave.bewerking_actie(versie, urls), headers=(_etag(versie),))


def _etag(versie: Versie) -> tuple[bytes, bytes]:
    return b"etag", b'"%d"' % versie.nummer


def _actie_id(call: Call) -> str | None:
    return uuid_or_none(call.path["actieId"])


def _leesgegevens(call: Call) -> Leesgegevens:
    return read_leesgegevens(call.headers, required=False)


def _read_without_parameters(call: Call) -> Leesgegevens:
    return read_both(lambda: read_no_parameters(call.query), lambda: _leesgegevens(call))[1]


def _key(call: Call) -> IdempotencyKey | None:
    key = read_both(lambda: read_no_parameters(call.query), lambda: read_idempotency_key(call.headers))[1]
    return None if key is None else IdempotencyKey(key, canonical(call.body))


def _expected(call: Call) -> change.Expected:
    tags = read_both(lambda: read_no_parameters(call.query), lambda: read_if_match(call.headers))[1]
    if tags is None or tags == "*":
        return change.any_version
    return lambda nummer: f'"{nummer}"' in tags
