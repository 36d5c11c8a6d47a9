"""A trial: what the plain case shows of an engram decides how long it is waited for, and what may be counted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from checks.streaming.run_maker import BENCH, codes, packet, run

from validator.checks.streaming import battery, control
from validator.checks.streaming.sample import PATIENCE, Sample
from validator.checks.streaming.trial import trial
from validator.findings import Unchecked
from validator.sandbox.stream_model import Entry, Mark, Packet, Send, Sent, StreamCase, StreamRun

SAMPLE = Sample(packet=Packet(payload={"text": "hello"}), patience=15.0)


def player(outputs: Callable[[int, StreamCase], int], seconds: float = 0.01) -> Callable[[StreamCase], StreamRun]:
    """Plays an engram that takes so long for each packet, and brings so many outputs for the n-th of a case."""

    def play(case: StreamCase) -> StreamRun:
        at, number = 1.0, 0
        entries: list[Entry] = []
        sent: list[Sent] = []
        for step in case.steps:
            if isinstance(step, Mark):
                entries.append(Entry(at, "driver", "", "mark", 1, label=step.name))
            for _ in range(step.times if isinstance(step, Send) else 0):
                number += 1
                came = at
                at += seconds
                sent.append(Sent(f"packet {number}", came, 1, number, True, (at,)))
                entries += [packet(at - seconds / 2, payload={"text": "hello"})] * outputs(number, case)
        return run(*entries, case=case, sent=tuple(sent), counts={"silent": 1})

    return play


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        (lambda number, _: int(number <= 5), False),
        (lambda number, _: [0, 1, 1, 1, 0][number % 5], False),
        (lambda _, case: int(case.name == "plain"), False),
        (lambda number, case: int(case.probe != "slow-reader" or number < 100), True),
        (lambda *_: 1, None),
    ],
    ids=[
        "a quota",
        "an uneven one",
        "what the probe's own packets bring",
        "one that drops when it is slow",
        "a good one",
    ],
)
def test_outputs_are_only_missed_of_an_engram_that_answers_evenly_when_nothing_disturbs_it(
    outputs: Callable[[int, StreamCase], int], expected: bool | None
) -> None:
    *_, tried = trial(player(outputs), BENCH, SAMPLE, ["slow-reader"])
    assert codes(tried.verdicts) == (["EV630"] if expected else [])
    told = [each.what for each in tried.verdicts if isinstance(each, Unchecked)]
    assert told == (["the row `slow-reader`, as far as it counts outputs"] if expected is False else [])


def test_a_control_sends_what_the_probe_sends_and_nothing_else() -> None:
    sample = Sample(packet=Packet(payload={"text": "hello"}), answers=2)
    for probe in battery.probes(sample):
        if not battery.plain_sends(probe):
            continue
        made = control.control(sample, probe)
        sends = [step for step in made.steps if isinstance(step, Send)]
        assert sum(step.times for step in sends) == max(control.ALONE, battery.answered(probe))
        assert all(not step.packet.chunks for step in sends)
        assert made.expect.count == 2 * battery.answered(made)


@pytest.mark.parametrize(("seconds", "patience"), [(0.01, PATIENCE), (2.0, 8.0), (10.0, 15.0)])
def test_who_is_seen_to_take_its_time_is_waited_for(seconds: float, patience: float) -> None:
    _, tried = trial(player(lambda *_: 1, seconds), BENCH, SAMPLE, ["unknown-kind"])
    assert tried.case.patience == pytest.approx(patience, rel=0.01)


@pytest.mark.parametrize(("size", "many"), [(0, battery.MANY), (300, battery.MANY), (1 << 20, 32), (1 << 30, 1)])
def test_a_burst_has_as_many_packets_as_answers_to_them_fit_into_the_queue_that_it_needs(size: int, many: int) -> None:
    (burst,) = (each for each in battery.probes(Sample(answer_bytes=size)) if each.probe == "burst")
    assert (battery.answered(burst), burst.window) == (many, many)
