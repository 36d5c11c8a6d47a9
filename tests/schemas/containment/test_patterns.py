"""Patterns as each dialect reads them: ECMA 262 in JSON Schema, RE2 on the platform."""

from __future__ import annotations

import time

import pytest

from validator.schemas.containment import ecma
from validator.schemas.containment.budget import ExhaustedError, UndecidableError
from validator.schemas.containment.compare import Comparer
from validator.schemas.containment.deadline import deadline
from validator.schemas.containment.dialect import DRAFT_07, DRAFT_2020_12, PLATFORM
from validator.schemas.containment.verdict import Answer
from validator.schemas.patterns import PatternError, compile_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"\B", "", True),
        (r"^a\b", "aé", True),
        (r"\ba$", "a\n", False),
        (r"^\w$", "é", False),
        (r"^\d$", "٣", False),
        (r"^\s$", "\ufeff", True),
        (r"^.$", "\u2028", False),
        (r"^.$", "\x85", True),
        (r"^[\w-]+$", "a-b", True),
        (r"^[^\W_]$", "_", False),
        (r"^[\D]$", "1", False),
        (r"^(?<year>\d{4})\b", "2024-", True),
        (r"\u{1F600}", "😀", True),
        (r"[[]", "[", True),
        (r"\/", "/", True),
    ],
)
def test_ecma_patterns(pattern: str, text: str, found: bool) -> None:
    assert ecma.search(pattern)(text) is found


@pytest.mark.parametrize("pattern", ["[]", "[^]", r"\p{L}", r"\k<a>", "(", r"\cA"])
def test_patterns_that_python_cannot_say(pattern: str) -> None:
    with pytest.raises(UndecidableError):
        ecma.search(pattern)


@pytest.mark.parametrize("dialect", [DRAFT_2020_12, DRAFT_07])
@pytest.mark.parametrize(
    ("word", "schema", "answer"),
    [
        ("", {"pattern": r"\B"}, Answer.SUBTYPE),
        ("aé", {"pattern": r"^a\b"}, Answer.SUBTYPE),
        ("a\n", {"not": {"pattern": r"\ba$"}}, Answer.SUBTYPE),
        ("é", {"pattern": r"\b"}, Answer.NOT),
    ],
)
def test_boundaries(dialect: object, word: str, schema: dict[str, object], answer: Answer) -> None:
    assert Comparer(dialect).compare({"const": word}, schema).answer is answer  # type: ignore[arg-type]


def test_a_counterexample_is_confirmed_by_the_regular_expressions_of_the_dialect() -> None:
    verdict = Comparer(PLATFORM).compare({"const": "é"}, {"pattern": r"^\w$"})
    assert (verdict.answer, verdict.witness) == (Answer.NOT, "é")


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"^\p{Letter}+$", "abc", True),
        (r"^\p{Letter}+$", "a1", False),
        (r"^\p{Uppercase_Letter}", "Abc", True),
        (r"^\p{digit}$", "7", True),
        (r"^\p{lu}$", "A", True),
        (r"^\p{greek}$", "\u03b1", True),
        (r"^\P{greek}$", "\u03b1", False),
        (r"^\p{^Greek}$", "\u03b1", False),
        (r"^\p{old-persian}$", "\U000103a0", True),
        (r"^\p{LC}$", "ǅ", True),
        (r"^\P{LC}$", "1", True),
        (r"^\p{ASCII}$", "é", False),
        (r"^[\P{ascii}x]$", "é", True),
        (r"^[\p{letter}1]+$", "a1", True),
        (r"^\p{Cn}$", "\U000e0fff", True),
        (r"^\p{assigned}$", "a", True),
        (r"^\pl$", "a", True),
        (r"[^]\p{letter}]", "a", False),
    ],
)
def test_class_names_of_go(pattern: str, text: str, found: bool) -> None:
    assert compile_pattern(pattern)(text) is found


@pytest.mark.parametrize("pattern", [r"\p{Lettre}", r"\p{}", r"\p{Letter", r"\pq"])
def test_classes_that_nobody_knows(pattern: str) -> None:
    with pytest.raises(PatternError):
        compile_pattern(pattern)


def test_a_schema_is_contained_in_itself_at_once() -> None:
    alternatives = [
        {"properties": {f"f{i}": {"pattern": f"^(a|b){{{i},40}}$"}}, "required": [f"f{i}"]} for i in range(60)
    ]
    for dialect in (DRAFT_2020_12, DRAFT_07):
        reordered = {"oneOf": [dict(reversed(each.items())) for each in alternatives]}
        assert Comparer(dialect).compare({"oneOf": alternatives}, reordered).answer is Answer.SUBTYPE
    assert Comparer(PLATFORM).compare({"anyOf": alternatives}, {"anyOf": alternatives}).answer is Answer.SUBTYPE


def test_true_is_not_one() -> None:
    assert Comparer().compare({"const": 1}, {"const": True}).answer is Answer.NOT


def test_a_question_has_a_limit_of_time_in_what_is_not_counted() -> None:
    began = time.process_time()
    with pytest.raises(ExhaustedError), deadline(0.1):
        sum(len(range(100)) for _ in range(1_000_000_000))
    assert time.process_time() - began < 5
