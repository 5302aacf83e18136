"""The evidence over HTTP: what anyone may have, and the proofs that need a token."""

import re
from collections.abc import Mapping
from typing import Final

from starlette.routing import Route

from verwerkingenlog.api.answer import Answer
from verwerkingenlog.api.document_routes import public_headers
from verwerkingenlog.api.documents import BASE_PATHS
from verwerkingenlog.api.edge import Call, Operation, Operations
from verwerkingenlog.api.faults import read_both
from verwerkingenlog.api.koppen import read_leesgegevens
from verwerkingenlog.api.public import public
from verwerkingenlog.api.query import read_no_parameters, read_yes_or_no
from verwerkingenlog.api.request import check_acceptable
from verwerkingenlog.domain.formats import uuid_or_none
from verwerkingenlog.domain.toegang import Verb
from verwerkingenlog.errors import NotFound
from verwerkingenlog.operations import bewijs
from verwerkingenlog.operations.log import Log
from verwerkingenlog.telemetry.observation import Scope

_TEXT: Final = "text/plain"
_TEXT_UTF8: Final = b"text/plain; charset=utf-8"
_BINARY: Final = "application/octet-stream"
_NUMMER: Final = re.compile("[1-9][0-9]{0,8}")
_A_SECOND: Final = (b"cache-control", b"public, max-age=1")
_AN_HOUR: Final = (b"cache-control", b"public, max-age=3600")
"""For a tile that is not full: what it holds is right for good, but soon a larger one is asked for."""
_FOR_GOOD: Final = (b"cache-control", b"public, max-age=31536000, immutable")


def resources_of_versies(log: Log) -> Mapping[str, Operations]:
    """Give the operations under `/bewijs/v1` that the scopes of the Bewerking API open."""

    async def give(call: Call) -> Answer:
        personen, leesgegevens = read_both(
            lambda: read_yes_or_no(call.query, "personen", default=True),
            lambda: read_leesgegevens(call.headers, required=False),
        )
        if _NUMMER.fullmatch(call.path["nummer"]) is None:
            raise NotFound
        actie_id, nummer = uuid_or_none(call.path["actieId"]), int(call.path["nummer"])
        proof = await bewijs.prove_versie(
            log, call.aanroeper, actie_id, nummer, leesgegevens, personen=personen
        )
        return Answer(200, proof, _TEXT_UTF8)

    operation = Operation("versie_bewijs", Verb.READ, give, produces=_TEXT)
    return {"/verwerkingsacties/{actieId}/versies/{nummer}/bewijs": {"GET": operation}}


def resources_of_objecten(log: Log, *, koppen_verplicht: bool) -> Mapping[str, Operations]:
    """Give the operations under `/bewijs/v1` that the scopes of the Inzage API open.

    `koppen_verplicht` demands the headers that the standard calls mandatory (rule L2).
    """

    async def give(call: Call) -> Answer:
        _, leesgegevens = read_both(
            lambda: read_no_parameters(call.query),
            lambda: read_leesgegevens(call.headers, required=koppen_verplicht),
        )
        object_id = uuid_or_none(call.path["verwerktObjectId"])
        proof = await bewijs.prove_occurrence(log, call.aanroeper, object_id, leesgegevens)
        return Answer(200, proof, _TEXT_UTF8)

    operation = Operation("verwerktobject_bewijs", Verb.READ, give, produces=_TEXT)
    return {"/verwerkte-objecten/{verwerktObjectId}/bewijs": {"GET": operation}}


def published(log: Log) -> list[Route]:
    """Give the routes of what anyone may have: hashes and signatures (rules S1, T1)."""

    async def checkpoint(scope: Scope) -> Answer:
        check_acceptable(scope["headers"], _TEXT)
        read_no_parameters(scope["query_string"])
        note = await bewijs.checkpoint(log)
        return Answer(200, note.encode(), _TEXT_UTF8, (_A_SECOND,))

    async def tile(scope: Scope) -> Answer:
        check_acceptable(scope["headers"], _BINARY)
        read_no_parameters(scope["query_string"])
        tegel = await bewijs.tile(log, f"tile/{scope['path_params']['tile']}")
        return Answer(200, tegel.hashes, _BINARY.encode(), (_FOR_GOOD if tegel.full else _AN_HOUR,))

    base, headers = BASE_PATHS["bewijs"], public_headers("bewijs")
    return [
        public(f"{base}/checkpoint", checkpoint, headers),
        public(f"{base}/tile/{{tile:everything}}", tile, headers),
    ]
