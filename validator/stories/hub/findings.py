"""What was lost in a run, as findings: each cause once for each way, with the line of the story behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from validator.findings import Finding, Location, Rule
from validator.rules import losses
from validator.sources.manifests import Step, Story
from validator.stories.hub.ledger import final
from validator.stories.hub.outcomes import Cause, Fate, Outcome

RULES: Mapping[Cause, Rule] = {cause: getattr(losses, cause.name) for cause in Cause}
"""The rule of each cause."""

_FIELDS: Mapping[Cause, tuple[str, ...]] = {
    Cause.INPUT_SCHEMA: ("runtime", "with"),
    Cause.EVALUATION: ("if", "runtime", "with"),
    Cause.MISSING_STEP: ("if", "runtime"),
    Cause.CONDITION: ("if",),
    Cause.OTHER_TRANSPORT: ("transport",),
    Cause.NEEDS_PRIMITIVE: ("needs",),
    Cause.JOIN_INCOMPLETE: ("needs",),
    Cause.NO_JOIN_KEY: ("needs",),
    Cause.HOOK: ("if",),
    Cause.READY_NEVER_SENT: ("if",),
    Cause.LISTED_EARLIER: ("needs",),
    Cause.ENGRAM_UNKNOWN: ("ref",),
}
"""The fields of the receiver that a cause is about, the likeliest first."""
_OF_SENDER = frozenset(
    {
        Cause.OUTPUT_SCHEMA,
        Cause.ID_IS_NOT_NAME,
        Cause.CONNECTOR,
        Cause.EMPTY,
        Cause.CHUNK,
        Cause.PEER_WITHOUT_ADDRESS,
        Cause.NO_STREAM,
    }
)
"""The causes that lie with the sender, whoever was to get the packet: told once for it."""


def findings(story: Story, outcomes: Iterable[Outcome]) -> Iterator[Finding]:
    """What became of the packets of a run, as far as it has a cause."""
    ways: dict[tuple[Cause, str, str], list[Outcome]] = {}
    for one in final(outcomes).values():
        cause = Cause.JOIN_INCOMPLETE if one.fate is Fate.JOINING else one.cause
        if cause is not None:
            target = "" if cause in _OF_SENDER and cause is not Cause.PEER_WITHOUT_ADDRESS else one.target
            ways.setdefault((cause, one.source, target), []).append(one)
    steps = {step.name: step for step in story.steps if step.name}
    for (cause, source, target), lost in ways.items():
        packets = len({one.packet for one in lost})
        yield RULES[cause].at(
            _place(story, steps, cause, source, target),
            replace(story.subject, step=source if cause in _OF_SENDER else target or source),
            evidence={"packet": lost[0].packet, "packets": packets, "seconds": lost[0].at},
            packets=f"{packets} packet{'s' if packets > 1 else ''}",
            source=source,
            target=target or source,
            detail=lost[0].detail or cause.text,
        )


def _place(story: Story, steps: Mapping[str, Step], cause: Cause, source: str, target: str) -> Location:
    step = steps.get(source if cause in _OF_SENDER else target) or steps.get(source)
    if step is None:
        return story.node.location
    fields = ("id",) if cause is Cause.ID_IS_NOT_NAME else _FIELDS.get(cause, ())
    nodes = (step.node.get(field) for field in fields)
    return next((node.location for node in nodes if node is not None), step.name_location)
