"""Stories run by real images: a story of six with everything in it gives the same trace in both sandboxes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.story_of_six import prepared, shown
from validator.engine.preparation import Prepared
from validator.engine.stories.cases import task_of
from validator.engine.stories.partial import Part
from validator.engine.stories.running import NO_WISHES, Wishes, ran
from validator.engine.stories.selection import cases_of, stories_named
from validator.reports.story_document import trace
from validator.stories.runs.performers import Evidence
from validator.suite.story_results import StoryRan

GOLDEN = Path(__file__).parent.parent / "golden" / "story-of-six.json"


@pytest.fixture
def processes(fixture_binaries: Path, tmp_path: Path) -> Prepared:
    """The workspace with its engrams as local programs."""
    return prepared(tmp_path, "process", lambda name: f"process:{fixture_binaries / name}")


def play(workspace: Prepared, wishes: Wishes = NO_WISHES, only: str = "") -> list[StoryRan]:
    (story,) = stories_named(workspace.workspace, workspace.config, ["outer"])
    cases = [case for case in cases_of(workspace.config, story) if not only or case.name == only]
    results, _ = ran(workspace, [task_of(story, case) for case in cases], wishes)
    return results


def told(results: list[StoryRan]) -> str:
    assert [finding.message for one in results for finding in one.findings] == []
    return shown([trace(one.trace) for one in results if one.trace is not None])


def test_the_trace_as_processes(processes: Prepared) -> None:
    results = play(processes)

    assert told(results) == GOLDEN.read_text(encoding="utf-8").rstrip()
    assert [one.verdict for one in results] == ["passed", "passed"]


def test_the_trace_in_docker(fixture_images: Callable[[str], str], tmp_path: Path) -> None:
    results = play(prepared(tmp_path, "docker", fixture_images))

    assert told(results) == GOLDEN.read_text(encoding="utf-8").rstrip()


def evidence(results: list[StoryRan]) -> dict[str, list[Evidence]]:
    """What stood for each attempt of the steps, those of child stories too."""
    (one,) = results
    assert one.trace is not None
    inner = one.trace.step("inner")
    assert inner is not None
    assert inner.child is not None
    steps = (*one.trace.steps, *inner.child.steps)
    return {step.name: [each.ended.evidence for each in step.attempts if each.ended] for step in steps if step.attempts}


def test_a_record_is_replayed_and_a_part_run_again(processes: Prepared, tmp_path: Path) -> None:
    folder = tmp_path / "records"
    first = play(processes, Wishes(record=folder), "all is well")
    again = play(processes, Wishes(replay=folder), "all is well")
    part = play(processes, Wishes(replay=folder, part=Part(begins="check")), "all is well")

    names = ("greet", "aside", "check", "tidy", "repeat", "count")
    real = {name: [Evidence.REAL] for name in names} | {"check": [Evidence.MOCKED, Evidence.REAL]}
    assert evidence(first) == real
    recorded = {name: [Evidence.RECORDED] for name in names} | {"check": [Evidence.MOCKED, Evidence.RECORDED]}
    assert evidence(again) == recorded
    assert again[0].verdict == "passed (recorded)"
    assert evidence(part) == recorded | {"check": real["check"]}


def test_one_step_alone(processes: Prepared) -> None:
    alone = evidence(play(processes, Wishes(part=Part(only="inner")), "all is well"))

    assert {name for name, stood in alone.items() if Evidence.REAL in stood} == {"repeat", "count"}
    assert alone["greet"] == [Evidence.GENERATED]
