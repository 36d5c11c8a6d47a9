"""A run that hangs says why: which step waits for what, by which expression, in which field."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.engine.runs import ENGRAMS, FAILS, step, succeeds
from validator.stories.engine.definition import read_story
from validator.stories.engine.execution import Execution
from validator.stories.engine.stalled import causes, chain, roots
from validator.stories.simulated_batch import Script

SUB = {"storyRef": {"name": "child"}}
BRANCHES = {"steps": [step("left")]}
ENDS = {name: succeeds({"x": 1}) for name in ("a", "b", "left", "sub")}
READER = "{{ steps.b.output.x }}"

CASES: list[tuple[str, list[dict[str, Any]], dict[str, Any], list[tuple[Any, ...]]]] = [
    (
        "condition that fails",
        [step("a", if_="{{ inputs.enabled }}"), step("b", needs=["a"])],
        ENDS,
        [("a", "condition", ("steps", 0, "if"), ""), ("b", "dependency", ("steps", 1, "needs", 0), "a")],
    ),
    (
        "reader of a skipped step",
        [step("a"), step("b", needs=["a"], if_="{{ false }}"), step("c", with_={"k": ["lit", {"v": READER}]})],
        ENDS,
        [("c", "output", ("steps", 2, "with", "k", 1, "v"), "b")],
    ),
    (
        "input that cannot be evaluated",
        [step("a", with_={"k": "{{ inputs.absent }}"})],
        ENDS,
        [("a", "input", ("steps", 0, "with", "k"), "")],
    ),
    (
        "missing engram",
        [step("a", ref={"name": "nosuch"}), step("b")],
        ENDS,
        [("a", "launch", ("steps", 0, "ref"), ""), ("b", "stalled", ("steps", 1), "a")],
    ),
    (
        "parallel",
        [step("fan", type="parallel", with_=BRANCHES), step("b", needs=["fan"])],
        ENDS,
        [("fan", "parallel", ("steps", 0, "type"), ""), ("b", "dependency", ("steps", 1, "needs", 0), "fan")],
    ),
    ("child", [step("sub", type="executeStory", with_=SUB)], ENDS, [("sub", "child", ("steps", 0, "with"), "")]),
    (
        "wait without a timeout",
        [step("w", type="wait", with_={"until": "{{ inputs.ready }}"})],
        ENDS,
        [("w", "wait", ("steps", 0, "with", "until"), "")],
    ),
    ("gate", [step("g", type="gate")], ENDS, [("g", "gate", ("steps", 0, "type"), "")]),
    (
        "stop that ends the polling",
        [step("nap", type="sleep", with_={"duration": "1h"}), step("halt", type="stop")],
        ENDS,
        [("nap", "sleep", ("steps", 0, "type"), "")],
    ),
    ("missing template", [step("a", ref={"name": "bare"})], ENDS, [("a", "engram", ("steps", 0, "ref"), "")]),
    ("step that runs on", [step("a")], {"a": {"never": True}}, [("a", "running", ("steps", 0), "")]),
]


def played(steps: list[dict[str, Any]], script: dict[str, Any], **fields: Any) -> Execution:
    story = read_story({"steps": steps} | fields, ENGRAMS | {"bare": {"templateMissing": True}}, {"child": {}})
    execution = Execution(story, Script(script))
    execution.play()
    return execution


@pytest.mark.parametrize(("steps", "script", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_step_says_what_it_waits_for(
    steps: list[dict[str, Any]], script: dict[str, Any], expected: list[tuple[Any, ...]]
) -> None:
    found = causes(played(steps, script))

    assert [(cause.step, cause.kind, cause.path, cause.on) for cause in found] == expected
    assert all(str(cause).startswith(f"step {cause.step} ") for cause in found)


def test_an_output_that_is_blocked_names_its_place() -> None:
    execution = played([step("a"), step("b", if_="{{ false }}")], ENDS, output={"k": {"v": READER}})

    (cause,) = causes(execution)[-1:]

    assert (cause.step, cause.kind, cause.path, cause.expression) == ("", "blocked", ("output", "k", "v"), READER)


def test_a_chain_leads_to_the_root() -> None:
    steps = [step("a", if_="{{ inputs.x }}"), step("b", needs=["a"]), step("c", needs=["b"])]
    found = causes(played(steps, ENDS))

    assert [cause.step for cause in chain(found, found[-1])] == ["c", "b", "a"]
    assert [cause.step for cause in roots(found)] == ["a"]


def test_a_run_that_is_over_has_no_causes() -> None:
    assert causes(played([step("a")], ENDS)) == ()
    assert causes(played([step("a")], {"a": FAILS})) == ()


@pytest.mark.parametrize("waits", [{"until": "{{ false }}", "pollInterval": "5s"}])
def test_polls_that_see_nothing_new_end(waits: dict[str, str]) -> None:
    """A Blocked step is ready in each pass: that is no change."""
    execution = played([step("a", ref={"name": "bare"}), step("w", type="wait", with_=waits)], ENDS)

    assert [cause.kind for cause in causes(execution)] == ["engram", "wait"]
    assert len(execution.traces) < 10
