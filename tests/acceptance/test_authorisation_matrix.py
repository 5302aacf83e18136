"""Every operation by every caller on every state of an actie: `authorisation_table`, cell by cell."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from tests.acceptance import authorisation_table as table
from tests.support.acties import Json, an_actie, bsn, inzage_query, person_query
from tests.support.applications import ALL_SCOPES, Application
from tests.support.bulk import EACH, lines, send
from tests.support.client import ACTIES, BEWERKING, INZAGE, OBJECTEN, Api, Client

MARK = "Merkteken van de autorisatiematrix"


class Callers:
    """The callers of the tables, for one verb of one API."""

    def __init__(self, client: Client, verb: str, base: str = BEWERKING) -> None:
        self._client, self._verb, self._base = client, verb, base

    def __getitem__(self, name: str) -> Api:
        """Give the caller of this name."""
        if name == "niet":
            only_inzage, only_bewerking = Application(inzage=ALL_SCOPES), Application(bewerking=ALL_SCOPES)
            other = only_inzage if self._base == BEWERKING else only_bewerking
            return self._client.as_application(other, self._base)
        scopes = {
            "geen": (),
            "normaal": (f"{self._verb}:normal",),
            "vertrouwelijk": (f"{self._verb}:confidential",),
            "beide": (f"{self._verb}:normal", f"{self._verb}:confidential"),
            "andere": tuple(scope for scope in ALL_SCOPES if not scope.startswith(self._verb)),
        }[name]
        return (self._client.bewerking if self._base == BEWERKING else self._client.inzage)(*scopes)


def in_state(api: Api, state: str, *persons: str, **changes: object) -> Json:
    """Make an actie of this state; one that is `onbekend` was never registered."""
    confidential = state not in {"normaal", "vervallen", "onbekend"}
    given = an_actie(*persons, actieNaam=MARK, **changes)
    if state == "onbekend":
        unknown = str(uuid4())
        objects = [{**given["verwerkteObjecten"][0], "verwerktObjectId": str(uuid4())}]
        return {**given, "url": f"{ACTIES}/{unknown}", "actieId": unknown, "verwerkteObjecten": objects}
    actie = api.register({**given, "vertrouwelijkheid": "vertrouwelijk" if confidential else "normaal"})
    if state == "opgeheven":
        query = {"verwerkingId": actie["verwerkingId"]}
        assert api.patch(ACTIES, {"vertrouwelijkheid": "opgeheven"}, params=query).status_code == 204
    if state == "weer-normaal":
        assert api.put(actie["url"], {**actie, "vertrouwelijkheid": "normaal"}).status_code == 200
    if state.startswith("vervallen"):
        assert api.delete(actie["url"]).status_code == 204
    return actie


def number_of_versions(api: Api, actie: Json) -> int:
    """Count the versions of an actie; none where it does not exist."""
    answer = api.get(f"{ACTIES}/{actie['actieId']}/versies")
    return int(answer.json()["count"]) if answer.status_code == 200 else 0


class Matrix:
    """Compares answers with the cells of one table, and reports all differences together."""

    def __init__(self, operation: str) -> None:
        self.operation = operation
        self.count = 0
        self.wrong: list[str] = []

    def check(self, cell: tuple[str, ...], expected: str, answer: httpx.Response) -> None:
        """Compare a status; a refusal holds no content of the log (rule S3)."""
        self.note(cell, expected, str(answer.status_code))
        if answer.status_code == 403:
            assert MARK not in answer.text

    def note(self, cell: tuple[str, ...], expected: str, actual: str) -> None:
        """Count a cell."""
        self.count += 1
        if actual != expected:
            self.wrong.append(f"{' / '.join(filter(None, cell))}: {actual}, not {expected}")

    def report(self) -> None:
        """Print the number of cells, and fail if one differs."""
        print(f"\nauthorisation matrix, {self.operation}: {self.count} cells")  # noqa: T201 - asked for
        assert not self.wrong, "\n".join(self.wrong)


@pytest.fixture
def matrix(request: pytest.FixtureRequest) -> Iterator[Matrix]:
    matrix = Matrix(request.node.name.rsplit("matrix_of_", 1)[1])
    yield matrix
    matrix.report()


@pytest.fixture(scope="module")
def acties(bewerking: Api) -> dict[str, Json]:
    """Give an actie of each state, all about the same person, for the operations that change nothing."""
    person = bsn()
    return {state: in_state(bewerking, state, person) for state in table.STATES}


def test_P3_S2_matrix_of_post(client: Client, matrix: Matrix) -> None:
    callers = Callers(client, "create")
    for caller, _, value, expected in table.cells(table.POST):
        answer = callers[caller].post(ACTIES, an_actie(actieNaam=MARK, vertrouwelijkheid=value))
        matrix.check((caller, value), expected, answer)


def test_P3_S2_matrix_of_bulk(client: Client, matrix: Matrix) -> None:
    callers = Callers(client, "create")
    for caller, _, value, expected in table.cells(table.POST):
        acties = lines([an_actie(actieNaam=MARK), an_actie(actieNaam=MARK, vertrouwelijkheid=value)])
        matrix.check((caller, value, "alle"), expected, send(callers[caller], acties))
        each = send(callers[caller], acties, params=EACH)
        if each.status_code == 200:
            first, second = each.json()["results"]
            matrix.note((caller, value, "per stuk"), expected, str(second["status"]))
            assert first["status"] == 201
            assert MARK not in each.text
        else:
            matrix.check((caller, value, "per stuk"), expected, each)


def _check_search(
    matrix: Matrix,
    cell: tuple[str, str],
    expected: dict[str, str],
    answer: httpx.Response,
    acties: dict[str, Json],
) -> None:
    shown = {}
    if answer.status_code == 200:
        shown = {state: "+" if acties[state]["actieId"] in answer.text else "-" for state in table.STATES}
    for state, content in expected.items():
        matrix.note((*cell, state), content, shown.get(state, str(answer.status_code)))


def _rows(cells: Iterator[tuple[str, str, str, str]]) -> dict[tuple[str, str], dict[str, str]]:
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for caller, middle, state, content in cells:
        rows.setdefault((caller, middle), {})[state] = content
    return rows


@pytest.mark.parametrize("method", ["GET", "_zoek"])
def test_G3_G4_M8_matrix_of_list(
    client: Client, acties: dict[str, Json], method: str, matrix: Matrix
) -> None:
    callers = Callers(client, "read")
    person = acties["normaal"]["verwerkteObjecten"][0]["objectId"]
    for (caller, letters), expected in _rows(table.cells(table.LIST, table.FILTERS)).items():
        values, query = table.FILTERS[letters], person_query(person)
        if method == "GET":
            more = {"vertrouwelijkheid": values} if values else {}
            answer = callers[caller].get(ACTIES, {**query, **more})
        else:
            asked = {"vertrouwelijkheid": values.split(",")} if values else {}
            answer = callers[caller].post(f"{ACTIES}/_zoek", {**query, **asked})
        _check_search(matrix, (caller, letters), expected, answer, acties)


def test_A1_M8_matrix_of_read(client: Client, acties: dict[str, Json], matrix: Matrix) -> None:
    callers = Callers(client, "read")
    for caller, _, state, expected in table.cells(table.READ):
        matrix.check((caller, state), expected, callers[caller].get(acties[state]["url"]))


def test_H1_matrix_of_history(client: Client, acties: dict[str, Json], matrix: Matrix) -> None:
    callers = Callers(client, "read")
    for caller, _, state, expected in table.cells(table.HISTORY):
        answer = callers[caller].get(f"{ACTIES}/{acties[state]['actieId']}/versies")
        matrix.check((caller, state), expected, answer)


def in_each_state(api: Api) -> dict[str, Json]:
    """Give an actie of each state that no other test reads: so many reads would fill its lists (L1)."""
    return {state: in_state(api, state) for state in table.STATES}


def test_T2_A1_H1_matrix_of_bewijs(client: Client, bewerking: Api, matrix: Matrix) -> None:
    callers, acties = Callers(client, "read"), in_each_state(bewerking)
    for caller, _, state, expected in table.cells(table.BEWIJS):
        nummer = number_of_versions(bewerking, acties[state]) or 1
        path = f"{ACTIES}/{acties[state]['actieId']}/versies/{nummer}/bewijs"
        for personen in ("ja", "nee"):
            answer = callers[caller].prove(path, {"personen": personen})
            matrix.check((caller, state, personen), expected, answer)


def test_T2_H1_matrix_of_bewijs_eerder(client: Client, bewerking: Api, matrix: Matrix) -> None:
    callers, acties = Callers(client, "read"), in_each_state(bewerking)
    for actie in acties.values():
        query = {"verwerkingId": actie["verwerkingId"]}
        bewerking.patch(ACTIES, {"bewaartermijn": "P3Y"}, params=query)
    for caller, _, state, expected in table.cells(table.BEWIJS_EERDER):
        path = f"{ACTIES}/{acties[state]['actieId']}/versies/1/bewijs"
        matrix.check((caller, state), expected, callers[caller].prove(path))


def test_U2_M8_matrix_of_put(client: Client, bewerking: Api, matrix: Matrix) -> None:
    callers = Callers(client, "update")
    for caller, value, state, expected in table.cells(table.PUT, table.VALUES):
        actie = in_state(bewerking, state)
        before = number_of_versions(bewerking, actie)
        answer = callers[caller].put(actie["url"], {**actie, "vertrouwelijkheid": value})
        matrix.check((caller, value, state), expected, answer)
        assert number_of_versions(bewerking, actie) == before + (answer.status_code == 200)


def test_W2_M8_matrix_of_patch_bewaartermijn(client: Client, bewerking: Api, matrix: Matrix) -> None:
    callers = Callers(client, "update")
    for caller, company, state, expected in table.cells(table.PATCH_BEWAARTERMIJN, ("alleen", "ook-n")):
        verwerking_id = str(uuid4())
        acties = [in_state(bewerking, state, verwerkingId=verwerking_id)]
        if company == "ook-n":
            acties.append(in_state(bewerking, "normaal", verwerkingId=verwerking_id))
        before = [number_of_versions(bewerking, actie) for actie in acties]
        body = {"bewaartermijn": "P3Y"}
        answer = callers[caller].patch(ACTIES, body, params={"verwerkingId": verwerking_id})
        matrix.check((caller, company, state), expected, answer)
        changed = [number_of_versions(bewerking, actie) for actie in acties] != before
        assert changed == (answer.status_code == 204)


def test_W2_M8_matrix_of_patch_vertrouwelijkheid(client: Client, bewerking: Api, matrix: Matrix) -> None:
    callers = Callers(client, "update")
    for caller, value, state, expected in table.cells(table.PATCH_VERTROUWELIJKHEID, table.VALUES):
        actie = in_state(bewerking, state)
        query = {"verwerkingId": actie["verwerkingId"]}
        answer = callers[caller].patch(ACTIES, {"vertrouwelijkheid": value}, params=query)
        matrix.check((caller, value, state), expected, answer)
        if answer.status_code == 204:
            assert bewerking.get(actie["url"]).json()["vertrouwelijkheid"] == value


def test_D1_M8_matrix_of_delete(client: Client, bewerking: Api, matrix: Matrix) -> None:
    callers = Callers(client, "delete")
    for caller, _, state, expected in table.cells(table.DELETE):
        actie = in_state(bewerking, state)
        before = number_of_versions(bewerking, actie)
        answer = callers[caller].delete(actie["url"])
        matrix.check((caller, state), expected, answer)
        assert number_of_versions(bewerking, actie) == before + (answer.status_code == 204)


@pytest.mark.parametrize("method", ["GET", "_zoek"])
def test_I3_M8_matrix_of_inzage_list(
    client: Client, acties: dict[str, Json], method: str, matrix: Matrix
) -> None:
    callers = Callers(client, "read", INZAGE)
    query = inzage_query(acties["normaal"]["verwerkteObjecten"][0]["objectId"])
    for (caller, _), expected in _rows(table.cells(table.INZAGE_LIST)).items():
        api = callers[caller]
        answer = api.get(OBJECTEN, query) if method == "GET" else api.post(f"{OBJECTEN}/_zoek", query)
        _check_search(matrix, (caller, ""), expected, answer, acties)


def test_I3_M8_matrix_of_inzage_read(client: Client, acties: dict[str, Json], matrix: Matrix) -> None:
    callers = Callers(client, "read", INZAGE)
    for caller, _, state, expected in table.cells(table.INZAGE_READ):
        object_id = acties[state]["verwerkteObjecten"][0]["verwerktObjectId"]
        matrix.check((caller, state), expected, callers[caller].get(f"{OBJECTEN}/{object_id}"))


def test_T2_I3_M8_matrix_of_inzage_bewijs(client: Client, bewerking: Api, matrix: Matrix) -> None:
    callers, acties = Callers(client, "read", INZAGE), in_each_state(bewerking)
    for caller, _, state, expected in table.cells(table.INZAGE_READ):
        object_id = acties[state]["verwerkteObjecten"][0]["verwerktObjectId"]
        matrix.check((caller, state), expected, callers[caller].prove(f"{OBJECTEN}/{object_id}/bewijs"))
