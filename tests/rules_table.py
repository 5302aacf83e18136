"""From each rule to the tests that prove it: `python -m tests.rules_table` prints `docs/regels.md`.

A test's name begins with the rules or cases that it proves: `test_M4_…`, `test_U1_U2_…`, `test_B3891_…`.
"""

import ast
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

TESTS = Path(__file__).parent
NAMED = re.compile(r"test((?:_[A-Z]\d+)+)(?:_|$)")

RULES = {
    "M1": "Een verwerkingsactie hoort bij een verwerking en heeft 0 of meer verwerkte objecten",
    "M2": "Het log groeit alleen: elke wijziging is een nieuwe, volledige versie, met wie haar schreef",
    "M3": "Een actie houdt in elke versie dezelfde actieId, een willekeurige UUID",
    "M4": "Een tijdstip heeft een offset en komt terug zoals het is gegeven",
    "M5": "Wat niet is gegeven, komt leeg terug, en leeg mag ook zo worden gestuurd",
    "M6": "Waarden uit een vaste lijst mogen in hoofdletters binnenkomen en gaan in kleine letters uit",
    "M7": "Een BSN staat nergens leesbaar achter de API",
    "M8": "Wie ooit vertrouwelijk was, blijft herkenbaar: de klasse gaat mee naar elke versie",
    "M9": "Een instelling bepaalt of gebruikers worden vastgelegd",
    "S1": "Elke aanroep heeft een geldig token van een bekende applicatie",
    "S2": "Scopes komen uit de registratie en gelden per API; vertrouwelijk omvat normaal",
    "S3": "Een geweigerde aanroep vertelt niets uit het log",
    "S4": "De controles komen in een vaste volgorde, en een 400 noemt alle fouten tegelijk",
    "P1": "Na een POST volgt de hele actie, met ids en adressen die werken",
    "P2": "Een 201 komt pas als de actie zeker op schijf staat",
    "P3": "Vertrouwelijk vastleggen vraagt een eigen scope; opgeheven kan niet in een POST",
    "P4": "Verplichte elementen, lengtes, patronen en vormen worden gecontroleerd",
    "P5": "Alleen-lezen elementen worden genegeerd, onbekende en dubbele geweigerd",
    "P6": "Dezelfde Idempotency-Key schrijft maar één keer",
    "G1": "Zoeken op persoon, periode, activiteit en vertrouwelijkheid",
    "G2": "Alleen actuele acties, en van elke actie alleen de gevraagde persoon",
    "G3": "Wie alleen normaal mag lezen, moet ook normaal vragen",
    "G4": "Het filter vertrouwelijkheid kijkt naar de klasse: elke actie hoort bij één waarde",
    "G5": "Bladeren: nieuwste eerst, exacte telling, niets dubbel of gemist",
    "G6": "Een onbekende, lege of herhaalde parameter wordt geweigerd",
    "G7": "Met _zoek staan de zoekvragen in het bericht, niet in het adres",
    "A1": "Een actie opvragen met haar id toont alle personen erin",
    "U1": "Een PUT bevat alle elementen, ook de lege",
    "U2": "De scope bepaalt welke vertrouwelijkheid een PUT mag raken en geven",
    "U3": "De verwerkte objecten in een PUT zijn het geheel; wie blijft, houdt zijn id",
    "W1": "Een PATCH wijzigt alle acties van een verwerking of geen enkele",
    "W2": "De scope bepaalt wat een PATCH mag wijzigen",
    "W3": "Een PATCH zonder verwerking, zonder inhoud of met iets anders wordt geweigerd",
    "W4": "Een PATCH kan ook gaan over de verwerking van de afnemer",
    "D1": "Een DELETE laat de actie vervallen; de geschiedenis blijft",
    "H1": "De geschiedenis van een actie is op te vragen, ook na vervallen",
    "I1": "Inzage vraagt altijd een persoon en een periode",
    "I2": "Inzage geeft één resultaat per keer dat de persoon voorkomt, zonder interne gegevens",
    "I3": "Vertrouwelijke acties zijn in de inzage nooit te zien",
    "I4": "Een andere persoon uit dezelfde actie is nooit te zien",
    "I5": "Een verwerkt object houdt zijn id over de versies heen",
    "L1": "Raadplegen wordt zelf vastgelegd voordat er iets wordt teruggegeven",
    "L2": "Wat de lezer in zijn koppen meegeeft, komt bij de vastgelegde raadpleging",
    "R1": "Een bewaartermijn loopt vanaf het tijdstip, op de kalender en de klok van Nederland",
    "R2": "Weg gaat wat voorbij zijn termijn is: opgegeven, anders per activiteit, anders het maximum",
    "R3": "Opschonen breekt geen bewijs, en staat zelf in het log",
    "T1": "Elke versie is een blad van een boom, en de wortel wordt steeds ondertekend",
    "T2": "Wie een bewijs, een checkpoint en de sleutel heeft, controleert zonder het log",
    "T3": "Wat er aan het log is veranderd, wordt gevonden en genoemd",
    "E1": "Elke fout is een problem+json die zegt wat er mis is",
    "E2": "Vaste koppen en de antwoorden 405, 406, 413, 415 en 429",
    "E3": "De NLGov REST API Design Rules gelden",
    "E4": "Elke API heeft een eigen adres en OpenAPI-document en kan apart draaien",
    "E5": "Een ETag en If-Match voorkomen dat wijzigingen elkaar overschrijven",
}
"""Every rule that the log keeps now, with its gist."""

