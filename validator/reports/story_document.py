"""The trace of a story as JSON: what `story run --format json` prints."""

from __future__ import annotations

from collections.abc import Iterable

from validator.findings import Json
from validator.stories.runs.performers import Started
from validator.stories.runs.stage import Begun
from validator.stories.runs.traces import StepTrace, StoryTrace
from validator.suite.story_results import StoryRan

_SECOND = 1_000_000_000


def document(ran: StoryRan) -> dict[str, Json]:
    """One case with its trace and its findings."""
    fields: dict[str, Json] = {
        "story": ran.story,
        "case": ran.case or "generated",
        "outcome": str(ran.outcome),
        "verdict": ran.verdict,
        "findings": [
            {
                "rule": one.rule.code,
                "severity": str(one.severity),
                "message": one.message,
                "place": str(one.location),
                "step": one.subject.step,
                "evidence": dict(one.evidence),
            }
            for one in ran.findings
        ],
        "realSeconds": round(ran.seconds, 3),
    }
    if ran.trace is None:
        return fields | {"notKnown": ran.reason}
    return fields | {"trace": trace(ran.trace)}


def trace(one: StoryTrace) -> dict[str, Json]:
    """A run. But for `realSeconds` and `log`, the same story gives the same one, whatever its steps run in."""
    return {
        "story": one.story,
        "phase": one.phase,
        "reason": one.reason,
        "message": one.message,
        "evidence": one.evidence and str(one.evidence),
        "inputs": one.inputs,
        "inputsGenerated": one.generated_inputs,
        "output": one.output,
        "seconds": _seconds(one.ended),
        "realSeconds": round(one.seconds, 3),
        "steps": [_step(step) for step in one.steps],
        "neverEnds": [
            {"step": cause.step, "kind": cause.kind, "on": cause.on, "why": str(cause), "place": str(place)}
            for cause, place in one.causes
        ],
    }


def _step(step: StepTrace) -> dict[str, Json]:
    fields: dict[str, Json] = {
        "step": step.name,
        "kind": step.kind,
        "section": step.section,
        "phase": step.phase,
        "message": step.message,
        "started": _seconds(step.started),
        "finished": _seconds(step.finished),
        "evidence": step.evidence and str(step.evidence),
        "attempts": list(_attempts(step.attempts)),
        "given": step.given,
        "output": step.output,
        "place": str(step.location),
    }
    if step.failure is not None and step.failure.expression:
        failure = step.failure
        fields["failure"] = {
            "expression": failure.expression,
            "place": str(failure.location),
            "variables": dict(failure.variables),
        }
    if step.child is not None:
        fields["child"] = trace(step.child)
    return fields


def _attempts(attempts: Iterable[Begun]) -> Iterable[Json]:
    for one in attempts:
        ended = one.ended
        if ended is None:
            yield {"started": _seconds(one.started)}
            continue
        fields: dict[str, Json] = {
            "started": _seconds(one.started),
            "seconds": _seconds(one.delay),
            "evidence": str(ended.evidence),
            "phase": ended.phase,
            "exitCode": ended.exit_code,
            "exitClass": ended.exit_class,
            "message": ended.message,
            "realSeconds": round(ended.seconds, 3),
            "log": ended.log,
        }
        if ended.calls:
            fields["services"] = list(ended.calls)
        if ended.stories:
            fields["stories"] = [_story(story) for story in ended.stories]
        yield fields


def _story(story: Started) -> dict[str, Json]:
    """A story that an engram started; times count from the beginning of its attempt."""
    return {
        "story": story.story,
        "run": story.run,
        "decision": str(story.outcome),
        "reason": story.reason,
        "message": story.message,
        "inputs": story.inputs,
        "began": _seconds(story.began),
        "awaited": story.awaited,
        "deleted": story.deleted,
        "trace": None if story.trace is None else trace(story.trace),
    }


def _seconds(nanos: int | None) -> Json:
    if nanos is None:
        return None
    whole, rest = divmod(nanos, _SECOND)
    return nanos / _SECOND if rest else whole
