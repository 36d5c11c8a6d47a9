from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reports.report_samples import HOSTILE_TEXT, TRIAGE
from validator.reports import mermaid
from validator.suite.results import StoryEdge, StoryGraph, StoryStep, Verdict

NODE = re.compile(r'  s\d+\["([^"]*)"\]:::(error|warning|note|unknown|passed)')
LINK = re.compile(r'  s\d+ -\.?->(\|"[✕!i?]"\|)? s\d+')
STYLE = re.compile(r"  (linkStyle [\d,]+|classDef \w+) stroke:#[0-9a-f]{6},stroke-width:2px")


def test_looks() -> None:
    assert mermaid.flowchart(TRIAGE).split("\n") == [
        "flowchart LR",
        '  s0["list<br/>slack"]:::passed',
        '  s1["pick<br/>jq"]:::unknown',
        '  s2["end<br/>stop"]:::passed',
        '  s3["notify<br/>slack"]:::error',
        '  s0 -->|"?"| s1',
        '  s0 -->|"✕"| s3',
        '  s1 -->|"!"| s3',
        "  s3 -.-> s2",
        "  linkStyle 0 stroke:#8c959f,stroke-width:2px",
        "  linkStyle 1 stroke:#d1242f,stroke-width:2px",
        "  linkStyle 2 stroke:#bf8700,stroke-width:2px",
        "  linkStyle 3 stroke:#1a7f37,stroke-width:2px",
        "  classDef passed stroke:#1a7f37,stroke-width:2px",
        "  classDef unknown stroke:#8c959f,stroke-width:2px",
        "  classDef error stroke:#d1242f,stroke-width:2px",
    ]


@given(st.text() | st.just(HOSTILE_TEXT), st.text())
def test_no_name_leaves_its_label(name: str, kind: str) -> None:
    steps = (StoryStep(name, kind, Verdict.PASSED), StoryStep("other" + name, kind, Verdict.ERROR))
    chart = mermaid.flowchart(StoryGraph(name, "a", steps, (StoryEdge(name, "other" + name, Verdict.NOTE),)))
    first, *lines = chart.split("\n")
    assert first == "flowchart LR"
    assert all(NODE.fullmatch(line) or LINK.fullmatch(line) or STYLE.fullmatch(line) for line in lines)
    labels = [match[1].replace("<br/>", "") for line in lines if (match := NODE.fullmatch(line))]
    assert not any(re.search(r"[<>\[\]`\"'&;:|{}()](?<!;)", label) for label in labels)


def test_an_edge_from_nowhere_is_not_drawn() -> None:
    story = StoryGraph("a", "a", (StoryStep("x", "", Verdict.PASSED),), (StoryEdge("gone", "x", Verdict.ERROR),))
    assert mermaid.flowchart(story).count("-->") == 0
    assert "linkStyle" not in mermaid.flowchart(story)


@pytest.mark.parametrize(("steps", "edges", "drawn"), [(1, 0, False), (2, 1, True), (101, 1, False), (60, 251, False)])
def test_what_nobody_could_read_is_not_drawn(steps: int, edges: int, drawn: bool) -> None:
    story = StoryGraph(
        "a",
        "a",
        tuple(StoryStep(f"s{number}", "x", Verdict.PASSED) for number in range(steps)),
        tuple(StoryEdge("s0", "s1", Verdict.PASSED) for _ in range(edges)),
    )
    assert mermaid.drawable(story) is drawn


def test_the_largest_that_is_drawn_is_within_what_github_draws() -> None:
    names = [("\u202e" * 200) + str(number) for number in range(mermaid.MOST_STEPS)]
    steps = tuple(StoryStep(name, name, Verdict.ERROR) for name in names)
    edges = tuple(
        StoryEdge(names[number % 100], names[number % 99], Verdict.ERROR) for number in range(mermaid.MOST_EDGES)
    )
    story = StoryGraph("a", "a", steps, edges)
    assert mermaid.drawable(story)
    assert len(mermaid.flowchart(story)) < 50_000


def test_the_worst_verdict_is_the_storys() -> None:
    assert mermaid.worst(TRIAGE) is Verdict.ERROR
    assert mermaid.worst(StoryGraph("a", "a")) is Verdict.PASSED
