"""The Inzage API: from a call to an operation, and from its result to an answer."""

from collections.abc import Mapping

from verwerkingenlog.api import weergave
from verwerkingenlog.api.answer import Answer
from verwerkingenlog.api.edge import JSON, Call, Operation, Operations
from verwerkingenlog.api.faults import read_both
from verwerkingenlog.api.koppen import read_leesgegevens
from verwerkingenlog.api.query import read_no_parameters
from verwerkingenlog.api.urls import Urls
from verwerkingenlog.api.zoekvraag import read_query, read_zoek
from verwerkingenlog.domain.formats import uuid_or_none
from verwerkingenlog.domain.leesgegevens import Leesgegevens
from verwerkingenlog.domain.toegang import Verb
from verwerkingenlog.operations import find, read
from verwerkingenlog.operations.cursor import Pagina
from verwerkingenlog.operations.find import Vondst
from verwerkingenlog.operations.log import Log


def resources(log: Log, urls: Urls, *, koppen_verplicht: bool) -> Mapping[str, Operations]:
    """Give the operations of each path, under `/inzage/api/v1`, by method.

    `koppen_verplicht` demands the headers that the standard calls mandatory (rule L2).
    """
    api = _Inzage(log, urls, koppen_verplicht=koppen_verplicht)
    return {
        "/verwerkte-objecten": {
            "GET": Operation("verwerkte-objecten_list", Verb.READ, api.list),
        },
        "/verwerkte-objecten/_zoek": {
            "POST": Operation("verwerkte-objecten_zoek", Verb.READ, api.zoek, JSON),
        },
        "/verwerkte-objecten/_vervolg/{cursor}": {
            "GET": Operation("verwerkte-objecten_vervolg", Verb.READ, api.vervolg),
        },
        "/verwerkte-objecten/{verwerktObjectId}": {
            "GET": Operation("verwerktobject_read", Verb.READ, api.read),
        },
    }


class _Inzage:
    """The handlers, one per operation of the contract."""

    def __init__(self, log: Log, urls: Urls, *, koppen_verplicht: bool) -> None:
        self._log = log
        self._urls = urls
        self._koppen_verplicht = koppen_verplicht

    async def list(self, call: Call) -> Answer:
        vraag, leesgegevens = read_both(
            lambda: read_query(call.query, inzage=True), lambda: self._leesgegevens(call)
        )
        return self._found(await find.find(self._log, call.aanroeper, "inzage", vraag, leesgegevens))

    async def zoek(self, call: Call) -> Answer:
        vraag, leesgegevens = read_both(
            lambda: read_zoek(call.body, inzage=True), lambda: self._read_without_parameters(call)
        )
        return self._found(await find.find(self._log, call.aanroeper, "inzage", vraag, leesgegevens))

    async def vervolg(self, call: Call) -> Answer:
        read_no_parameters(call.query)
        return self._found(await find.find_more(self._log, call.aanroeper, "inzage", call.path["cursor"]))

    async def read(self, call: Call) -> Answer:
        leesgegevens = self._read_without_parameters(call)
        object_id = uuid_or_none(call.path["verwerktObjectId"])
        vondst = await read.read_occurrence(self._log, call.aanroeper, object_id, leesgegevens)
        return Answer(200, weergave.inzage_object(vondst.versie, vondst.nummer, self._urls))

    def _found(self, pagina: Pagina[Vondst]) -> Answer:
        results = [
            weergave.inzage_object(vondst.versie, vondst.nummer, self._urls) for vondst in pagina.results
        ]
        return Answer(200, weergave.page(pagina, self._urls.objecten_vervolg, results))

    def _leesgegevens(self, call: Call) -> Leesgegevens:
        return read_leesgegevens(call.headers, required=self._koppen_verplicht)

    def _read_without_parameters(self, call: Call) -> Leesgegevens:
        return read_both(lambda: read_no_parameters(call.query), lambda: self._leesgegevens(call))[1]