CASES = {
    "B3891": "Tijdlijn van één actie met zes versies",
    "C1628": "Een verwerking met veel personen: ieder ziet alleen zichzelf",
    "C3079": "Een vertrouwelijk onderzoek dat later wordt opgeheven",
    "C3677": "Een burger raadpleegt het log",
    "C4081": "Een zoekresultaat met veel personen",
    "C5644": "De bewaartermijn wordt later bekend",
    "C6866": "Een actie wordt verwijderd",
    "C7021": "Een actie wordt gecorrigeerd",
}
"""The standard's own cases that the tests play out."""

HEAD = """\
# Van regel naar test

Deze tabel wordt gemaakt uit de namen van de tests (`make docs`). De codes met vijf tekens zijn de namen die
de standaard zelf aan besluiten en praktijksituaties geeft.
"""


def named_tests(root: Path = TESTS) -> dict[str, list[tuple[str, str]]]:
    """Give for each rule or case the tests that name it, as (file below `root`, name of the test)."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for path in sorted(root.rglob("test_*.py")):
        for name in _test_names(path):
            for rule in rules_in(name):
                found[rule].append((path.relative_to(root).as_posix(), name))
    return found


def rules_in(test: str) -> list[str]:
    """Give the rules and cases at the start of a test's name, in their order."""
    match = NAMED.match(test)
    return match[1].strip("_").split("_") if match else []


def as_markdown(found: dict[str, list[tuple[str, str]]]) -> str:
    """Write the tables of rules and of cases."""
    return "\n".join(
        [HEAD, "## Regels\n", *_table(RULES, found), "", "## Praktijksituaties\n", *_table(CASES, found), ""]
    )


def _test_names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node.name


def _table(gists: dict[str, str], found: dict[str, list[tuple[str, str]]]) -> Iterator[str]:
    yield "| Code | Waar het om gaat | Tests | Waar |"
    yield "| --- | --- | ---: | --- |"
    for rule, gist in gists.items():
        tests = found.get(rule, [])
        yield f"| {rule} | {gist} | {len(tests)} | {_places(file for file, _ in tests)} |"


def _places(files: Iterable[str]) -> str:
    return ", ".join(f"`{file}` ({count})" for file, count in sorted(Counter(files).items()))


if __name__ == "__main__":
    sys.stdout.write(as_markdown(named_tests()))
