"""The paths of a story that its cases take."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.stories.runs import engram, prepared, ran
from validator.checks.stories.coverage import Coverage, coverage
from validator.engine.stories.selection import stories_named
from validator.findings import Location

STORY = """
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: sample}
spec:
  inputsSchema: {type: object, properties: {much: {type: boolean, default: false}}}
  steps:
  - {name: first, ref: {name: work}, execution: {timeout: 10m}}
  - {name: second, ref: {name: work}, allowFailure: true, if: '{{ inputs.much }}'}
  compensations:
  - {name: undo, ref: {name: work}}
---"""
STORY += engram("work", "{version: 1.0.0}") + "stories:\n  sample:\n"


def covered(cases: str, folder: Path) -> Coverage:
    text = STORY + cases
    ready = prepared(text, folder)
    stories = stories_named(ready.workspace, ready.config, ["sample"])
    return coverage(stories, [one.trace for one in ran(text, folder) if one.trace is not None])


@pytest.mark.parametrize(
    ("cases", "missing"),
    [
        (
            "  - {name: little}\n",
            ["first (time-out)", "second (if true)", "second (allowed failure)", "undo (run)"],
        ),
        (
            "  - {name: much, inputs: {much: true}, steps: {second: {error: true}}}\n",
            ["first (time-out)", "second (if false)", "undo (run)"],
        ),
        (
            "  - {name: slow, steps: {first: {timeout: true}}, expect: {phase: Compensated}}\n",
            ["second (if true)", "second (allowed failure)"],
        ),
        (
            "  - {name: slow, steps: {first: {timeout: true}}, expect: {phase: Compensated}}\n"
            "  - {name: much, inputs: {much: true}, steps: {second: {error: true}}}\n",
            [],
        ),
    ],
)
def test_paths(cases: str, missing: list[str], tmp_path: Path) -> None:
    seen = covered(cases, tmp_path)

    assert [str(path).removeprefix("sample/") for path in seen.missing] == missing
    assert len(seen.paths) == 6
    assert seen.percent == pytest.approx(100 * (6 - len(missing)) / 6)


def test_too_little_is_an_error_that_names_what_is_missing(tmp_path: Path) -> None:
    seen = covered("  - {name: little}\n", tmp_path)

    told = seen.finding(50, Location("story.yaml"))
    assert told is not None
    assert "2 of 6 paths (33 %), but 50 % are required; not covered: sample/first (time-out)" in told.message
    assert seen.finding(33, Location("story.yaml")) is None
