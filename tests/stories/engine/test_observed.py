"""The rows of story-run.md, section H, that no vector plays: each is a run of the real controllers."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.stories.engine.runs import DONE, FAILS, play, step, succeeds

VECTORS = Path(__file__).parents[2] / "vectors" / "storyruns.jsonl"
TOPOLOGY = Path(__file__).parents[1] / "test_topology.py"
CONTRACT = Path(__file__).parents[3] / "docs" / "contract" / "story-run.md"


def test_every_row_is_a_vector_or_a_test() -> None:
    rows = {f"H{int(number):02}" for number in re.findall(r"^\| H(\d+) \|", CONTRACT.read_text("utf-8"), re.MULTILINE)}
    played = {json.loads(line)["question"]["id"][:3] for line in VECTORS.read_text("utf-8").splitlines()}
    tested = {name.split("_")[1].upper() for name in globals() if name.startswith("test_h")}
    modes = set(re.findall(r'id="(H\d+)"', TOPOLOGY.read_text("utf-8")))

    assert len(rows) == 54
    assert rows <= played | tested | modes


def test_h03_a_stop_in_the_first_pass_wakes_nobody() -> None:
    got = play(step("nap", type="sleep", with_={"duration": "1h"}), step("halt", type="stop"))

    assert got.hangs
    assert got.steps == {"nap": "Paused", "halt": "Succeeded"}


def test_h05_a_parallel_hangs_although_its_branches_are_done() -> None:
    branches = {"steps": [step("left"), step("right", if_="{{ false }}")]}
    got = play(
        step("fan", type="parallel", with_=branches),
        step("join", needs=["fan"], with_={"l": '{{ (index .steps "left").output.x }}'}),
        output={"x": "{{ steps.left.output.x }}"},
        script={"left": succeeds({"x": 1}), "right": succeeds({"x": 2})},
    )

    assert got.hangs
    assert got.steps == {"fan": "Running", "left": "Succeeded", "right": "Succeeded"}


def test_h07_a_reader_of_a_skipped_step_waits_for_ever() -> None:
    got = play(
        step("a"),
        step("b", needs=["a"], if_="{{ false }}"),
        step("c", needs=["b"]),
        step("d", needs=["b"], with_={"v": "{{ steps.b.output.x }}"}),
        script={"a": succeeds({"x": 1}), "c": succeeds({"x": 1})},
    )

    assert got.hangs
    assert got.steps == {"a": "Succeeded", "b": "Skipped", "c": "Succeeded"}


def test_h10_compensations_then_finally() -> None:
    got = play(
        step("a"),
        step("b", needs=["a"]),
        compensations=[step("undo")],
        **{"finally": [step("fin", if_="true")]},
        script={"a": FAILS, "undo": succeeds(), "fin": succeeds()},
    )

    assert (got.phase, got.message) == ("Compensated", "Story failed; compensations completed.")
    assert got.steps == {"a": "Failed", "b": "Skipped", "undo": "Succeeded", "fin": "Succeeded"}
    assert got.launched == ["a", "undo", "fin"]


def test_h15_a_missing_engram_stalls_every_step() -> None:
    got = play(step("a", ref={"name": "nosuch"}), step("b"))

    assert got.hangs
    assert got.steps == {}
    assert got.launched == []


def test_h17_an_array_is_an_empty_output() -> None:
    got = play(step("a"), output={"v": "{{ toJson steps.a.output }}"}, script={"a": succeeds([1, 2])})

    assert (got.phase, got.output) == ("Succeeded", {"v": "{}"})


def test_h20_without_wait_for_completion_nobody_looks() -> None:
    got = play(
        step("sub", type="executeStory", with_={"storyRef": {"name": "child"}}),
        stories={"child": {}},
        script={"sub": succeeds({"k": 1})},
    )

    assert got.hangs
    assert got.steps == {"sub": "Running"}


def test_h25_a_false_condition_about_a_skipped_step_is_never_resolved() -> None:
    got = play(
        step("a"),
        step("b", needs=["a"], if_="{{ false }}"),
        step("c", needs=["b"], if_='{{ eq (default "" steps.b.output.y) "z" }}'),
        script={"a": succeeds({"x": 1})},
    )

    assert got.hangs
    assert "c" not in got.steps


def test_h30_finally_runs_after_a_stop_with_failed() -> None:
    got = play(
        step("q", type="stop", with_={"phase": "Failed"}),
        **{"finally": [step("fin")]},
        script={"fin": succeeds()},
    )

    assert (got.phase, got.message) == ("Failed", "Story completed with failed step: q.")
    assert got.steps == {"q": "Failed", "fin": "Succeeded"}


def test_h32_the_ways_of_sleeping() -> None:
    phases = {}
    for text in (None, "0s", "soon", "{{ inputs.d }}", "20s"):
        with_ = {} if text is None else {"with_": {"duration": text}}
        phases[text] = play(step("nap", type="sleep", **with_), inputs={"d": "1s"}).steps["nap"]

    assert phases == {
        None: "Succeeded",
        "0s": "Failed",
        "soon": "Failed",
        "{{ inputs.d }}": "Failed",
        "20s": "Succeeded",
    }


def test_h34_a_banned_function_fails_the_step() -> None:
    got = play(step("a", if_='{{ env "HOME" }}'), step("b"), script={"b": succeeds()})

    assert got.phase == "Failed"
    assert got.messages["a"] == "template expression uses disallowed function 'env'"
    assert got.steps == {"a": "Failed", "b": "Succeeded"}


def test_h37_an_alias_is_a_dependency() -> None:
    got = play(
        step("fetch-feed"),
        step("b", with_={"v": "{{ steps.fetch_feed.output.x }}"}),
        script={"fetch-feed": succeeds({"x": 7}), "b": succeeds()},
    )

    assert (got.phase, got.message) == ("Succeeded", DONE)
    assert got.launch("b")["resolved"] == {"base": "fromEngram", "v": 7}


def test_h40_a_reported_failure_is_not_retried() -> None:
    got = play(
        step("a", execution={"retry": {"maxRetries": 3}}),
        script={"a": {"after": 1, "phase": "Failed", "exitClass": "retry", "error": "boom"}},
    )

    assert got.steps == {"a": "Failed"}
    assert got.retries("a") == 0
