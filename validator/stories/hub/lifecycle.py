"""Hooks on their way to the steps that take them, and those that never come (story-run.md, B8)."""

from __future__ import annotations

from collections.abc import Collection

from validator.stories.hub.evaluation import BlockedError, EvaluationError, Variables, holds, runtime, static
from validator.stories.hub.hooks import STORY_READY, consumers, hook, passed_over
from validator.stories.hub.outcomes import Cause, HopStatus, Outcome
from validator.stories.hub.run import Run
from validator.stories.hub.walk import ClosedError, Sender
from validator.templates.errors import UnsupportedError

SOURCE = "hub"
"""The source of a hook."""


def emit(run: Run, event: str, origin: str, sender: Sender, at: float) -> tuple[list[Outcome], bool]:
    """Send a hook to its consumers; what became of it, and whether anybody was sent it."""
    packet = hook(event, run.name, run.namespace, origin, at)
    variables = Variables(run.inputs, packet.payload or {})
    outcomes = [
        Outcome(
            packet.id, SOURCE, step.name, HopStatus.DROPPED, at, Cause.HOOK, f"the `if` of an engram must name {event}"
        )
        for step in passed_over(run.steps, event)
    ]
    sent = False
    for step in consumers(run.steps, event):
        try:
            if not holds(step.condition, variables):
                outcomes.append(
                    Outcome(packet.id, SOURCE, step.name, HopStatus.FILTERED, at, Cause.CONDITION, step.condition)
                )
                continue
            inputs = None
            if step.runtime is not None:
                inputs = runtime(step.runtime, variables)
            elif step.with_ is not None:
                inputs = static(step.with_, run.inputs)
            forwarded = packet.forwarded(step.id, run.name, run.namespace, inputs=inputs)
            outcomes += sender.hand_over(step, forwarded, SOURCE, (), at)
            sent = True
        except UnsupportedError as error:
            outcomes.append(Outcome(packet.id, SOURCE, step.name, HopStatus.UNKNOWN, at, None, error.reason))
        except (BlockedError, EvaluationError, ClosedError) as error:
            outcomes.append(Outcome(packet.id, SOURCE, step.name, HopStatus.DROPPED, at, Cause.HOOK, str(error)))
    return outcomes, sent


def never_sent(run: Run, emitted: Collection[str], connected: Collection[str], at: float) -> list[Outcome]:
    """The steps that wait for `storyrun.ready`, when it never came."""
    if STORY_READY in emitted:
        return []
    streaming = [step for step in run.steps if step.is_engram and step.transport]
    absent = [step.name for step in streaming if step.id not in connected]
    direct = [name for name in absent if run.topology.routes[name].peer is not None]
    if direct:
        detail = f"{', '.join(direct)} {'send' if len(direct) > 1 else 'sends'} directly"
    else:
        detail = f"no stream of {', '.join(absent)}" if absent else "no step names a transport"
    cause = Cause.READY_NEVER_SENT if direct else Cause.HOOK
    return [
        Outcome(f"hook {STORY_READY}", SOURCE, step.name, HopStatus.DROPPED, at, cause, detail)
        for step in consumers(run.steps, STORY_READY)
    ]
