"""What each difference between a released image and a candidate means for the answer."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

import pytest

from validator.findings import Json
from validator.promotion.answer import Answer, Terms, Verdict, judge
from validator.promotion.observations import Observation, Trial
from validator.promotion.outputs import Outputs, Relation, compare
from validator.schemas.validation import is_instance

SCHEMA: dict[str, Json] = {
    "type": "object",
    "required": ["words"],
    "properties": {"words": {"type": "integer"}, "note": {"type": ["string", "null"]}, "id": {"type": "string"}},
}
CLOSED: dict[str, Json] = {**SCHEMA, "additionalProperties": False}

COMPARED: list[tuple[list[tuple[Json, Json]], dict[str, str]]] = [
    ([({"a": 1}, {"a": 1})], {}),
    ([({"a": 1}, {"a": 2})], {"a": "different"}),
    ([({"a": 1}, {"a": 1.5})], {"a": "widened"}),
    ([({"a": 1.5}, {"a": 1})], {"a": "narrowed"}),
    ([({"a": 1}, {"a": None}), ({"a": 2}, {"a": 2})], {"a": "widened"}),
    ([({"a": None}, {"a": "x"}), ({"a": "y"}, {"a": "y"})], {"a": "narrowed"}),
    ([({"a": 1}, {"a": "1"})], {"a": "different"}),
    ([({"a": 1}, {})], {"a": "different"}),
    ([({"a": 1}, {}), ({"a": 1}, {"a": 1})], {"a": "widened"}),
    ([({"a": {"b": 1}}, {"a": "x"})], {"a": "different"}),
    ([({"a": [1, 2]}, {"a": [1, "x"]})], {"a.[]": "widened"}),
    ([({"a": [1]}, {"a": [1, 2]})], {"a": "different", "a.[]": "different"}),
    ([({"a": True}, {"a": 1})], {"a": "different"}),
    ([({"a": 1.0}, {"a": 1})], {"a": "different"}),
]


@pytest.mark.parametrize(("pairs", "expected"), COMPARED)
def test_differences_are_named_by_path(pairs: list[tuple[Json, Json]], expected: dict[str, str]) -> None:
    differences, random = compare(Outputs(before, before, now, {}) for before, now in pairs)

    assert {each.place: str(each.relation) for each in differences} == expected
    assert random == ()


def test_what_varies_by_itself_is_compared_by_kind_alone() -> None:
    (difference,), random = compare(
        [Outputs({"id": "a", "n": 1}, {"id": "b", "n": 1}, {"id": "c", "n": 2}, {}), Outputs({}, {}, {}, {})]
    )
    assert (difference.place, random) == ("n", (("id",),))
    (wider,), _ = compare([Outputs({"id": "a"}, {"id": "b"}, {"id": 5}, {})])
    assert wider.relation is Relation.DIFFERENT


def ran(output: Json = None, seconds: float = 0.1, **more: Any) -> Observation:
    return Observation("Succeeded", {"words": 1} if output is None else output, seconds=seconds, **more)


def failed(kind: str, message: str = "no") -> Observation:
    return Observation("Failed", error={"type": kind, "message": message})


def verdict(before: Observation, now: Observation, again: Observation | None = None, schema: Json = SCHEMA) -> Verdict:
    trials = [Trial("case", {"n": n}, (before, again or before), (now, now)) for n in range(12)]
    return judge(trials, Terms(lambda output: is_instance(schema, output)))


ANSWERS: list[tuple[str, Observation, Observation, Answer, str]] = [
    ("same", ran(), ran(), Answer.YES, ""),
    ("faster", ran(), ran(seconds=0.05), Answer.YES, ""),
    ("slower by half", ran(), ran(seconds=0.15), Answer.NO, "time"),
    ("a millisecond", ran(seconds=0.001), ran(seconds=0.0015), Answer.YES, ""),
    ("other words", ran(), ran({"words": 2}), Answer.NOT_KNOWN, "outputs"),
    ("not declared", ran(), ran({"words": None}), Answer.NO, "outputs"),
    ("declared null", ran({"words": 1, "note": "x"}), ran({"words": 1, "note": None}), Answer.NOT_KNOWN, "outputs"),
    ("one member more", ran(), ran({"words": 1, "more": 2}), Answer.YES, ""),
    ("required member gone", ran(), ran({"note": "x"}), Answer.NO, "outputs"),
    ("fails now", ran(), failed("execution_error"), Answer.NO, "phases"),
    ("succeeds now", failed("execution_error"), ran(), Answer.NOT_KNOWN, "inputs"),
    ("no output at all", failed("validation_error"), failed("validation_error"), Answer.NOT_KNOWN, "inputs"),
    ("new fault", ran(), ran(faults={"EV401 .words": "wrong"}), Answer.NO, "contract"),
    ("old fault", ran(faults={"EV401 .words": "wrong"}), ran(faults={"EV401 .words": "wrong"}), Answer.YES, ""),
    ("fewer packets", ran(packets=2), ran(packets=1), Answer.NO, "packets"),
    ("more packets", ran(packets=1), ran(packets=2), Answer.NOT_KNOWN, "packets"),
    ("no receipts", ran(packets=1, receipts=1), ran(packets=1, receipts=0), Answer.NO, "packets"),
]


@pytest.mark.parametrize(
    ("before", "now", "answer", "aspect"), [row[1:] for row in ANSWERS], ids=[r[0] for r in ANSWERS]
)
def test_each_difference_has_its_answer(before: Observation, now: Observation, answer: Answer, aspect: str) -> None:
    found = verdict(before, now)

    assert found.answer is answer
    assert [each.name for each in found.aspects if each.answer is not Answer.YES][:1] == ([aspect] if aspect else [])


def test_a_closed_schema_takes_no_further_member() -> None:
    assert verdict(ran(), ran({"words": 1, "more": 2}), schema=CLOSED).answer is Answer.NO


def test_a_random_member_is_no_difference() -> None:
    numbers = count()

    def random() -> Observation:
        return ran({"words": 1, "id": f"id-{next(numbers)}"})

    assert verdict(random(), random(), again=random()).answer is Answer.YES
    # The candidate alone is random: nobody knows whether that is meant.
    assert verdict(ran({"words": 1, "id": "a"}), random()).answer is Answer.NOT_KNOWN


@pytest.mark.parametrize(
    ("before", "now", "answer"),
    [
        ({"type": "validation_error"}, {"type": "execution_error"}, Answer.NO),
        ({"type": "x", "exitClass": "retry"}, {"type": "x", "exitClass": "terminal"}, Answer.NO),
        ({"type": "x", "message": "one"}, {"type": "x", "message": "another"}, Answer.YES),
    ],
)
def test_errors_are_compared_by_their_class(
    before: Mapping[str, Json], now: Mapping[str, Json], answer: Answer
) -> None:
    trials = [
        Trial("works", {}, (ran(), ran()), (ran(), ran())),
        Trial("refuses", {}, (Observation("Failed", error=before),) * 2, (Observation("Failed", error=now),) * 2),
    ]

    assert judge(trials, Terms()).answer is answer


def test_times_that_vary_are_not_known_or_not_slower() -> None:
    """A machine that is busy for a moment slows one run of a pair, not four of five."""

    def answer(slower: int, of: int) -> Answer:
        trials = [
            Trial("case", {}, (ran(),), (ran(seconds=0.15 if number < slower else 0.09),)) for number in range(of)
        ]
        return next(each.answer for each in judge(trials, Terms()).aspects if each.name == "time")

    assert answer(40, 40) is Answer.NO
    assert answer(28, 40) is Answer.NOT_KNOWN
    assert answer(22, 40) is Answer.YES
    assert answer(4, 4) is Answer.NOT_KNOWN
