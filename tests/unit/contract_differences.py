"""Where our OpenAPI documents differ from the standard's contract, each place with the rule that says so.

A row is (address, word, rule), the first two as shell patterns; an address is one of `openapi_facts`. A word
that we have more starts with `+`, one that we have less with `-`; a new address has the word `new`.
"""

from typing import Final, TypeAlias

Row: TypeAlias = tuple[str, str, str]

MAY_DEVIATE: Final = frozenset({"M5", "U1", "P4", "P5", "G6", "I2"})
"""The rules under which the log may take away from the contract."""

STANDS_FOR: Final = {
    "VerwerkingsactieWijziging": "VerwerkingsactieUitgebreid",
    "VerwerktObjectWijziging": "VerwerktObject",
}
"""Schemas of a PUT's body, which the standard shares with the answer (rule U1)."""

IN_PLACE: Final = frozenset({"VerwerkingsactiePagina", "VerwerktObjectPagina"})
"""Schemas that the standard writes where they are used, without a name."""

DEVIATIONS: Final[tuple[Row, ...]] = (
    ("schema Verwerkingsactie* *", "+nullable", "M5"),
    ("PUT /verwerkingsacties/{actieId} body", "?schema=Verwerkingsactie*", "U1"),
    ("schema VerwerkingsactieWijziging *", "+required", "U1"),
    ("schema VerwerkingsactieWijziging verwerkteObjecten", "?items=VerwerktObject*", "U1"),
    ("schema VerwerktObjectWijziging *", "+required", "U1"),
    ("schema * uitvoerder", "?pattern=*", "P4"),
    ("schema VerwerkingsactieUitgebreidBasis *", "+pattern=*", "P4"),
    ("schema VerwerkingsactieWijziging *", "+pattern=*", "P4"),
    ("schema VerwerktObject* *", "+pattern=*", "P4"),
    ("schema VerwerktObject* *", "+minLength=1", "P4"),
    ("schema VerwerktSoortGegeven soortGegeven", "+pattern=*", "P4"),
    ("schema VerwerktSoortGegeven soortGegeven", "+minLength=1", "P4"),
    ("schema PatchRequestBody bewaartermijn", "+pattern=*", "P4"),
    ("schema PatchRequestBody", "+minProperties=1", "P4"),  # an empty change is refused (W3)
    ("GET * query *bjectId", "+pattern=*", "P4"),
    ("GET * query *bjectId", "+minLength=1", "G6"),
    ("schema *", "+additionalProperties=False", "P5"),
    ("schema VerwerkingsactieBeperkt verwerkteObjecten", "+items=VerwerktObject", "I2"),
)
"""What the log takes away or makes narrower."""

ADDITIONS: Final[tuple[Row, ...]] = (
    # what a client may send besides
    ("schema Verwerk* *", "+nullable", "M5"),
    ("schema PatchRequestBody bewaartermijn", "+nullable", "W1"),
    ("PATCH /verwerkingsacties body", "+application/merge-patch+json", "W1"),
    ("PATCH /verwerkingsacties query verwerkingId", "-required", "W4"),
    ("PATCH /verwerkingsacties query verwerkingIdAfnemer", "new", "W4"),
    ("schema Verwerk* *", "-required", "P5"),  # what the log gives itself
    ("schema VerwerktObject* url", "+readOnly", "P5"),
    ("schema VerwerktObjectBasis *", "new", "P5"),
    ("schema VerwerkingsactieWijziging ver*", "new", "H1"),  # versie, vervallen: ignored in what is sent back
    ("schema VerwerkingsactieWijziging vastgelegdDoor", "new", "H1"),
    ("GET * query pageSize", "new", "G5"),
    ("POST /verwerkingsacties header Idempotency-Key", "new", "P6"),
    ("* /verwerkingsacties/{actieId} header If-Match", "new", "E5"),
    *(
        (f"GET /verwerk{rest} header {name}", "new", "L2")
        for rest in ("ingsacties*", "te-objecten*")
        for name in (
            "OIN",
            "VerwerkingsactiviteitId",
            "VerwerkingsactiviteitUrl",
            "VerwerkingId",
            "Vertrouwelijkheid",
        )
    ),
    ("GET /verwerk* header Bewaartermijn", "new", "L2"),
    # operations of our own, with the schemas of what they take and give
    ("POST /verwerkingsacties/_bulk*", "new", "P2"),
    ("schema Bulk*", "new", "P2"),
    ("POST /verwerk*/_zoek*", "new", "G7"),
    ("schema Zoekvraag*", "new", "G7"),
    ("GET /verwerk*/{vervolg}/{cursor}*", "new", "G5"),
    ("GET /verwerkingsacties/{actieId}/versies*", "new", "H1"),
    ("schema Verwerkingsactie[V]ersie*", "new", "H1"),
    ("schema VersiePagina*", "new", "H1"),
    ("schema Versienummer*", "new", "H1"),
    ("schema Vervallen*", "new", "H1"),
    ("schema Auteur*", "new", "H1"),
    ("GET /openapi.*", "new", "E4"),
    # what an answer promises besides
    ("schema Verwerk* *", "+required", "M5"),
    ("schema VerwerkingsactieBeperkt verwerkteObjecten", "+*", "I2"),
    ("GET /verwerk* 200 count", "+minimum=0", "G5"),
    ("GET /verwerk* 200 *", "+required", "G5"),
    ("GET /verwerk* 200 results", "+maxItems=100", "G5"),
    ("schema VerwerkingsactieUitgebreid onvolledig", "new", "G2"),
    ("schema VerwerkingsactieWijziging onvolledig", "new", "G2"),
    ("schema *Fout instance", "+*", "E1"),
    ("schema *Fout type", "+*", "E1"),
    ("schema *Fout status", "+*", "E1"),
    ("schema ValidatieFout invalidParams", "+minItems=1", "E1"),
    ("* header api-version", "+pattern=*", "E2"),
    ("* 401 header www-authenticate", "new", "S1"),
    ("* 409 header retry-after", "new", "P6"),
    ("* 429 header retry-after", "new", "E2"),
    ("* 503 header retry-after", "new", "F2"),
    ("* 20? header etag", "new", "E5"),
    # errors that the standard does not list there
    ("DELETE /verwerkingsacties/{actieId} 400*", "new", "D1"),
    ("* /verwerkingsacties/{actieId} 412*", "new", "E5"),
    ("* /verwerkingsacties* 413*", "new", "E2"),
    ("POST /verwerkingsacties 422*", "new", "P6"),
)
"""What the log offers besides."""
