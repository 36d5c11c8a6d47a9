"""Where the packets of a realtime story went: as lines for people, as JSON, and as a sequence diagram in Mermaid."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from validator.findings import Json
from validator.reports.escapes import brief, inline
from validator.reports.escapes import markdown as prose
from validator.reports.mermaid import label
from validator.stories.hub.findings import RULES
from validator.stories.hub.ledger import final
from validator.stories.hub.outcomes import Delivery, Emission, Fate, Outcome
from validator.stories.hub.steps import HubStep
from validator.suite.realtime.judging import passes, view
from validator.suite.realtime.results import counted
from validator.suite.realtime.running import Ran

MOST_ARROWS = 60
"""Of a diagram: with more nobody sees anything."""
_SIGNS = {
    Fate.DELIVERED: "→",
    Fate.FILTERED: "○",
    Fate.BUFFERED: "…",
    Fate.JOINING: "…",
    Fate.UNKNOWN: "?",
}
_VALUE = 100


@dataclass(frozen=True, slots=True)
class Hop:
    """A packet on one way, and what the receiver gets."""

    outcome: Outcome
    delivery: Delivery | None
    root: str
    """The packet that everything began with."""
    template: Mapping[str, Json] | None
    """What the hub has evaluated for the receiver: its `runtime`, else its `with`."""

    @property
    def rule(self) -> str:
        """The code of the rule for its cause; empty where there is none."""
        return RULES[self.outcome.cause].code if self.outcome.cause is not None else ""


def hops(ran: Ran) -> tuple[Hop, ...]:
    """All ways of all packets, in the order in which they began."""
    parents = {one.packet.id: one.parent for one in ran.played.emissions if one.parent and one.parent != one.packet.id}
    steps = {step.name: step for step in ran.run.steps}
    delivered = {(one.packet.id, one.source, one.target): one for one in ran.played.deliveries}
    return tuple(
        Hop(outcome, delivered.get(way), _root(outcome.packet, parents), _template(steps.get(outcome.target)))
        for way, outcome in final(ran.played.outcomes).items()
    )


def _root(packet: str, parents: Mapping[str, str]) -> str:
    seen = {packet}
    while (parent := parents.get(packet)) is not None and parent not in seen:
        seen.add(parent)
        packet = parent
    return packet


def _template(step: HubStep | None) -> Mapping[str, Json] | None:
    return None if step is None else step.runtime if step.runtime is not None else step.with_


def text(ran: Ran, *, verbose: bool = False) -> str:
    """Each packet with its ways, then one line that says how the case went."""
    return "\n".join(_lines(ran, verbose))


def _lines(ran: Ran, verbose: bool) -> Iterator[str]:
    by_root: dict[str, list[Hop]] = {}
    for hop in hops(ran):
        by_root.setdefault(hop.root, []).append(hop)
    for root, ways in by_root.items():
        yield f"  {inline(root)}"
        for hop in ways:
            yield from _hop(hop, verbose)
    counts = counted(ran)
    verdict = "passed" if passes(ran.findings) else "FAILED"
    yield f"  {inline(ran.case.name)}: {verdict}, {counts}"


def _hop(hop: Hop, verbose: bool) -> Iterator[str]:
    outcome = hop.outcome
    sign = _SIGNS.get(outcome.fate, "✕")
    way = f"{inline(outcome.source)} {sign} {inline(outcome.target or 'nobody')}"
    why = f" [{hop.rule}] {brief(outcome.detail or outcome.cause.text, _VALUE)}" if outcome.cause is not None else ""
    fate = outcome.fate.value if outcome.fate is not Fate.DELIVERED else ""
    detail = f" {brief(outcome.detail, _VALUE)}" if outcome.cause is None and outcome.detail else ""
    yield f"    {outcome.at:7.2f}s  {way}  {fate}{why}{detail}".rstrip()
    if hop.delivery is None:
        return
    packet = hop.delivery.packet
    if packet.inputs is not None:
        yield f"{'':14}inputs {_value(dict(packet.inputs))}"
        if hop.template is not None:
            yield f"{'':14}  from {_value(dict(hop.template))}"
    if (verbose or packet.inputs is None) and packet.payload is not None:
        yield f"{'':14}payload {_value(dict(packet.payload))}"


def _value(value: Json) -> str:
    return brief(json.dumps(value, ensure_ascii=False), _VALUE)


def document(ran: Ran) -> dict[str, Json]:
    """The trace as JSON: what was put out, what became of it on each way, and what arrived."""
    return {
        "case": ran.case.name,
        "passed": passes(ran.findings),
        "seconds": ran.played.seconds,
        "emissions": [_emission(one) for one in ran.played.emissions],
        "packets": [_way(hop) for hop in hops(ran)],
        "findings": [
            {
                "rule": one.rule.code,
                "name": one.rule.name,
                "severity": one.severity.value,
                "message": one.message,
                "file": one.location.file,
                "line": one.location.line,
                "step": one.subject.step or None,
            }
            for one in ran.findings
        ],
    }


def _emission(one: Emission) -> dict[str, Json]:
    return {
        "from": one.source,
        "packet": one.packet.id,
        "answers": one.parent or None,
        "at": one.at,
        **view(one.packet),
    }


def _way(hop: Hop) -> dict[str, Json]:
    outcome = hop.outcome
    told: dict[str, Json] = {
        "root": hop.root,
        "packet": outcome.packet,
        "from": outcome.source,
        "to": outcome.target or None,
        "fate": outcome.fate.value,
        "at": outcome.at,
    }
    if outcome.cause is not None:
        told |= {"rule": hop.rule, "cause": outcome.cause.text, "row": outcome.cause.row or None}
    if outcome.detail:
        told["detail"] = outcome.detail
    if hop.delivery is not None:
        told["delivered"] = view(hop.delivery.packet)
        if hop.template is not None and hop.delivery.packet.inputs is not None:
            told["template"] = dict(hop.template)
    return told


def sequence(ran: Ran) -> str:
    """A sequence diagram: steps as lanes, packets as arrows, losses as crosses with their rule."""
    steps = [step.name for step in ran.run.steps if step.is_engram]
    numbers = {name: f"s{number}" for number, name in enumerate(steps)}
    lines = ["sequenceDiagram", *(f"  participant {short} as {label(name)}" for name, short in numbers.items())]
    drawn = [one for one in hops(ran) if one.outcome.source in numbers]
    for hop in drawn[:MOST_ARROWS]:
        outcome = hop.outcome
        source = numbers[outcome.source]
        target = numbers.get(outcome.target, source)
        arrow = "->>" if outcome.fate is Fate.DELIVERED else "-->>" if outcome.fate in _SIGNS else "-x"
        said = " ".join(filter(None, (outcome.packet, hop.rule if outcome.fate is not Fate.DELIVERED else "")))
        lines.append(f"  {source}{arrow}{target}: {label(said)}")
    if len(drawn) > MOST_ARROWS and steps:
        lines.append(f"  Note over s0: {len(drawn) - MOST_ARROWS} more")
    return "\n".join(lines)


def markdown(ran: Sequence[Ran]) -> str:
    """For a job summary: the diagram and the counts of each case."""
    parts: Iterable[str] = (
        f"### {prose(one.case.name)}: {'passed' if passes(one.findings) else 'failed'}\n\n{counted(one)}\n\n"
        f"```mermaid\n{sequence(one)}\n```"
        for one in ran
    )
    return "\n\n".join(parts)
