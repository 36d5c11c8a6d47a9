"""What a case expects of a session that is longer, or of packets that are larger, than the transcript keeps."""

from __future__ import annotations

from typing import Any

import pytest

from tests.checks.streaming.run_maker import BENCH, codes, message, packet, run
from validator.checks.streaming import verdict
from validator.checks.streaming.blame import reason_in
from validator.sandbox.stream_model import Entry, Expectation, StreamCase, StreamRun

ONE, TWO = ({"payload": {"text": text}} for text in ("one", "two"))
SEEN = packet(payload={"text": "one"})
TRIMMED = message({"trimmed": True})


def played(expect: dict[str, Any], *outputs: Entry, emitted: int) -> StreamRun:
    """A session with so many packets, of which the transcript has these."""
    counts = {"outputs": emitted, "omitted": emitted - len(outputs)}
    return run(*outputs, case=StreamCase("long", expect=Expectation(**expect)), counts=counts)


CASES = [
    ("all are counted", {"count": 5000}, (SEEN,), 5000, [], ""),
    ("one is too many, kept or not", {"count": 4999}, (SEEN,), 5000, ["EV623"], ""),
    ("the missing one is not kept", {"packets": (ONE, TWO)}, (SEEN,), 2, [], "1 are not in the transcript"),
    ("the missing one is not whole", {"packets": (ONE, TWO)}, (SEEN, TRIMMED), 2, [], "1 are not in the transcript"),
    ("in order, too", {"packets": (TWO, ONE), "order": "exact"}, (SEEN,), 2, [], "1 are not in the transcript"),
    ("more are missing than came", {"packets": (ONE, TWO, TWO)}, (SEEN, TRIMMED), 2, ["EV623"], ""),
    ("all were kept", {"packets": (ONE, TWO)}, (SEEN, SEEN), 2, ["EV623"], ""),
    ("those that are expected were kept", {"packets": (ONE,)}, (SEEN, TRIMMED), 5000, [], ""),
]


@pytest.mark.parametrize(
    ("expect", "outputs", "emitted", "found", "reason"), [each[1:] for each in CASES], ids=[each[0] for each in CASES]
)
def test_what_the_transcript_lacks_is_no_fault(
    expect: dict[str, Any], outputs: tuple[Entry, ...], emitted: int, found: list[str], reason: str
) -> None:
    judged = verdict.judge(BENCH, played(expect, *outputs, emitted=emitted))
    assert codes(judged) == found
    assert reason in reason_in(judged)
    assert bool(reason) is bool(reason_in(judged))
