from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest

from tests.reports.report_samples import HOSTILE_TEXT, IMAGE, case
from validator.findings import Subject
from validator.reports.progress import Journal, progress
from validator.suite.events import CaseFinished, CaseStarted, Event, ImageProgress, ImageReady, Planned
from validator.suite.results import Outcome


def events(count: int, broken: int) -> list[Event]:
    lines_for: list[Event] = [
        Planned(1, count),
        ImageProgress("slack", "Step 1/2"),
        ImageProgress("slack", "Step 2/2"),
        ImageReady(IMAGE),
    ]
    for number in range(count):
        outcome = Outcome.FAILED if number < broken else Outcome.PASSED
        result = case(f"case {number}", outcome, "wrong" if number < broken else "")
        rows = (result, replace(result, check="isolation", outcome=Outcome.PASSED))
        lines_for += [CaseStarted(result.subject), CaseFinished(result.subject, rows)]
    return lines_for


def test_plain_lines_without_a_terminal() -> None:
    stream = io.StringIO()
    with progress(stream, live=False) as observe:
        for event in events(30, 1):
            observe(event)
    assert stream.getvalue().splitlines() == [
        "1 image, 30 cases",
        "image slack: Step 1/2",
        "image slack: Step 2/2",
        "image slack: ghcr.io/acme/slack:pr-12 0123456789ab in docker",
        "failed engram slack, case case 0 (0.13 s): wrong",
        *(f"{number} of 30 cases, 1 failed" for number in range(3, 31, 3)),
    ]


def test_a_build_tells_how_long_its_other_steps_take() -> None:
    times = iter([0.0, 5.0, 9.0])
    journal = Journal(lambda: next(times))
    details = ["Step 1/4 : FROM base", "Step 2/4 : COPY . .", " ---> 0123", "Step 4/4 : RUN make"]
    lines = [line for detail in details for line in journal.lines_for(ImageProgress("slack", detail))]
    assert lines == [
        "image slack: Step 1/4 : FROM base",
        "image slack: Step 2/4 : COPY . ., about 15 s left",
        "image slack: Step 4/4 : RUN make, about 3 s left",
    ]


def test_why_cases_fail_is_told_once() -> None:
    stream = io.StringIO()
    with progress(stream, live=False) as observe:
        for event in events(3, 2):
            observe(event)
    assert stream.getvalue().splitlines()[4:] == [
        "failed engram slack, case case 0 (0.13 s): wrong",
        "failed engram slack, case case 1 (0.13 s)",
    ]


def test_a_search_that_finds_what_a_case_has_told_is_no_news() -> None:
    """Its finding becomes a part of that case's."""
    journal = Journal()
    lines = {
        name: journal.lines_for(CaseFinished(Subject("engram", "slack"), (case(name, Outcome.WARNED, why),)))
        for name, why in (("hello", "wrong"), ("explored", "wrong"), ("again", "wrong"), ("explored", "worse"))
    }

    assert [len(lines["hello"]), len(lines["again"])] == [1, 1]
    assert (
        journal.lines_for(CaseFinished(Subject("engram", "slack"), (case("explored", Outcome.WARNED, "wrong"),))) == []
    )
    assert lines["explored"] == ["warned engram slack, case explored (0.13 s): worse"]


def test_the_time_that_is_left_is_that_of_the_cases_so_far() -> None:
    seconds = iter((90.0, 95.0, 100.0, 115.0))  # two steps of the build, the first case, now
    journal = Journal(lambda: next(seconds))
    for event in events(30, 0)[:-54]:  # three cases are done, in fifteen seconds
        journal.lines_for(event)

    assert journal.step() == "3 of 30 cases, about 135 s left"


def test_a_terminal_gets_a_line_that_is_gone_in_the_end() -> None:
    stream = io.StringIO()
    with progress(stream, live=True) as observe:
        for event in events(3, 1):
            observe(event)
    text = stream.getvalue()
    assert "failed engram slack, case case 0 (0.13 s): wrong\n" in text
    assert "\x1b[2K" in text  # the live line is erased
    assert "passed" not in text


def test_a_terminal_stays_untouched_while_nothing_happens() -> None:
    stream = io.StringIO()
    with progress(stream, live=True):
        pass
    assert stream.getvalue() == ""


def test_the_live_line_is_gone_after_a_failure() -> None:
    stream = io.StringIO()

    def interrupted() -> None:
        with progress(stream, live=True) as observe:
            observe(Planned(1, 1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert stream.getvalue().endswith("\x1b[1A\x1b[2K")
    assert "\x1b[?25h" in stream.getvalue()  # the cursor is shown again


def test_quiet_says_nothing() -> None:
    stream = io.StringIO()
    with progress(stream, live=True, quiet=True) as observe:
        for event in events(3, 3):
            observe(event)
    assert stream.getvalue() == ""


@pytest.mark.parametrize("live", [False, True])
def test_untrusted_text_does_no_harm(live: bool) -> None:
    stream = io.StringIO()
    subject = Subject("engram", HOSTILE_TEXT, case=HOSTILE_TEXT)
    result = replace(case(HOSTILE_TEXT, Outcome.FAILED, HOSTILE_TEXT), subject=subject)
    image = replace(IMAGE, template=HOSTILE_TEXT, reference=HOSTILE_TEXT, digest=HOSTILE_TEXT)
    with progress(stream, live=live, color=False) as observe:
        for event in (
            ImageProgress(HOSTILE_TEXT, HOSTILE_TEXT),
            ImageReady(image),
            CaseStarted(subject),
            CaseFinished(subject, (result,)),
        ):
            observe(event)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue()) if live else stream.getvalue()
    assert "owned" in text
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)
    if not live:
        assert not any(line.lstrip().startswith("::") or "##[" in line for line in text.split("\n"))
