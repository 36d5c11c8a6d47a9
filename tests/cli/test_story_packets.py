"""`story run` of a realtime story: where its packets went, and what the exit status says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.suite.realtime.rooms import ENGRAM, STORY, TRANSPORT
from validator.cli import main, watch
from validator.cli.watch import Watched

CASE = """
send: [{from: mic, id: hello, payload: {text: hello}}]
steps:
  think: {answers: [{payload: {text: "{{ packet.text }}"}}]}
  show: {answers: []}
"""


def run(folder: Path, *arguments: str, case: str = CASE, story: str = STORY) -> tuple[int, str]:
    text = story + "".join(ENGRAM.format(name=name) for name in ("mic", "think", "show")) + TRANSPORT
    text = text.replace("  image: registry.example", "  # image: registry.example")
    (folder / "stories.yaml").write_text(text, encoding="utf-8")
    (folder / "case.yaml").write_text(case, encoding="utf-8")
    words = ["story", "run", "room", "--root", str(folder), "--packets", str(folder / "case.yaml"), *arguments]
    done = CliRunner().invoke(main, words)
    return done.exit_code, done.output


def test_every_packet_is_told(tmp_path: Path) -> None:
    status, told = run(tmp_path)
    assert status == 0
    assert told.splitlines()[-1] == "  case: passed, 2 deliveries: 2 delivered"
    assert '              inputs {"text": "hello!"}' in told.splitlines()


def test_a_page_is_written(tmp_path: Path) -> None:
    status, _ = run(tmp_path, "--html", str(tmp_path / "out" / "page.html"))
    assert status == 0
    assert "hello from mic to think: delivered" in (tmp_path / "out" / "page.html").read_text(encoding="utf-8")


def test_a_loss_has_the_line_of_the_story(tmp_path: Path) -> None:
    status, told = run(tmp_path, story=STORY.replace("{{ packet.text }}!", "{{ packet.txt }}"))
    assert status == 1
    assert "error[EV762 lost-by-evaluation]: 1 packet for step `show` lost" in told
    assert "--> stories.yaml:11:" in told
    assert "  case: FAILED, 2 deliveries: 1 delivered, 1 stream closed" in told


@pytest.mark.parametrize(("style", "begins"), [("json", "{"), ("markdown", "### case: passed")])
def test_formats(style: str, begins: str, tmp_path: Path) -> None:
    status, told = run(tmp_path, "--format", style)
    assert status == 0
    assert told.startswith(begins)
    if style == "json":
        (case,) = json.loads(told)["cases"]
        assert [(one["from"], one["to"], one["fate"]) for one in case["packets"]] == [
            ("mic", "think", "delivered"),
            ("think", "show", "delivered"),
        ]


def test_the_trace_as_json_has_verdict_losses_and_times(tmp_path: Path) -> None:
    status, told = run(tmp_path, "--format", "json", story=STORY.replace("{{ packet.text }}!", "{{ packet.txt }}"))

    assert status == 1
    document = json.loads(told)
    (case,) = document["cases"]
    assert document["result"] == "failed"
    assert (case["story"], case["outcome"], case["verdict"], case["evidence"]) == ("room", "failed", "failed", "mocked")
    assert case["fates"] == {"delivered": 1, "stream closed": 1}
    (loss,) = case["losses"]
    assert (loss["from"], loss["to"], loss["rule"], loss["count"]) == ("think", "show", "EV762", 1)
    (finding,) = (one for one in case["findings"] if one["rule"] == "EV762")
    assert finding["place"].startswith("stories.yaml:11")
    assert {type(one["at"]) for one in (*case["packets"], *case["emissions"])} == {float}
    assert case["logs"] == case["errors"] == []


def test_watching_runs_a_realtime_story_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, bool]] = []

    def twice(what: Watched, check: Callable[[], int]) -> None:
        written = tmp_path / "records" / "room" / "case.json"
        seen.extend((check(), what.concerns(written)) for _ in range(2))

    monkeypatch.setattr(watch, "keep_checking", twice)

    status, told = run(tmp_path, "--watch", "--record", str(tmp_path / "records"))

    assert status == 0
    assert seen == [(0, False)] * 2
    assert told.count("case: passed, 2 deliveries: 2 delivered") == 2
    assert list((tmp_path / "records" / "room").iterdir())


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("sent: []", "the case has no key `sent`; expected"),
        ("send: [{from: mik, payload: {}}]", "did you mean `mic`?"),
        ("[]", "holds no object"),
    ],
)
def test_wrong_usage(case: str, told: str, tmp_path: Path) -> None:
    status, said = run(tmp_path, case=case)
    assert status == 2
    assert told in said
