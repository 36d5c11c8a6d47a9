"""Searches that begin with what earlier ones kept: what shows something new is kept, and steers where to look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from validator.explore.budget import Budget
from validator.explore.chance import random_inputs
from validator.explore.documents import shape
from validator.explore.search import Exploration, Observation, explore
from validator.explore.sessions import explore_sessions
from validator.findings import Json

SCHEMA: Json = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string"}, "mode": {"enum": ["plain", "loud"]}, "size": {"type": "integer"}},
}
BUDGET = Budget(50, 600.0)
DEEP: dict[str, Json] = {"text": "needle", "mode": "loud", "size": 7}


def run(*corpus: Mapping[str, Json], budget: Budget = BUDGET) -> Exploration:
    def probe(inputs: Mapping[str, Any]) -> Observation:
        mode, fault = str(inputs.get("mode")), inputs["text"] == "needle" and inputs.get("size") == -1
        behaviour = "found" if inputs["text"] == "needle" else mode
        return Observation(True, frozenset({"fault"} if fault else ()), behaviour=behaviour)

    return explore(SCHEMA, probe, corpus=corpus, budget=budget)


def test_one_input_of_each_behaviour_is_kept() -> None:
    found = run()

    assert sorted(str(inputs.get("mode")) for inputs in found.to_keep(())) == ["None", "loud", "plain"]


def test_the_next_search_begins_there_and_finds_what_lies_beyond() -> None:
    """Nothing but the corpus has the word that leads to the fault."""
    assert run().faults == []

    found = run(DEEP)

    assert [fault.inputs["text"] for fault in found.faults] == ["needle"]
    assert DEEP in found.to_keep([DEEP])


def test_what_the_schema_forbids_by_now_is_dropped_and_what_was_not_tried_is_kept() -> None:
    old: dict[str, Json] = {"text": 3}
    many: list[Mapping[str, Json]] = [{"text": f"{number}"} for number in range(40)]

    assert old not in run(old).novel
    kept = run(*many, budget=Budget(10, 600.0)).to_keep(many)
    assert many[39] in kept
    assert kept.index(many[39]) < kept.index(many[0])


def test_half_of_the_budget_is_for_other_inputs() -> None:
    seen: list[Mapping[str, Json]] = []

    def probe(inputs: Mapping[str, Json]) -> Observation:
        seen.append(inputs)
        return Observation(True, behaviour=repr(inputs))

    corpus: list[Mapping[str, Json]] = [{"text": f"kept {number}"} for number in range(100)]
    explore(SCHEMA, probe, corpus=corpus, budget=Budget(20, 600.0))

    assert sum(inputs in corpus for inputs in seen) == 10
    assert len(seen) == 20


def test_sessions_are_kept_and_those_that_nobody_would_send_are_not_played() -> None:
    seen: list[Mapping[str, Json]] = []

    def probe(session: Mapping[str, Json]) -> Observation:
        seen.append(session)
        return Observation(True, behaviour=repr(session))

    good: Mapping[str, Json] = {"send": [{"inputs": {"text": "kept"}}, {"hook": "storyrun.ready"}]}
    bad: list[Mapping[str, Json]] = [
        {"send": [{"hook": "delete.everything"}]},
        {"send": [{"inputs": {"text": 3}}]},
        {"send": []},
        {"send": "text"},
        {},
    ]
    found = explore_sessions(SCHEMA, probe, corpus=[*bad, good], budget=BUDGET)

    assert seen[0] == good
    assert good in found.novel
    assert [session for session in seen if session in bad] == []


def test_chance_is_drawn_as_it_is_needed_and_the_same_for_the_same_seed() -> None:
    first = iter(random_inputs(SCHEMA, 100_000, 1))
    some = [next(first) for _ in range(250)]
    again = iter(random_inputs(SCHEMA, 100_000, 1))

    assert some == [next(again) for _ in range(250)]
    assert len({repr(each) for each in some}) == 250
    assert len(list(random_inputs({"type": "object", "properties": {"a": {"enum": [1, 2]}}}, 100_000, 1))) <= 3


def test_the_shape_of_a_document_is_of_names_and_kinds() -> None:
    one: Json = {"a": [1, 2, 3], "b": {"c": "x"}}

    assert shape(one) == shape({"b": {"c": "y"}, "a": [7]})
    others: list[Json] = [one, {"a": ["1"], "b": {"c": "x"}}, {"a": [1]}, [], {}, None, 1, ""]
    assert len(set(map(shape, others))) == len(others)
