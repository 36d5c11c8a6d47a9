"""A realtime case as people see it: logs on the time line of the packets, and a diagram in the job summary."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from tests.suite.realtime.rooms import STORY, play
from validator.reports import document, packets_page, summary
from validator.sandbox.model import Exit
from validator.sandbox.stream_model import LogLine, StreamCase, StreamRun
from validator.stories.hub.outcomes import Emission
from validator.suite.realtime.conversation import Conversation, Way, conversation
from validator.suite.realtime.running import Ran
from validator.suite.results import Report

SENT = [{"from": "mic", "id": name, "payload": {"text": name}} for name in ("one", "two")]


def with_logs(ran: Ran) -> Ran:
    """As if `think` and `show` had really run: packets leave `think` 1 s and 2 s after the beginning."""
    account = ran.played.account
    sent = [one for one in account.emissions if one.source == "think"]
    others = [one for one in account.emissions if one.source != "think"]
    clocked: list[Emission] = [replace(one, clock=1.0 + number) for number, one in enumerate(sent)]
    played = replace(ran.played, account=replace(account, emissions=(*others, *clocked)))

    def run(*lines: tuple[float, str]) -> StreamRun:
        logs = tuple(LogLine(at, "stdout", text) for at, text in lines)
        return StreamRun(StreamCase("x"), logs=logs, exit=Exit(0))

    pods = {"think": (run((0.2, "thinks"), (1.0, "thinks again")),), "show": (run((-1, "no time"), (1.4, "<b>shows")),)}
    return replace(ran, played=played, pods=pods, opened={"think": (0.5,), "show": (0.2,)})


@pytest.fixture
def shown(tmp_path: Path) -> Conversation:
    return conversation("room", with_logs(play(tmp_path, {"send": SENT})), lambda text: text.replace("again", "***"))


def test_logs_stand_between_the_packets_that_they_come_between(shown: Conversation) -> None:
    rows = [f"{row.source}>{row.target} {row.packet}" if isinstance(row, Way) else row.text for row in shown.rows]
    assert rows == [
        "mic>think one",
        "thinks",
        "think>show one",
        "mic>think two",
        "thinks ***",
        "<b>shows",
        "think>show two",
        "no time",
    ]


def test_the_page_has_them_in_their_lanes(shown: Conversation) -> None:
    page = packets_page.section(shown)
    assert page.index("thinks") < page.index("think to show") < page.index("&lt;b&gt;shows")
    assert '<span style="grid-column: 2">think</span>' in page
    assert "<b>" not in page


def test_it_comes_back_from_a_report(shown: Conversation) -> None:
    text = document.render(Report(conversations=(shown,)))
    jsonschema.Draft202012Validator(document.schema()).validate(json.loads(text))
    assert document.parse(text).conversations == (shown,)


def test_the_summary_has_a_diagram_of_what_was_lost(tmp_path: Path) -> None:
    lost = play(tmp_path, {"send": SENT}, STORY.replace("{{ packet.text }}!", "{{ packet.txt }}"))
    text = summary.render(Report(conversations=(conversation("room", lost),)), lambda file: ())
    head = "Packets of story <code>room</code>, <code>packets</code>: failed, "
    assert f"{head}4 deliveries: 2 delivered, 2 stream closed" in text
    assert "  s1-xs2: one EV762" in text
