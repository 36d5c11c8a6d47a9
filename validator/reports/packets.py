"""Where the packets of a realtime story went: as lines for people, as JSON, and as a sequence diagram in Mermaid."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from validator.findings import Json
from validator.reports.escapes import brief, inline
from validator.reports.escapes import markdown as prose
from validator.reports.mermaid import label
from validator.stories.hub.findings import RULES
from validator.stories.hub.outcomes import Emission, HopStatus
from validator.suite.realtime.conversation import Conversation, Hop, hops, logs
from validator.suite.realtime.judging import passes, view
from validator.suite.realtime.results import counted
from validator.suite.realtime.running import Ran
from validator.suite.results import CaseResult, Outcome

MOST_ARROWS = 60
"""Of a diagram: with more nobody sees anything."""
_SIGNS = {
    HopStatus.DELIVERED: "→",
    HopStatus.FILTERED: "○",
    HopStatus.BUFFERED: "…",
    HopStatus.JOINING: "…",
    HopStatus.UNKNOWN: "?",
}
_VALUE = 100


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
    sign = _SIGNS.get(outcome.status, "✕")
    way = f"{inline(outcome.source)} {sign} {inline(outcome.target or 'no step')}"
    why = f" [{hop.rule}] {brief(outcome.detail or outcome.cause.text, _VALUE)}" if outcome.cause is not None else ""
    status = outcome.status.value if outcome.status is not HopStatus.DELIVERED else ""
    detail = f" {brief(outcome.detail, _VALUE)}" if outcome.cause is None and outcome.detail else ""
    yield f"    {outcome.at:7.2f}s  {way}  {status}{why}{detail}".rstrip()
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


def document(row: CaseResult, ran: Ran) -> dict[str, Json]:
    """The trace as JSON: what was put out, what became of it on each way, what arrived, and what engrams wrote."""
    evidence = row.properties.get("evidence", "")
    real = evidence == "real" or row.outcome is Outcome.FAILED
    return {
        "story": row.subject.name,
        "case": ran.case.name,
        "outcome": str(row.outcome),
        "verdict": row.outcome.words if real else f"{row.outcome.words} ({evidence})",
        "evidence": evidence,
        "passed": passes(ran.findings),
        "seconds": ran.played.seconds,
        "realSeconds": round(ran.seconds, 3),
        "fates": dict(_status_counts(ran)),
        "losses": list(_losses(ran)),
        "emissions": [_emission(one) for one in ran.played.emissions],
        "packets": [_way(hop) for hop in hops(ran)],
        "logs": [{"step": one.step, "at": one.at if one.at >= 0 else None, "line": one.text} for one in logs(ran)],
        "errors": [error.message for error in ran.errors],
        "findings": [
            {
                "rule": one.rule.code,
                "name": one.rule.name,
                "severity": one.severity.value,
                "message": one.message,
                "file": one.location.file,
                "line": one.location.line,
                "place": str(one.location),
                "step": one.subject.step or None,
                "evidence": dict(one.evidence),
            }
            for one in ran.findings
        ],
    }


def _status_counts(ran: Ran) -> Iterator[tuple[str, Json]]:
    """How many deliveries ended how: all of them, also those that are not kept."""
    ways = ran.played.account.ways
    for status in HopStatus:
        if count := sum(count for kind, count in ways.items() if kind[2] is status):
            yield status.value, count


def _losses(ran: Ran) -> Iterator[dict[str, Json]]:
    """On which edges packets were lost, by what, and how many."""
    for (source, target, status, cause), count in ran.played.account.ways.items():
        if cause is not None and count and status is not HopStatus.FILTERED:
            entry: dict[str, Json] = {"from": source, "to": target or None, "fate": status.value}
            yield entry | {"rule": RULES[cause].code, "cause": cause.text, "row": cause.row or None, "count": count}


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
    row: dict[str, Json] = {
        "root": hop.root,
        "packet": outcome.packet,
        "from": outcome.source,
        "to": outcome.target or None,
        "fate": outcome.status.value,
        "at": outcome.at,
    }
    if outcome.cause is not None:
        row |= {"rule": hop.rule, "cause": outcome.cause.text, "row": outcome.cause.row or None}
    if outcome.detail:
        row["detail"] = outcome.detail
    if hop.delivery is not None:
        row["delivered"] = view(hop.delivery.packet)
        if hop.template is not None and hop.delivery.packet.inputs is not None:
            row["template"] = dict(hop.template)
    return row


def sequence(shown: Conversation) -> str:
    """A sequence diagram: steps as lanes, packets as arrows, losses as crosses with their rule."""
    numbers = {name: f"s{number}" for number, name in enumerate(shown.lanes)}
    lines = ["sequenceDiagram", *(f"  participant {short} as {label(name)}" for name, short in numbers.items())]
    ways = [one for one in shown.ways if one.source in numbers]
    for way in ways[:MOST_ARROWS]:
        source = numbers[way.source]
        target = numbers.get(way.target, source)
        arrow = "->>" if way.status is HopStatus.DELIVERED else "-->>" if way.status in _SIGNS else "-x"
        text = " ".join(filter(None, (way.packet, way.rule if way.status is not HopStatus.DELIVERED else "")))
        lines.append(f"  {source}{arrow}{target}: {label(text)}")
    if len(ways) > MOST_ARROWS and numbers:
        lines.append(f"  Note over s0: {len(ways) - MOST_ARROWS} more")
    return "\n".join(lines)


def markdown(shown: Sequence[Conversation]) -> str:
    """For a job summary: the diagram and the counts of each case."""
    parts: Iterable[str] = (
        f"### {prose(one.case)}: {'passed' if one.passed else 'failed'}\n\n{one.counts}\n\n"
        f"```mermaid\n{sequence(one)}\n```"
        for one in shown
    )
    return "\n\n".join(parts)
