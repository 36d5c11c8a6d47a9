"""What was lost in a run, as findings: each cause once for each way, with the line of the story behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from validator.findings import Finding, Location, Related, Rule
from validator.rules import losses
from validator.sources.manifests import Step
from validator.sources.node import Node
from validator.stories.hub.accounts import Kind, kind_of
from validator.stories.hub.ledger import final
from validator.stories.hub.outcomes import Cause, HopStatus, Outcome
from validator.stories.hub.places import Manifests, Place

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
_SETTINGS: Mapping[Cause, tuple[str, ...]] = {
    Cause.ROUTING_RULE: ("routing", "rules"),
    Cause.MAX_DOWNSTREAMS: ("routing", "maxDownstreams"),
    Cause.BUFFER_FULL: ("backpressure", "buffer"),
    Cause.EVICTED: ("backpressure", "buffer"),
}
"""The settings of a transport that a cause is about."""
_OF_RECEIVER = frozenset({Cause.BUFFER_FULL, Cause.EVICTED})
"""The causes that lie in the receiver's transport; the others lie in the sender's."""


def findings(
    manifests: Manifests, outcomes: Iterable[Outcome], counts: Mapping[Kind, int] = MappingProxyType({})
) -> Iterator[Finding]:
    """What became of the packets of a run, as far as it has a cause; `counts` has those that are not kept."""
    ways: dict[tuple[Cause, str, str, Place | None], list[Outcome]] = {}
    last = final(outcomes).values()
    by_kind = Counter(map(kind_of, last))
    for one in last:
        cause = Cause.JOIN_INCOMPLETE if one.status is HopStatus.JOINING else one.cause
        if cause is not None:
            target = "" if cause in _OF_SENDER and cause is not Cause.PEER_WITHOUT_ADDRESS else one.target
            ways.setdefault((cause, one.source, target, one.place), []).append(one)
    for (cause, source, target, place), lost in ways.items():
        forgotten = max(max(0, counts.get(kind, 0) - by_kind[kind]) for kind in map(kind_of, lost))
        packets = len({one.packet for one in lost}) + forgotten
        location, related = _located(manifests, cause, source, target, lost[0])
        yield RULES[cause].at(
            location,
            replace(manifests.story.subject, step=source if cause in _OF_SENDER else target or source),
            anchor=place.path if place is not None else (),
            evidence={"packet": lost[0].packet, "packets": packets, "seconds": lost[0].at},
            related=related,
            packets=f"{packets} packet{'s' if packets > 1 else ''}",
            source=source,
            target=target or source,
            detail=lost[0].detail or cause.text,
        )


def _located(
    manifests: Manifests, cause: Cause, source: str, target: str, lost: Outcome
) -> tuple[Location, tuple[Related, ...]]:
    """The line behind a loss: a template, a setting or a keyword, else the step; and the schema that it breaks."""
    step = manifests.step(source if cause in _OF_SENDER else target) or manifests.step(source)
    if step is None:
        return manifests.story.node.location, ()
    place, setting = lost.place, _setting(manifests, cause, source, target, lost)
    if setting is not None:
        return setting.location, ()
    if place is None:
        return _field(step, cause), ()
    field, keyword = manifests.field(place), manifests.keyword(place)
    if place.schema == "outputSchema" and keyword is not None:
        return keyword.location, (Related(step.name_location, f"the step `{step.name}`"),)
    related = (Related(keyword.location, f"the {place.schema} of step `{place.step}`"),) if keyword is not None else ()
    if field is not None:
        return field.location, related
    behind = manifests.step(place.step) or step
    return behind.name_location, related


def _setting(manifests: Manifests, cause: Cause, source: str, target: str, lost: Outcome) -> Node | None:
    """What a story says of the transport, for the causes that lie there."""
    if cause not in _SETTINGS:
        return None
    step = manifests.step(target if cause in _OF_RECEIVER else source)
    transport = step.node.get("transport") if step is not None else None
    if transport is None or not transport.text:
        return None
    rule = lost.detail if cause is Cause.ROUTING_RULE else ""
    return manifests.setting(transport.text, _SETTINGS[cause], rule)


def _field(step: Step, cause: Cause) -> Location:
    fields = ("id",) if cause is Cause.ID_IS_NOT_NAME else _FIELDS.get(cause, ())
    nodes = (step.node.get(field) for field in fields)
    return next((node.location for node in nodes if node is not None), step.name_location)
