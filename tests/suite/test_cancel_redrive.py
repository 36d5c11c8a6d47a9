"""Cases that cancel a run, or let it begin again (story-run.md, A12)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.stories.runs import prepared, ran, workspace
from validator.stories.runs.traces import StoryTrace

STORY = workspace()
CHAIN = """
  steps:
  - {name: a, ref: {name: work}}
  - {name: b, ref: {name: work}, needs: [a]}
  - {name: c, ref: {name: work}, needs: [b]}
  - {name: alone, ref: {name: work}}
  finally:
  - {name: tidy, ref: {name: work}}
"""


def trace(spec: str, case: str, folder: Path, profile: str = "") -> StoryTrace:
    """The run of one case, which is as it expects."""
    (one,) = ran(f"{STORY}{spec}---\nstories:\n  sample:\n  - name: it\n{case}", folder, profile)
    assert one.trace is not None, one.reason
    assert [finding.message for finding in one.findings if finding.rule.code < "EV730"] == []
    return one.trace


def phases(found: StoryTrace) -> str:
    return " ".join(f"{step.name}={step.phase or '-'}" for step in found.steps)


CANCELS = [
    pytest.param("steps: {b: {delay: 10s}}", "5s", 11, "a=Succeeded b=Succeeded c=- alone=Succeeded tidy=-", id="ends"),
    pytest.param("steps: {b: {delay: 1h}}", "5s", 35, "a=Succeeded b=Running c=- alone=Succeeded tidy=-", id="grace"),
    pytest.param(
        "steps: {b: [{kill: true}, {}]}", "2500ms", 2.5, "a=Succeeded b=Pending c=- alone=Succeeded tidy=-", id="retry"
    ),
]


@pytest.mark.parametrize("profile", ["implemented", "documented"])
@pytest.mark.parametrize(("steps", "after", "ended", "expected"), CANCELS)
def test_a_cancelled_run_starts_nothing_more(
    steps: str, after: str, ended: float, expected: str, profile: str, tmp_path: Path
) -> None:
    case = f"    {steps}\n    cancel: {{after: {after}}}\n    expect: {{phase: Finished, message: canceled}}\n"
    found = trace(CHAIN, case, tmp_path, profile)

    assert phases(found) == expected
    assert (found.reason, found.ended / 1e9) == ("Canceled", ended)


def test_a_run_that_would_wait_for_ever_can_be_cancelled(tmp_path: Path) -> None:
    spec = "\n  steps:\n  - {name: ask, type: gate}\n"
    found = trace(spec, "    cancel: {after: 1h}\n    expect: {phase: Finished}\n", tmp_path)
    assert found.ended == 3600 * 10**9


def test_a_cancel_after_the_end_changes_nothing(tmp_path: Path) -> None:
    assert trace(CHAIN, "    cancel: {after: 1h}\n", tmp_path).succeeded


def test_a_cancelled_run_with_a_child_run_is_not_known(tmp_path: Path) -> None:
    spec = "\n  steps:\n  - {name: sub, type: executeStory, with: {storyRef: {name: inner}, waitForCompletion: true}}\n"
    text = f"{STORY}{spec}---\nstories:\n  sample:\n  - {{name: it, cancel: {{after: 500ms}}}}\n"
    (one,) = ran(text, tmp_path)
    assert one.trace is None
    assert "child run" in one.reason


REDRIVES = [
    pytest.param("true", {"a": 2, "b": 2, "c": 1, "alone": 2, "tidy": 2}, id="all"),
    pytest.param("{from: b}", {"a": 1, "b": 2, "c": 1, "alone": 1, "tidy": 1}, id="from"),
]


@pytest.mark.parametrize("profile", ["implemented", "documented"])
@pytest.mark.parametrize(("redrive", "attempts"), REDRIVES)
def test_a_run_begins_again(redrive: str, attempts: dict[str, int], profile: str, tmp_path: Path) -> None:
    case = f"    steps: {{b: [{{error: down}}, {{}}]}}\n    redrive: {redrive}\n"
    found = trace(CHAIN, case, tmp_path, profile)

    assert set(phases(found).split()) == {f"{name}=Succeeded" for name in attempts}
    assert {step.name: len(step.attempts) for step in found.steps} == attempts


def test_only_dependants_of_the_same_section_begin_again(tmp_path: Path) -> None:
    """`alone` was skipped by fail-fast and depends on nothing: it stays as it is."""
    spec = CHAIN.replace(
        "needs: [a]}\n  - {name: c", "needs: [a]}\n  - {name: later, ref: {name: work}, needs: [a]}\n  - {name: c"
    )
    case = "    steps: {a: [{error: down}, {}]}\n    redrive: {from: b}\n    expect: {phase: Failed}\n"
    found = trace(spec, case, tmp_path)

    assert phases(found) == "a=Failed b=Skipped later=Skipped c=Skipped alone=Succeeded tidy=Succeeded"


def test_child_runs_begin_again(tmp_path: Path) -> None:
    spec = """
  steps:
  - {name: sub, type: executeStory, with: {storyRef: {name: inner}, waitForCompletion: true}}
  - {name: after, ref: {name: work}, needs: [sub]}
"""
    case = "    steps: {after: [{error: down}, {}]}\n    redrive: true\n"
    found = trace(spec, case, tmp_path)

    assert phases(found) == "sub=Succeeded after=Succeeded"
    assert found.ended == 4 * 10**9, "the child story runs twice"


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("redrive: {from: bb}", "bb"),
        ("redrive: {}", "`from` is missing"),
        ("cancel: {}", "`after` is missing"),
        ("cancel: {after: soon}", "soon"),
    ],
)
def test_mistakes_are_told(case: str, said: str, tmp_path: Path) -> None:
    ready = prepared(f"{STORY}{CHAIN}---\nstories:\n  sample:\n  - {{name: it, {case}}}\n", tmp_path)
    (one,) = [finding for finding in (*ready.unreadable, *ready.doubts) if said in finding.message]
    assert (one.location.line, one.location.file) == (3, "engram-validate.yaml")
