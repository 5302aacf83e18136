"""The contract of VNG's Verwerkingenlogging API-standaard 0.9.0 as a table of facts (see `openapi_facts`).

`standard_facts` gives all of it; the rows below hold each fact once. Where the log deviates from it or adds
to it stands in `contract_differences`.
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from tests.unit.openapi_facts import Facts

Table: TypeAlias = Mapping[str, str]

_NAME = "string maxLength=242"
_UUID = "string format=uuid"
_URI = "string format=uri maxLength=2042"
_OWN_URI = f"{_URI} minLength=1 required"
_KLASSEN = "enum=normaal|vertrouwelijk|opgeheven"
_SOME_TEXT = "string minLength=1 required"

_FOUT = {
    "type": "string",
    "code": _SOME_TEXT,
    "title": _SOME_TEXT,
    "status": "integer required",
    "detail": _SOME_TEXT,
    "instance": _SOME_TEXT,
}
_FOUTEN: Mapping[str, Table] = {
    "Fout": _FOUT,
    "FieldValidationError": dict.fromkeys(("name", "code", "reason"), _SOME_TEXT),
    "ValidatieFout": {**_FOUT, "invalidParams": "array items=FieldValidationError required"},
}

_ACTIE_BEPERKT = {
    "url": f"{_OWN_URI} readOnly",
    "actieId": f"{_UUID} readOnly required",
    "actieNaam": _NAME,
    "handelingNaam": _NAME,
    "verwerkingNaam": _NAME,
    "verwerkingId": _UUID,
    "verwerkingsactiviteitId": _UUID,
    "verwerkingsactiviteitUrl": _URI,
    "vertrouwelijkheid": f"string {_KLASSEN} default=normaal required",
    "bewaartermijn": "string format=duration",
    "uitvoerder": "string pattern=[0-9]{20}",
    "soortAfnemerId": _NAME,
    "afnemerId": "string format=OIN maxLength=40",
    "verwerkingsactiviteitIdAfnemer": _UUID,
    "verwerkingsactiviteitUrlAfnemer": _URI,
    "verwerkingIdAfnemer": _UUID,
    "tijdstip": "string format=date-time required",
    "tijdstipRegistratie": "string format=date-time readOnly required",
    "verwerkteObjecten": "required",
}
_ACTIE = {
    **_ACTIE_BEPERKT,
    "systeem": _NAME,
    "gebruiker": "string format=identificator maxLength=40",
    "gegevensbron": _NAME,
}
_OBJECT_BASIS = {
    "objecttype": "string enum=persoon required",
    "soortObjectId": f"{_NAME} required",
    "objectId": "string format=identificator maxLength=40 required",
    "betrokkenheid": _NAME,
    "verwerkteSoortenGegevens": "array items=VerwerktSoortGegeven",
}
_OBJECT = {**_OBJECT_BASIS, "url": _OWN_URI, "verwerktObjectId": f"{_UUID} required"}

SCHEMAS: Mapping[str, Mapping[str, Table]] = {
    "bewerking": {
        **_FOUTEN,
        "Verwerkingsactie": _ACTIE,
        "VerwerkingsactieUitgebreid": {**_ACTIE, "verwerkteObjecten": "array items=VerwerktObject required"},
        "VerwerkingsactieUitgebreidBasis": {
            **_ACTIE,
            "verwerkteObjecten": "array items=VerwerktObjectBasis required",
        },
        "VertrouwelijkheidEnum": {"": f"string {_KLASSEN}"},
        "VerwerktObjectBasis": _OBJECT_BASIS,
        "VerwerktObject": _OBJECT,
        "VerwerktSoortGegeven": {"soortGegeven": f"{_NAME} required"},
        "PatchRequestBody": {
            "bewaartermijn": "string format=duration",
            "vertrouwelijkheid": f"string {_KLASSEN}",
        },
    },
    "inzage": {
        **_FOUTEN,
        "VerwerkingsactieBeperkt": _ACTIE_BEPERKT,
        "VerwerktObjectBasis": _OBJECT_BASIS,
        "VerwerktObject": _OBJECT,
        "VerwerktObjectUitgebreid": {**_OBJECT, "verwerkingsactie": "is=VerwerkingsactieBeperkt"},
        "VerwerktSoortGegeven": {"soortGegeven": f"{_NAME} required"},
    },
}

_FILTERS = {
    "query objecttype": "string enum=persoon required",
    "query soortObjectId": "string format=naam maxLength=242 required",
    "query objectId": "string format=identificator maxLength=40 required",
    "query beginDatum": "string format=date",
    "query eindDatum": "string format=date",
    "query verwerkingsactiviteitId": _UUID,
}
_DATES_REQUIRED = dict.fromkeys(("query beginDatum", "query eindDatum"), "string format=date required")
_VERSION = {"header api-version": "string"}
_NO_CONTENT = {"": "", **_VERSION}


def _answer(schema: str) -> Table:
    return {"": f"application/json schema={schema}", **_VERSION}


def _page(schema: str) -> Table:
    link = "string format=uri nullable"
    return {
        "": "application/json",
        **_VERSION,
        "count": "integer required",
        "next": link,
        "previous": link,
        "results": f"array items={schema} required",
    }


def _operation(name: str, tag: str, verb: str) -> Table:
    return {"": f"operationId={name} tag={tag} scope={verb}:normal scope={verb}:confidential"}


_EVERYWHERE = "401 403 406 409 410 415 429 500 501 503"
_ACTIE_ID = {"path actieId": f"{_UUID} required"}

OPERATIONS: Mapping[str, Mapping[str, tuple[Table, Mapping[str, Table], str]]] = {
    # address: (what is asked, the answer that is meant, the errors besides)
    "bewerking": {
        "GET /verwerkingsacties": (
            {
                **_operation("verwerkingsactie_list", "verwerkingsacties", "read"),
                **_FILTERS,
                "query vertrouwelijkheid": "array items=VertrouwelijkheidEnum",
            },
            {"200": _page("VerwerkingsactieUitgebreid")},
            f"400 {_EVERYWHERE}",
        ),
        "POST /verwerkingsacties": (
            {
                **_operation("verwerkingsactie_create", "verwerkingsacties", "create"),
                "body": "required application/json schema=VerwerkingsactieUitgebreidBasis",
            },
            {"201": {**_answer("VerwerkingsactieUitgebreid"), "header location": "string format=uri"}},
            f"400 {_EVERYWHERE}",
        ),
        "PATCH /verwerkingsacties": (
            {
                **_operation("verwerkingsactie_list_patch", "verwerkingsacties", "update"),
                "query verwerkingId": f"{_UUID} required",
                "body": "required application/json schema=PatchRequestBody",
            },
            {"204": _NO_CONTENT},
            f"400 404 {_EVERYWHERE}",
        ),
        "GET /verwerkingsacties/{actieId}": (
            {**_operation("verwerkingsactie_read", "verwerkingsacties", "read"), **_ACTIE_ID},
            {"200": _answer("VerwerkingsactieUitgebreid")},
            f"400 404 412 {_EVERYWHERE}",
        ),
        "PUT /verwerkingsacties/{actieId}": (
            {
                **_operation("verwerkingsactie_update", "verwerkingsacties", "update"),
                **_ACTIE_ID,
                "body": "required application/json schema=VerwerkingsactieUitgebreid",
            },
            {"200": _answer("VerwerkingsactieUitgebreid")},
            f"400 404 {_EVERYWHERE}",
        ),
        "DELETE /verwerkingsacties/{actieId}": (
            {**_operation("verwerkingsactie_delete", "verwerkingsacties", "delete"), **_ACTIE_ID},
            {"204": _NO_CONTENT},
            f"404 {_EVERYWHERE}",
        ),
    },
    "inzage": {
        "GET /verwerkte-objecten": (
            {
                **_operation("verwerkte-objecten_list", "verwerkte-objecten", "read"),
                **_FILTERS,
                **_DATES_REQUIRED,
            },
            {"200": _page("VerwerktObjectUitgebreid")},
            f"400 {_EVERYWHERE}",
        ),
        "GET /verwerkte-objecten/{verwerktObjectId}": (
            {
                **_operation("verwerktobject_read", "verwerkte-objecten", "read"),
                "path verwerktObjectId": f"{_UUID} required",
            },
            {"200": _answer("VerwerktObjectUitgebreid")},
            f"400 404 412 {_EVERYWHERE}",
        ),
    },
}


def standard_facts(api: str) -> Facts:
    """Give every fact of the standard's contract of this API."""
    rows = {"security": "JWT-Claims", "securityScheme JWT-Claims": "http bearer JWT"}
    for address, (request, answers, errors) in OPERATIONS[api].items():
        rows |= _placed(address, request)
        for code, answer in answers.items():
            rows |= _placed(f"{address} {code}", answer)
        for code in errors.split():
            rows |= _placed(f"{address} {code}", _error(code))
    for name, table in SCHEMAS[api].items():
        rows |= {f"schema {name}": "", **_placed(f"schema {name}", table)}
    return {address: frozenset(words.split()) for address, words in rows.items()}


def _error(code: str) -> Table:
    schema = "ValidatieFout" if code == "400" else "Fout"
    return {"": f"application/problem+json schema={schema}", **_VERSION}


def _placed(address: str, table: Table) -> dict[str, str]:
    return dict(_rows(address, table))


def _rows(address: str, table: Table) -> Iterator[tuple[str, str]]:
    for place, words in table.items():
        yield f"{address} {place}".strip(), words
