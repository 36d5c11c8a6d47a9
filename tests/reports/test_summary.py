from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from tests.reports.report_samples import GOOD, HOSTILE_TEXT, MIXED, TRIAGE, case, hostile, hostile_lines, lines, many
from validator.reports import summary
from validator.suite.results import Outcome, Report, StoryEdge, Verdict


@pytest.mark.parametrize(("name", "report"), [("summary-mixed.md", MIXED), ("summary-good.md", GOOD)])
def test_looks(golden: Callable[[str, str], None], name: str, report: Report) -> None:
    golden(name, summary.render(report, lines))


@pytest.mark.parametrize("limit", [1_048_576, 100_000, 5_000])
def test_the_limit_holds_and_what_is_cut_is_counted(limit: int) -> None:
    text = summary.render(many(10_000), lambda file: (), limit=limit)
    assert len(text.encode()) <= limit
    shown = len(re.findall(r"(?m)^(?:❌|⚠️|💡) \*\*EV401", text))
    assert f"{10_000 - shown:,} of 10,000 findings" in text
    assert text.startswith("## ❌ engram-validate: failed\n")


@settings(max_examples=examples(60), deadline=None)
@given(st.text(st.characters(), max_size=200), st.integers(1, 60), st.integers(1, 400), st.integers(400, 60_000))
def test_whatever_is_said_it_stays_within_its_limit_and_is_cut_between_marks(
    text: str, findings: int, repeated: int, limit: int
) -> None:
    rendered = summary.render(hostile(findings, text * repeated), lambda file: [text * repeated], limit=limit)
    assert len(rendered.encode()) <= limit
    assert rendered.count("<details>") == rendered.count("</details>")
    fences = re.findall(r"(?m)^`{3,}", rendered)
    assert fences[::2] == fences[1::2]


def test_no_room_at_all() -> None:
    assert summary.render(many(10), lambda file: (), limit=200) == ""


@pytest.mark.slow
def test_a_flood_of_logs_is_cut() -> None:
    report = Report(cases=tuple(case(str(number), Outcome.ERROR, stderr="x\n" * 9_000) for number in range(20_000)))
    text = summary.render(report, lines)
    assert len(text.encode()) <= summary.LIMIT
    assert re.search(r"[\d,]+ of 20,000 cases", text)
    assert text.count("<details>") == text.count("</details>")


def test_untrusted_text_is_neither_markup_nor_a_mention() -> None:
    text = summary.render(hostile(), hostile_lines)
    outside: list[str] = []
    inside: list[str] = []
    fence = ""
    for line in text.split("\n"):
        if not fence and (match := re.match("(`{3,})(?:text|mermaid)$", line)):
            fence = match[1]
        elif fence and line == fence:
            fence = ""
        else:
            (inside if fence else outside).append(line)
    assert not fence
    prose = "\n".join(outside)
    assert set(re.findall(r"</?(\w+)", prose)) == {"code", "details", "summary"}
    assert not re.search(r"[@#]\w", html.unescape(prose))
    assert not re.search(r"(?m)^# heading", prose)
    assert "`code`" not in prose
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)
    assert "octocat" in "\n".join(inside)
    assert HOSTILE_TEXT not in text


def test_tables_keep_their_columns() -> None:
    rows = [line for line in summary.render(hostile(), hostile_lines).split("\n") if line.startswith("|")]
    tables = [rows[:3], rows[3:6]]
    for table in tables:
        assert len({line.count("|") for line in table}) == 1


def test_stories_with_trouble_are_drawn_first_and_others_folded() -> None:
    quiet = replace(TRIAGE, name="quiet", steps=(), edges=(StoryEdge("list", "pick", Verdict.PASSED),))
    huge = replace(TRIAGE, name="huge", edges=TRIAGE.edges * 100)
    text = summary.render(Report(stories=(quiet, huge, TRIAGE), checked=1), lines)
    assert text.index("**Story** <code>triage</code>: what is ✕ will fail") < text.index("Story <code>quiet</code>")
    assert text.count("```mermaid") == 2
    assert "<details><summary>Story <code>quiet</code>: every edge holds</summary>" in text
    assert "1 of 3 story graphs" in text


def test_a_story_without_edges_is_not_drawn() -> None:
    assert "mermaid" not in summary.render(Report(stories=(replace(TRIAGE, edges=()),), checked=1), lines)
