"""The cases of realtime stories as a check of a whole run: rows, places of findings, and what cannot be run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.suite.realtime.rooms import ENGRAM, STORY, TRANSPORT
from validator.engine.engine import run
from validator.engine.options import STATIC, STORIES, Options
from validator.reports.junit import render
from validator.suite.results import CaseResult, Outcome, Report, Status

SEND = [{"from": "mic", "id": "hello", "payload": {"text": "hello"}}]
ECHO = {"answers": [{"payload": {"text": "{{ packet.text }}"}}]}
NOBODY: dict[str, Any] = {"answers": []}
MOCKS = {"mic": NOBODY, "think": ECHO, "show": NOBODY}


def reported(folder: Path, cases: list[dict[str, Any]], story: str = STORY, **options: Any) -> Report:
    names = ("mic", "think", "show")
    text = story + "".join(ENGRAM.format(name=name) for name in names) + TRANSPORT
    (folder / "stories.yaml").write_text(text, encoding="utf-8")
    config = {"manifests": ["stories.yaml"], "stories": {"room": cases}}
    (folder / "engram-validate.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return run(Options(root=folder, checks=(*STATIC, STORIES), **options))


def rows(report: Report) -> list[CaseResult]:
    return [row for row in report.cases if row.check == STORIES]


def test_a_case_is_a_row_with_its_evidence(tmp_path: Path) -> None:
    report = reported(tmp_path, [{"name": "a word", "send": SEND, "steps": MOCKS}])
    (row,) = rows(report)
    assert (row.subject.kind, row.subject.name, row.subject.case) == ("story", "room", "a word")
    assert (row.outcome, row.properties["evidence"]) == (Outcome.PASSED, "mocked")
    assert row.properties["packets"] == "2 deliveries: 2 delivered"
    assert report.status is Status.OK


def test_a_loss_fails_the_run_at_the_line_of_the_story(tmp_path: Path) -> None:
    story = STORY.replace("{{ packet.text }}!", "{{ packet.txt }}")
    report = reported(tmp_path, [{"name": "a word", "send": SEND, "steps": MOCKS}], story)
    (row,) = rows(report)
    assert row.outcome is Outcome.FAILED
    line = story[: story.index("{{ packet.txt")].count("\n") + 1
    places = {(one.rule.code, one.location.file, one.location.line) for one in report.findings}
    assert ("EV762", "stories.yaml", line) in places
    assert "1.00s hello: think -> show: stream closed EV762" in row.transcript
    assert report.status is Status.FINDINGS
    text = render(report, lambda file: ())
    assert "a word" in text
    assert f"stories.yaml:{line}" in text


def test_a_loss_that_the_case_expects_passes(tmp_path: Path) -> None:
    story = STORY.replace("{{ packet.text }}!", "{{ packet.txt }}")
    case = {"name": "a word", "send": SEND, "steps": MOCKS, "expect": {"lost": ["EV762"]}}
    assert [row.outcome for row in rows(reported(tmp_path, [case], story))] == [Outcome.PASSED]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"send": [{"from": "mik", "payload": {}}]}, "found 'mik'; did you mean `mic`?"),
        ({"send": [{"from": "mic", "binary": {"file": "none.bin"}}]}, "none.bin"),
    ],
)
def test_a_case_that_is_not_understood(change: dict[str, Any], told: str, tmp_path: Path) -> None:
    good = {"name": "a word", "send": SEND, "steps": MOCKS}
    report = reported(tmp_path, [{**good, **change, "name": "wrong"}, good])
    assert {row.subject.case: row.outcome for row in rows(report)} == {
        "wrong": Outcome.FAILED,
        "a word": Outcome.PASSED,
    }
    (found,) = [one for one in report.findings if one.rule.code == "EV797"]
    assert told in found.message
    assert (found.location.file, found.location.line) == ("engram-validate.yaml", 5)


def test_a_static_check_runs_no_image(tmp_path: Path) -> None:
    cases = [{"name": "real", "send": SEND}, {"name": "mocked", "send": SEND, "steps": MOCKS}]
    report = reported(tmp_path, cases, stand_ins=True)
    assert {row.subject.case: (row.outcome, row.message) for row in rows(report)} == {
        "real": (Outcome.NOT_CHECKED, "its engrams run with `run`, not with `check`"),
        "mocked": (Outcome.PASSED, ""),
    }
    assert report.status is Status.OK


def test_an_image_that_is_not_there_is_no_broken_story(tmp_path: Path) -> None:
    report = reported(tmp_path, [{"name": "real", "send": SEND}], sandbox="process", unisolated=True)
    assert [row.outcome for row in rows(report)] == [Outcome.ERROR]
    assert report.status is Status.SANDBOX
