"""Packets that an engram must survive (contract 2 and 11): hooks, errors, unknown kinds, bursts, large ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from validator.checks.streaming import messages, scripts, survival
from validator.checks.streaming.context import StreamContext
from validator.checks.streaming.probe import Probe
from validator.checks.streaming.sample import Sample
from validator.checks.streaming.scripts import answers, padded, row
from validator.findings import Finding, Json
from validator.rules import streaming as rules
from validator.sandbox.stream_model import (
    Await,
    Mark,
    Packet,
    Send,
    Step,
    StreamCase,
    StreamRun,
)

LARGE = 9 << 20
"""Bytes of a large packet."""
BURST_BYTES = 32 << 20
"""Bytes of answers that the packets of a burst may bring: the queue that holds them is as long as the burst."""
ERROR: dict[str, Json] = {
    "version": "v1",
    "type": "execution_error",
    "message": "the upstream step could not handle a packet",
    "retryable": False,
    "exitClass": "terminal",
}


def _survives(probe: str, packet: Callable[[Packet], tuple[Packet, ...]]) -> Callable[[Sample], StreamCase]:
    def make(sample: Sample) -> StreamCase:
        """An unusual packet, and a usual one behind it."""
        odd = tuple(Send(each) for each in packet(sample.packet))
        return row(sample, probe, (*odd, Send(replace(sample.packet, label="the packet after"))))

    return make


def _hooks(packet: Packet) -> tuple[Packet, ...]:
    return tuple(
        Packet(hook=event, id=f"sandbox-{event}", label=f"the hook {event}")
        for event in ("steprun.ready", "storyrun.ready")
    )


def _signals_fail(sample: Sample) -> StreamCase:
    """Its StepRun is gone, so that no signal can be sent (runtime.md 1.4: 404 is final)."""
    env = {**sample.env, "BUBU_STEPRUN_NAME": "sandbox-gone"}
    return row(sample, "signals-fail", (Send(sample.packet), Await("receipts"), Send(sample.packet)), env=env)


def _burst(sample: Sample) -> StreamCase:
    """A thousand packets as fast as they go; fewer where their answers are so large that our queue would burst."""
    many = max(1, min(scripts.MANY, int(BURST_BYTES / sample.answer_bytes))) if sample.answer_bytes else scripts.MANY
    steps = (Send(sample.packet, times=many), Await("receipts"))
    limit = scripts.BUSY * sample.time_limit
    return row(sample, "burst", steps, window=many, buffer=many + 24, time_limit=limit)


def burst(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `burst`: every packet is reported as done."""
    if (missing := run.missing()) and run.settled != "time-limit":
        problem = "packets were never reported as done"
        evidence: dict[str, Json] = {"missing": len(missing), "first": missing[0].label}
        yield context.say(
            rules.BURST, run, at=missing[0].at, evidence=evidence, **{**survival.facts(run, ""), "problem": problem}
        )


def _large(sample: Sample) -> StreamCase:
    """A packet just below the limit."""
    large = replace(padded(sample.packet, LARGE), label="the large packet")
    return row(sample, "large", (Send(large), Await("receipts"), Send(sample.packet)))


def _hook_twice(sample: Sample) -> StreamCase:
    """Section 11: a hook fires once, so a second delivery under its message id is not handled."""
    hook = Packet(hook="storyrun.ready", id="sandbox-hook-1", sequenced=False, label="the hook")
    fence: tuple[Step, ...] = (
        Send(sample.packet),
        Await("receipts"),
        *answers(sample, 1),
        Await("quiet", within=sample.quiet),
    )
    return row(sample, "hook-twice", (Send(hook), *fence, Mark("second"), Send(hook), *fence))


def hook_twice(context: StreamContext, run: StreamRun) -> Iterator[Finding]:
    """The probe `hook-twice`: one message id, delivered twice, with a plain packet behind each."""
    second, plain = run.marked("second"), context.baseline
    if second is None or plain is None:
        return
    before = [messages.shape(entry) for entry in run.outputs if entry.at < second]
    after = [messages.shape(entry) for entry in run.outputs if entry.at >= second]
    if len(before) > plain and sorted(before) == sorted(after):
        yield context.say(rules.HOOK_TWICE, run, fault="sdk", at=second)


# fmt: off
PROBES = (
    Probe("hooks", _survives("hooks", _hooks), "sends lifecycle hooks", "survives, and is done with them",
          (rules.HOOK, rules.NO_RECEIPT), fatal=rules.HOOK),
    Probe("hook-twice", _hook_twice, "sends a hook twice", "survives, and handles it once",
          (rules.HOOK_TWICE, rules.HOOK), judge=hook_twice, fatal=rules.HOOK, needs=frozenset({"hooks", "duplicate"}),
          is_long=True),
    Probe("upstream-error",
          _survives("upstream-error", lambda _: (Packet(kind="error", payload=ERROR, label="an error packet"),)),
          "sends an error packet", "survives", (rules.UPSTREAM_ERROR, rules.GAP), fatal=rules.UPSTREAM_ERROR),
    Probe("unknown-kind",
          _survives("unknown-kind", lambda packet: (replace(packet, kind="sandbox.unknown", label="the unknown"),)),
          "sends a packet of a kind that nobody knows", "survives, and is done with it",
          (rules.UNKNOWN_KIND, rules.NO_RECEIPT), fatal=rules.UNKNOWN_KIND),
    Probe("empty-payload", _survives("empty-payload", lambda _: (Packet(payload={}, label="the empty packet"),)),
          "sends a packet without a member", "survives, and is done with it", (rules.EMPTY_PAYLOAD, rules.NO_RECEIPT),
          fatal=rules.EMPTY_PAYLOAD),
    Probe("signals-fail", _signals_fail, "takes the StepRun away, where the engram sends signals", "survives",
          (rules.SIGNAL_FAILS,), fatal=rules.SIGNAL_FAILS, applies=lambda plain: bool(plain.status.get("signals"))),
    Probe("burst", _burst, "sends 1,000 packets at once", "all of them are done", (rules.BURST,), judge=burst,
          fatal=rules.BURST, is_long=True, owns_receipts=True),
    Probe("large", _large, "sends a packet of 9 MiB", "survives", (rules.LARGE,), fatal=rules.LARGE, is_long=True),
)
# fmt: on
