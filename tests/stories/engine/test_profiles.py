"""The rows of story-run.md, section E, that concern batch stories: what the platform does, and what it promises."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.stories.engine.runs import FAILS, Outcome, play, step, succeeds
from validator.api import check
from validator.rules.manifests import BATCH_ONLY_STEP

BRANCHES = {"steps": [step("left"), step("right")]}
ENDS = {name: succeeds({"x": 1}) for name in ("a", "b", "c", "d", "left", "right", "join", "fin", "sub")}


def stop(profile: str) -> Outcome:
    return play(step("halt", type="stop"), step("a", needs=["halt"]), script=ENDS, profile=profile)


def parallel(profile: str) -> Outcome:
    return play(step("fan", type="parallel", with_=BRANCHES), step("a", needs=["fan"]), script=ENDS, profile=profile)


def omitted_wait(profile: str) -> Outcome:
    child = step("sub", type="executeStory", with_={"storyRef": {"name": "child"}})
    return play(child, stories={"child": {}}, script=ENDS, profile=profile)


def reported_failure(profile: str) -> Outcome:
    ends = [{"after": 1, "phase": "Failed", "exitClass": "retry", "error": "boom"}, succeeds({"x": 1})]
    return play(step("a"), script={"a": ends}, profile=profile)


def post_execution(profile: str) -> Outcome:
    check = {"condition": "{{ eq steps.a.output.x 2.0 }}"}
    return play(step("a", postExecution=check), script=ENDS, profile=profile)


def concurrency(profile: str) -> Outcome:
    never = {name: {"never": True} for name in "abc"}
    return play(step("a"), step("b"), step("c"), policy={"concurrency": 1}, script=never, profile=profile)


def skipped_with_default(profile: str) -> Outcome:
    reader = step("c", needs=["b"], with_={"v": '{{ default "d" steps.b.output.x }}'})
    return play(step("a"), step("b", if_="{{ false }}"), reader, script=ENDS, profile=profile)


def failing_condition(profile: str) -> Outcome:
    return play(step("a", if_="{{ inputs.absent }}"), script=ENDS, profile=profile)


def missing_engram(profile: str) -> Outcome:
    return play(step("a", ref={"name": "nosuch"}), step("b"), script=ENDS, profile=profile)


def branch_output(profile: str) -> Outcome:
    reader = step("join", with_={"v": "{{ steps.left.output.x }}"})
    return play(step("fan", type="parallel", with_=BRANCHES), reader, script=ENDS, profile=profile)


def step_id(profile: str) -> Outcome:
    return play(
        step("a", id="alpha"), step("b", with_={"v": "{{ steps.alpha.output.x }}"}), script=ENDS, profile=profile
    )


def story_timeout(profile: str) -> Outcome:
    timeouts = {"policy": {"timeouts": {"story": "10s"}}, "finally": [step("fin")]}
    return play(step("a"), **timeouts, script={"a": {"never": True}, "fin": succeeds()}, profile=profile)


def transitive_skip(profile: str) -> Outcome:
    steps = (step("a"), step("b", needs=["a"]), step("c", needs=["b"]))
    policy = {"retries": {"continueOnStepFailure": True}}
    return play(*steps, policy=policy, script={**ENDS, "a": FAILS}, profile=profile)


def missing_key_value(profile: str) -> Outcome:
    return play(step("a", idempotencyKeyTemplate="order-{{ inputs.oid }}"), script=ENDS, profile=profile)


def false_condition(profile: str) -> Outcome:
    return play(step("c", type="condition", if_="{{ false }}"), step("a", needs=["c"]), script=ENDS, profile=profile)


Row = tuple[str, Callable[[str], Outcome], Callable[[Outcome], Any], Any, Any]

ROWS: list[Row] = [
    ("E1", stop, lambda got: got.steps["a"], "Succeeded", "Skipped"),
    ("E2", parallel, lambda got: (got.hangs, got.phase), (True, "Running"), (False, "Succeeded")),
    ("E3", omitted_wait, lambda got: (got.hangs, got.phase), (True, "Running"), (False, "Succeeded")),
    ("E4", reported_failure, lambda got: (got.phase, got.retries("a")), ("Failed", 0), ("Succeeded", 1)),
    ("E5", post_execution, lambda got: got.phase, "Succeeded", "Failed"),
    ("E6", concurrency, lambda got: got.launched, ["a", "b", "c"], ["a"]),
    ("E7", skipped_with_default, lambda got: (got.hangs, got.phase), (True, "Running"), (False, "Succeeded")),
    ("E8", failing_condition, lambda got: (got.hangs, got.steps), (True, {}), (False, {"a": "Failed"})),
    ("E9", missing_engram, lambda got: got.launched, [], ["b"]),
    ("E10", branch_output, lambda got: got.phase, "Failed", "Succeeded"),
    ("E11", step_id, lambda got: got.phase, "Failed", "Succeeded"),
    ("E12", story_timeout, lambda got: (got.phase, "fin" in got.launched), ("Timeout", False), ("Timeout", True)),
    ("E13", transitive_skip, lambda got: got.steps["c"], "Succeeded", "Skipped"),
    (
        "E21",
        missing_key_value,
        lambda got: got.launch("a")["idempotencyKey"],
        "order-<no value>",
        "ns/ns/storyrun/run/step/a",
    ),
    ("E22", false_condition, lambda got: got.steps["a"], "Succeeded", "Skipped"),
]


@pytest.mark.parametrize(("row", "run", "seen", "implemented", "documented"), ROWS, ids=[row[0] for row in ROWS])
def test_what_the_platform_does_and_what_it_promises(
    row: str, run: Callable[[str], Outcome], seen: Callable[[Outcome], Any], implemented: Any, documented: Any
) -> None:
    assert seen(run("implemented")) == implemented
    assert seen(run("documented")) == documented


ROOT = Path(__file__).parents[3]
REALTIME = {
    "E14": "tests/stories/hub/test_facts.py::test_b8_4_hooks_after_a_reconnect",
    "E15": "tests/stories/hub/test_losses.py::test_row_18_a_step_that_sends_directly",
    "E16": "tests/stories/hub/test_facts.py::test_b4_3_defaults_of_the_story",
    "E17": "tests/stories/hub/test_facts.py::test_b6_8_runtime_takes_the_place_of_with_and_defaults_are_filled_in",
    "E19": "tests/stories/hub/test_facts.py::test_b11_1_a_run_ends_with_its_last_stream",
    "E23": "tests/stories/test_topology.py::test_modes",
    "E24": "tests/stories/engine/test_profiles.py::test_a_gate_of_a_realtime_story_is_refused",
}
"""Rows about realtime stories, and their tests: those with a switch run in both profiles of the hub."""
NOBODY_RUNS = {"E18", "E20"}
"""Fields of an Impulse, and a connector of a hybrid bridge: no engine of ours reads them either."""


@pytest.mark.parametrize("kind", ["gate", "wait"])
def test_a_gate_of_a_realtime_story_is_refused(kind: str, tmp_path: Path) -> None:
    manifest = {
        "apiVersion": "bubustack.io/v1alpha1",
        "kind": "Story",
        "metadata": {"name": "s"},
        "spec": {"pattern": "realtime", "steps": [{"name": "w", "type": kind, "with": {"until": "true"}}]},
    }
    (tmp_path / "story.yaml").write_text(json.dumps(manifest), encoding="utf-8")

    assert BATCH_ONLY_STEP in {one.rule for one in check(root=tmp_path).findings}


def test_every_row_has_a_test() -> None:
    text = (ROOT / "docs/contract/story-run.md").read_text(encoding="utf-8")
    section = text[text.index("\n## E. ") : text.index("\n## F. ")]
    rows = set(re.findall(r"^\| (E\d+) \|", section, re.MULTILINE))

    assert len(rows) == 24
    assert rows == {row[0] for row in ROWS} | REALTIME.keys() | NOBODY_RUNS
    for place in REALTIME.values():
        file, _, test = place.partition("::")
        assert f"\ndef {test}(" in (ROOT / file).read_text(encoding="utf-8"), place
