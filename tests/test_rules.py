"""The catalogue keeps its own contract: every rule can be found, said and explained."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from validator import rules
from validator.findings import Location, Rule, Severity, Subject

EVERY = list(rules.catalogue().values())
PAGES = Path(rules.__file__).parent / "pages"


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.code)
def test_a_rule_is_well_formed(rule: Rule) -> None:
    assert re.fullmatch(r"EV[1-9]\d\d", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    assert rule.summary.endswith(".")
    assert not rule.message.endswith(".")
    assert any(rule.code.startswith(prefix) for prefix in rules.FAMILIES)


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.code)
def test_a_message_takes_facts_by_name(rule: Rule) -> None:
    names = [name for _, name, _, _ in string.Formatter().parse(rule.message) if name is not None]
    assert all(name.isidentifier() for name in names)
    finding = rule.at(Location("a.yaml"), Subject("file", "a.yaml"), **dict.fromkeys(names, "fact"))
    assert finding.severity in set(Severity)
    assert "{" not in finding.message.replace("{{", "")


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.code)
def test_a_rule_has_a_page_of_the_agreed_form(rule: Rule) -> None:
    page = rules.page(rule)
    lines = page.split("\n")
    assert lines[0] == f"# {rule.code} {rule.name}"
    assert len(page.split("\n\n")[1]) > 40, "a paragraph says why"
    assert page.endswith("\n")
    fences = re.findall(r"(?m)^```(.*)$", page)
    assert len(fences) % 2 == 0, "every block is closed"
    kinds = [info.split()[1] for info in fences if info.startswith("yaml ")]
    if not kinds and (rule.code.startswith("EV9") or re.search(r"(?m)^No example: ", page)):
        return  # no manifest makes a daemon go away or a file unreadable
    assert "fails" in kinds, "an example that fails, or a paragraph `No example: why`"
    assert "passes" in kinds, "and one that passes"
    assert kinds.index("fails") < kinds.index("passes")


def test_codes_and_names_are_unique() -> None:
    declared = [
        value
        for family in rules.FAMILIES.values()
        for value in vars(__import__(f"validator.rules.{family}", fromlist=["x"])).values()
        if isinstance(value, Rule)
    ]
    assert len({rule.code for rule in declared}) == len(declared) == len(EVERY)
    assert len({rule.name for rule in declared}) == len(declared)


def test_every_page_has_its_rule() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} <= {rule.code for rule in EVERY}


@pytest.mark.parametrize("wanted", ["EV190", "ev190", " EV190 ", "unused-suppression"])
def test_a_rule_is_found_by_code_and_by_name(wanted: str) -> None:
    found = rules.find(wanted)
    assert found is not None
    assert found.code == "EV190"


def test_what_is_no_rule_is_not_found() -> None:
    assert rules.find("EV000") is None
