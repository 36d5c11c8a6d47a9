"""The control of a probe: its packets without what disturbs them, to see that the engram answers each alike.

Whoever answers unevenly (keeps to a rate, samples, filters, writes as a model pleases) cannot be judged by how many
outputs a probe brought, although the few packets of the plain case happened to bring as many each.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from validator.checks.streaming import scripts
from validator.checks.streaming.sample import Sample
from validator.sandbox.stream_model import Await, Expectation, Mark, Send, Step, StreamCase, StreamRun

ALONE = 6
"""Packets that are sent one at a time."""


def control(sample: Sample, probe: StreamCase) -> StreamCase:
    """As many plain packets as a probe has, at least `ALONE`; never so fast that the engram has two at a time."""
    sends = scripts.plain_sends(probe)
    packet = replace(sends[0].packet, chunks=(), label="") if sends else sample.packet
    answers = sample.answers or 0
    rest = max(0, scripts.answered(probe) - ALONE)
    steps: list[Step] = []
    for number in range(ALONE):
        outputs = Await("outputs", answers, within=sample.observe)
        steps += [Mark(_mark(number)), Send(packet), Await("receipts"), outputs]
    steps += [Mark(_mark(ALONE)), *([Send(sample.packet, times=rest)] if rest else [])]
    return replace(
        scripts.plain(sample),
        name=f"{probe.name}, undisturbed",
        steps=tuple(steps),
        expect=Expectation(count=answers * (ALONE + rest)),
        window=1,
    )


def even(run: StreamRun, baseline: float, probe: StreamRun) -> bool:
    """Whether each packet of a control brought as many outputs as in the plain case.

    Alone exactly as many; among others a tenth of what is amiss in the probe may be so here too: who loses what cannot
    leave at once also loses some when the machine is busy.
    """
    marks = [run.marked(_mark(number)) for number in range(ALONE + 1)]
    times = [at for at in marks if at is not None]
    if len(times) != len(marks) or run.missing():
        return False
    alone = (sum(1 for each in run.outputs if one <= each.at < other) for one, other in pairwise(times))
    return all(each == baseline for each in alone) and 10 * _amiss(run, baseline) <= _amiss(probe, baseline)


def _amiss(run: StreamRun, baseline: float) -> float:
    """Outputs that are missing or too many."""
    return abs(run.emitted - baseline * scripts.answered(run.case))


def _mark(number: int) -> str:
    return f"control {number}"
