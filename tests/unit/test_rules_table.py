from pathlib import Path

from tests.rules_table import CASES, RULES, as_markdown, named_tests, rules_in

DOCUMENT = Path(__file__).parents[2] / "docs" / "regels.md"


def test_every_rule_and_case_has_a_test() -> None:
    assert [rule for rule in RULES | CASES if not named_tests().get(rule)] == []


def test_no_test_names_a_rule_that_does_not_exist() -> None:
    assert {rule: tests for rule, tests in named_tests().items() if rule not in RULES | CASES} == {}


def test_a_test_may_name_several_rules() -> None:
    assert rules_in("test_U1_B3891_names_what_is_missing") == ["U1", "B3891"]
    assert rules_in("test_parses_M4") == []


def test_the_table_in_the_docs_is_current() -> None:
    assert DOCUMENT.read_text("utf-8") == as_markdown(named_tests()), "run: make docs"
