"""What a person sees of a transcript: what happened, and heartbeats once."""

from __future__ import annotations

import pytest

from tests.checks.streaming.run_maker import packet, run
from validator.checks.streaming.excerpt import excerpt
from validator.sandbox.stream import log_time
from validator.sandbox.stream_model import Entry, LogLine

EPOCH = 1_700_000_000.25


def beat(at: float, stream: str = "data") -> Entry:
    return Entry(
        at, "engram", stream, "message", 1, label="" if stream == "data" else "heartbeat", body={"heartbeat": True}
    )


def ack(at: float, of: str) -> Entry:
    return Entry(at, "connector", "control", "message", 1, label="ack", body={"metadata": {"type": of}})


def test_heartbeats_are_folded_and_push_nothing_out() -> None:
    beats = [each for number in range(28) for each in (beat(2 + number / 100), beat(2 + number / 100, "control"))]
    acks = [ack(2 + number / 100, "heartbeat") for number in range(28)]
    played = run(
        packet(1.0, payload={"n": 1}), *sorted((*beats, *acks), key=lambda each: each.at), packet(3.0, payload={"n": 2})
    )
    shown = excerpt(played, lines=8)
    assert sum("heartbeat" in line for line in shown) == 3
    assert sum("(28 of them until 2.270)" in line for line in shown) == 3
    assert ["payload" in line for line in shown].count(True) == 2


def test_other_acknowledgements_stand_by_themselves() -> None:
    played = run(ack(1.0, "connector.ready"), ack(1.1, "connector.ready"))
    assert len([line for line in excerpt(played) if "connector.ready" in line]) == 2


@pytest.mark.parametrize(
    ("written", "before", "at"),
    [
        ("2023-11-14T22:13:20.75Z", -1.0, 0.5),
        ("2023-11-14T22:13:20Z", -1.0, -1.0),
        ("2023-11-14T22:13:20Z", 0.5, 0.5),
        ("2023-11-14T22:13:22Z", 0.5, 1.75),
        ("2023-11-14T22:13:22Z", 1.9, 1.9),
        ("2023-11-14T22:13:20.75", 0.1, 0.1),
        ("soon", 0.1, 0.1),
    ],
)
def test_whole_seconds_are_no_moment(written: str, before: float, at: float) -> None:
    assert log_time(f'{{"time": "{written}", "msg": "m"}}', EPOCH, before) == pytest.approx(at)


def test_an_unknown_time_is_not_the_beginning() -> None:
    (line,) = (line for line in excerpt(run(logs=(LogLine(-1.0, "stderr", "ready"),))) if "ready" in line)
    assert line.startswith("         log")
