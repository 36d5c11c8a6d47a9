"""What a case expects of edges and steps, held against what was delivered and put out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from validator.findings import Finding, Json, Location, Severity
from validator.rules import losses
from validator.sources.manifests import Story
from validator.stories.hub.accounts import Account
from validator.stories.hub.findings import RULES, findings
from validator.stories.hub.ledger import LOST
from validator.stories.hub.outcomes import Cause, HopStatus
from validator.stories.hub.packets import Packet
from validator.stories.hub.places import Manifests
from validator.stories.hub.play import Played
from validator.suite.expectations import differences
from validator.suite.realtime.cases import Case

_HIDDEN = frozenset({"traceparent", "storyrun-name", "storyrun-namespace", "current-step-id"})
"""Metadata that the run itself adds."""


def judge(
    manifests: Manifests,
    case: Case,
    played: Played,
    timed_out: Sequence[str] = (),
    unheard: Mapping[str, int] = MappingProxyType({}),
    others: Sequence[tuple[str, str]] = (),
) -> tuple[Finding, ...]:
    """Everything that is to be said of a run: where packets went, and what is not as the case expects it."""
    story = manifests.story
    found = (
        *_losses(manifests, case, played),
        *_unexpected_losses(story, case, played.account),
        *_edges(story, case, played),
        *_outputs(story, case, played),
        *_mocks(story, case, played),
        *_late(story, case, timed_out),
        *_unheard(story, case, unheard),
        *_others(story, case, others),
    )
    return tuple(replace(one, subject=replace(one.subject, case=case.name)) for one in found)


def _losses(manifests: Manifests, case: Case, played: Played) -> Iterator[Finding]:
    """Where packets were lost; what the case says may be lost is worth a note."""
    for one in findings(manifests, played.outcomes, played.account.ways):
        expected = bool({one.rule.code, one.rule.name} & case.lost)
        yield replace(one, severity=Severity.NOTE) if expected else one


def passes(found: Iterable[Finding]) -> bool:
    """Whether nothing was found that fails a case."""
    return not any(one.severity is Severity.ERROR for one in found)


def allowed(case: Case, cause: Cause | None) -> bool:
    """Whether the case says that packets may be lost by this cause."""
    return cause is not None and bool({RULES[cause].code, RULES[cause].name} & case.lost)


def _is_unexpected(case: Case, status: HopStatus, cause: Cause | None) -> bool:
    """Whether a packet that ends like this was lost, or still waits, and the case does not say so."""
    if status in (HopStatus.BUFFERED, HopStatus.JOINING):
        return not allowed(case, cause) and not allowed(case, _waits(status))
    return status in LOST and cause is not Cause.FAULT and not allowed(case, cause)


def _waits(status: HopStatus) -> Cause | None:
    return {HopStatus.JOINING: Cause.JOIN_INCOMPLETE, HopStatus.BUFFERED: Cause.BUFFER_FULL}.get(status)


def _unexpected_losses(story: Story, case: Case, account: Account) -> Iterator[Finding]:
    causes: Counter[str] = Counter()
    for (_, _, status, cause), count in account.ways.items():
        if _is_unexpected(case, status, cause):
            causes[RULES[cause].code if cause is not None else status.value] += count
    if not causes:
        return
    gone = {one.packet for one in account.outcomes if _is_unexpected(case, one.status, one.cause)}
    known = sum(1 for one in account.outcomes if _is_unexpected(case, one.status, one.cause))
    packets = _counted(len(gone)) if known == causes.total() else f"at least {_counted(len(gone))}"
    yield losses.PACKETS_LOST.at(
        case.location or story.node.location,
        story.subject,
        anchor=(case.name,),
        case=case.name,
        packets=packets,
        causes=", ".join(f"{cause} on {_counted(count, 'way')}" for cause, count in sorted(causes.items())),
    )


def _edges(story: Story, case: Case, played: Played) -> Iterator[Finding]:
    for edge in case.edges:
        way = edge.source, edge.target
        came = [one.packet for one in played.deliveries if (one.source, one.target) == way]
        total = played.account.delivered.get(way, 0)
        problem = _problem(edge.count, total, edge.packets, came, ordered=edge.ordered)
        if problem:
            yield losses.EDGE_DIFFERS.at(
                _step(story, edge.target),
                replace(story.subject, step=edge.target),
                anchor=(case.name, edge.source),
                case=case.name,
                source=edge.source,
                target=edge.target,
                problem=problem,
            )


def _outputs(story: Story, case: Case, played: Played) -> Iterator[Finding]:
    for step in case.outputs:
        sent = [one.packet for one in played.emissions if one.source == step.step]
        total = played.account.emitted.get(step.step, 0)
        problem = _problem(step.count, total, step.packets, sent, ordered=step.ordered)
        if problem:
            yield losses.STEP_DIFFERS.at(
                _step(story, step.step),
                replace(story.subject, step=step.step),
                anchor=(case.name,),
                case=case.name,
                step=step.step,
                problem=problem,
            )


def _mocks(story: Story, case: Case, played: Played) -> Iterator[Finding]:
    for problem in played.problems:
        yield losses.MOCK_FAILS.at(
            case.location or story.node.location,
            story.subject,
            anchor=(case.name, problem),
            case=case.name,
            problem=problem,
        )


def _late(story: Story, case: Case, steps: Sequence[str]) -> Iterator[Finding]:
    for step in steps:
        yield losses.NEVER_AT_REST.at(
            _step(story, step), replace(story.subject, step=step), anchor=(case.name,), case=case.name, step=step
        )


def _unheard(story: Story, case: Case, steps: Mapping[str, int]) -> Iterator[Finding]:
    for step, count in steps.items():
        if count:
            yield losses.SENT_AFTER_END.at(
                _step(story, step),
                replace(story.subject, step=step),
                anchor=(case.name,),
                case=case.name,
                step=step,
                packets=_counted(count),
            )


def _others(story: Story, case: Case, steps: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    for step, problem in steps:
        yield losses.OTHER_PACKETS.at(
            _step(story, step),
            replace(story.subject, step=step),
            anchor=(case.name,),
            case=case.name,
            step=step,
            problem=problem,
        )


def _problem(
    count: int | None, total: int, expected: Sequence[Mapping[str, Json]], found: Sequence[Packet], *, ordered: bool
) -> str:
    """How packets differ from what is expected; empty when they do not. `total` is how many there were."""
    if count is not None and total != count:
        return f"expected {_counted(count)}, found {total}"
    views = [view(packet) for packet in found]
    if ordered:
        for number, (one, other) in enumerate(zip(expected, views, strict=False), 1):
            if problem := _difference(one, other):
                return f"packet {number}: {problem}"
        return f"expected {_counted(len(expected))}, found {len(views)}" if len(views) < len(expected) else ""
    free = list(views)
    for number, one in enumerate(expected, 1):
        match = next((other for other in free if not _difference(one, other)), None)
        if match is None:
            nearest = f": {_difference(one, free[0])}" if free else ": none came"
            return f"no packet is what packet {number} of the expectation says{nearest}"
        free.remove(match)
    return ""


def view(packet: Packet) -> dict[str, Json]:
    """A packet as an expectation sees it."""
    shown: dict[str, Json] = {
        "payload": dict(packet.payload) if packet.payload is not None else None,
        "inputs": dict(packet.inputs) if packet.inputs is not None else None,
        "metadata": {key: value for key, value in packet.metadata.items() if key not in _HIDDEN},
    }
    if packet.frame is not None:
        shown |= {"frame": packet.frame.kind, "bytes": packet.frame.size}
    return shown


def _difference(expected: Mapping[str, Json], found: Mapping[str, Json]) -> str:
    for name, value in expected.items():
        for one in differences(value, found.get(name), (name,), partial=name == "metadata"):
            path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in one.path)
            return f"`{path.removeprefix('.')}`: {one.problem}"
    return ""


def _step(story: Story, name: str) -> Location:
    return next((step.name_location for step in story.steps if step.name == name), story.node.location)


def _counted(count: int, what: str = "packet") -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
