"""What the scripts of the rows have in common, and the plain case that all others build on."""

from __future__ import annotations

from dataclasses import replace

from validator.checks.streaming.sample import Sample
from validator.sandbox.stream_model import Await, Control, Packet, Send, Step, StreamCase

PLAIN = 3
PACED = 16
"""Packets that show how fast an engram is, on a machine that was too busy for `PLAIN` of them to show it."""
BUSY = 4
"""How many times as long as another row one of many packets may take: it ends when they are done, or no more happens,
so that only a slow machine needs it."""
MANY = 1000
"""Packets of a burst."""
FENCE = "sandbox.fence"
"""A custom control action: its ACK comes after the answers to all before it."""


def plain(sample: Sample) -> StreamCase:
    """The case that all others build on: packets in, answers out, stopped in good order."""
    return row(sample, "plain", tuple(Send(sample.packet) for _ in range(PLAIN)))


def paced(sample: Sample) -> StreamCase:
    """The plain case with packets enough to see how long one takes at best."""
    return row(sample, "pace", tuple(Send(sample.packet) for _ in range(PACED)))


def row(sample: Sample, probe: str, steps: tuple[Step, ...], **more: object) -> StreamCase:
    """The case of one row; `more` are other fields of a StreamCase."""
    case = StreamCase(
        name=probe,
        probe=probe,
        steps=steps,
        config=sample.config,
        secrets=sample.secrets,
        env=sample.env,
        identity=sample.identity,
        time_limit=sample.time_limit,
        patience=sample.patience,
        grace=sample.grace,
        quiet=sample.quiet,
        startup=sample.startup,
    )
    return replace(case, **more)  # type: ignore[arg-type]  # the names of our own fields


def answered(case: StreamCase) -> int:
    """How many of a case's packets are plain ones: each must be answered as in the plain case."""
    return sum(step.times for step in plain_sends(case))


def plain_sends(case: StreamCase) -> list[Send]:
    """Those steps."""
    return [
        step
        for step in case.steps
        if isinstance(step, Send)
        and step.packet.kind == "data"
        and step.packet.sequenced
        and step.packet.answered
        and not (step.packet.hook or step.packet.repeats)
        and step.packet.payload != {}
    ]


def answers(sample: Sample, more: int = 0) -> tuple[Step, ...]:
    """Receipts and outputs travel on streams of their own: wait for the outputs of a packet, too.

    `more` outputs may come besides, but need not.
    """
    if not sample.answers:
        return (Await("quiet", within=sample.quiet),)
    expected = Await("outputs", sample.answers)
    return (expected, Await("outputs", sample.answers + more, within=sample.observe)) if more else (expected,)


def environment(sample: Sample, **milliseconds: int) -> dict[str, str]:
    """The variables of the sample, and these as durations."""
    return {**sample.env, **{name: f"{value}ms" for name, value in milliseconds.items()}}


def fence(within: float) -> tuple[Step, ...]:
    """Until the engram has taken all that was said to it."""
    return Control(FENCE), Await("control", name=f"ack {FENCE}", within=within)


def observed(sample: Sample) -> tuple[Step, ...]:
    """A while in which it could do what it must not do: at the end of it, it is seen to be at work."""
    return Await("exit", within=sample.observe), *fence(sample.patience)


def padded(packet: Packet, size: int) -> Packet:
    """The packet with so many bytes more in its payload, under a name that no schema knows."""
    payload = packet.payload if isinstance(packet.payload, dict) else {}
    return replace(packet, payload={**payload, "sandboxPadding": "x" * size})
