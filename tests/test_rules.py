"""The catalogue keeps its own contract: every rule can be found, said and explained."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from tests import page_blocks, page_examples
from tests.page_blocks import Block
from validator import rules
from validator.findings import Location, Rule, Severity, Subject
from validator.sandbox.harness.wire import transport_pb2 as wire

EVERY = list(rules.catalogue().values())
PAGES = Path(rules.__file__).parent / "pages"
EXAMPLES = {"yaml", "go", "python", "dockerfile"}
"""Languages that a reader of a page writes."""
FIXTURES = [each.name for each in (Path(__file__).parent / "fixtures" / "engrams").iterdir() if each.is_dir()]


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
    kinds = [words[1] for info in fences if (words := info.split()) and words[0] in EXAMPLES and len(words) > 1]
    if not kinds and (rule.code.startswith("EV9") or re.search(r"(?m)^No example: ", page)):
        return  # no manifest makes a daemon go away or a file unreadable
    assert "fails" in kinds, "an example that fails, or a paragraph `No example: why`"
    assert "passes" in kinds, "and one that passes"
    assert kinds.index("fails") < kinds.index("passes")


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_a_page_shows_nothing_of_our_tests(page: Path) -> None:
    blocks = "".join(re.findall(r"(?ms)^```\w.*?^```$", page.read_text(encoding="utf-8")))
    assert re.findall(r"(?m)^ *(?:fixture|wire|probe|besides|chunk_seconds):|\bstream-[a-z-]+", blocks) == []
    assert {name for name in FIXTURES if re.search(rf"(?m)^  {name}:$", blocks)} == set(), "the name of an engram"


def test_each_block_of_a_running_engram_is_played() -> None:
    told = {
        page_blocks.name(code, verdict == "fails", number): entry
        for code, verdicts in page_examples.entries().items()
        for verdict, written in verdicts.items()
        for number, entry in enumerate(written, 1)
    }
    shown = {block.name: block for block in page_blocks.blocks()}
    assert set(shown) <= set(told), "an entry of rule_examples.yaml says what is done with it"
    by_hand = {name for name in shown if "wire" in told[name]}
    assert {shown[name].language for name in by_hand} <= {"python"}, "an engram without the SDK"


@pytest.mark.parametrize(
    "block", [block for block in page_blocks.blocks() if block.language == "python"], ids=lambda block: block.name
)
def test_python_on_a_page_compiles_and_names_what_the_transport_has(block: Block) -> None:
    code = compile(block.text, f"{block.code}.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST)
    names = {node.attr for node in ast.walk(code) if isinstance(node, ast.Attribute) and _is_wire(node)}
    assert {name for name in names if not hasattr(wire, name)} == set()
    for call in ast.walk(code):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and _is_wire(call.func):
            fields = getattr(wire, call.func.attr).DESCRIPTOR.fields_by_name
            assert {each.arg for each in call.keywords} <= {*fields}


def _is_wire(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "wire"


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
