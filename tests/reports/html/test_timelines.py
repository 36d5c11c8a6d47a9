"""How the cases of stories are drawn: in the page, and as charts of the summary."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.checks.stories.runs import ran, workspace
from tests.reports.report_samples import HOSTILE_TEXT
from validator.findings import Location
from validator.reports.gantt import MOST_BARS, gantt
from validator.reports.html import timelines
from validator.reports.html.page import render
from validator.reports.summary import render as summary
from validator.suite.results import Report
from validator.suite.timelines import Bar, Timeline, timeline

SPEC = "{inputSchema: {type: object, properties: {text: {type: string}, size: {type: integer, default: 3}}}}"
STORY = (
    workspace(SPEC)
    + """  steps:
  - {name: fetch, ref: {name: work}, with: {text: "{{ inputs.page }}"}}
  - {name: nap, type: sleep, needs: [fetch], with: {duration: 1h}}
  - {name: nested, type: executeStory, needs: [nap], with: {storyRef: {name: inner}, waitForCompletion: true}}
  - {name: send, ref: {name: work}, needs: [nested], with: {text: a}}
  - {name: never, ref: {name: work}, if: "false"}
---
stories:
  sample:
  - name: it fails
    inputs: {page: hello}
    steps: {fetch: [{kill: true}, {output: {}}], send: {error: no answer}}
    expect: {phase: Failed}
"""
)


@pytest.fixture
def drawn(tmp_path: Path) -> Timeline:
    (one,) = ran(STORY, tmp_path)
    found = timeline(one)
    assert found is not None
    return found


def test_steps_stand_in_the_order_of_the_story_with_those_of_child_stories(drawn: Timeline) -> None:
    assert [(bar.depth, bar.name, bar.phase) for bar in drawn.bars] == [
        (0, "fetch", "Succeeded"),
        (0, "nap", "Succeeded"),
        (0, "nested", "Succeeded"),
        (1, "deep", "Succeeded"),
        (0, "send", "Failed"),
        (0, "never", "Skipped"),
    ]
    fetch, nap, nested, deep, send, _ = drawn.bars
    assert (nap.after, nested.after, send.after) == ((0,), (1,), (2,)), "places in the timeline, not in the story"
    assert [one.evidence for one in fetch.stretches] == ["mocked", "mocked"]
    assert deep.started is not None
    assert nap.finished is not None
    assert deep.started >= nap.finished, "times of a child story are those of the whole run"


def test_an_hour_leaves_room_for_seconds(drawn: Timeline) -> None:
    (case,) = timelines.view(Report(timelines=(drawn,)))
    widths = {row.name: sum(piece.width for piece in row.pieces) for row in case.rows}

    assert widths["fetch"] > 30
    assert widths["nap"] > widths["fetch"]
    assert widths["never"] == 0
    assert [row.note for row in case.rows if row.note] == ["skipped"]
    assert len(case.arrows) == 3
    gaps = [after.x - before.x for before, after in zip(case.marks[1:], case.marks[2:], strict=False)]
    assert all(gap >= timelines.MARK_GAP for gap in gaps)


def test_inputs_stand_beside_their_templates(drawn: Timeline) -> None:
    (case,) = timelines.view(Report(timelines=(drawn,)))
    fields = {field.name: (field.written, field.given, field.differs) for field in case.steps[0].fields}

    assert fields == {"text": ("{{ inputs.page }}", "hello", True), "size": ("", "3", True)}
    assert next((field.given, field.differs) for field in case.steps[4].fields) == ("a", False)


def test_the_page_and_the_summary_show_them(drawn: Timeline) -> None:
    report = Report(timelines=(drawn,), checked=1)
    page, text = render(report, lambda file: ()), summary(report, lambda file: ())

    assert "How stories ran" in page
    assert page.count('<rect class="e-mocked"') == 3
    assert "How stories ran" not in render(Report(checked=1), lambda file: ())
    assert "  send Failed :crit, 36" in text
    assert "  fetch Succeeded :done, 0, " in text


def hostile(text: str) -> Timeline:
    bar = Bar(text, text, 0, text, text, Location("story.yaml", 1, 1), 0, 5, (), (), {text: text}, {text: [text]}, text)
    return Timeline(text, text, "failed", text, text, 5, (bar,))


@pytest.mark.parametrize("text", [HOSTILE_TEXT, "</template><script>alert(1)</script>", "a:b;c#d,e\n  section x"])
def test_hostile_text_is_shown_and_does_nothing(text: str) -> None:
    page = render(Report(timelines=(hostile(text),)), lambda file: ())
    chart = gantt(hostile(text))

    assert "<script>alert" not in page
    assert len(re.findall(r"<template>", page)) == len(re.findall(r"</template>", page))
    assert len(chart.splitlines()) == 5
    assert chart.splitlines()[-1].count(":") == 1


def test_a_long_story_has_no_chart() -> None:
    one = hostile("a")
    assert gantt(one)
    assert gantt(Timeline("a", "", "passed", "", "", 5, one.bars * (MOST_BARS + 1))) == ""


def test_many_cases_are_counted() -> None:
    page = render(Report(timelines=(hostile("a"),) * (timelines.MOST_CASES + 2)), lambda file: ())
    assert "2 more cases, none worse than these." in page
