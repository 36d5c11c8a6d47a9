"""Where the packets of realtime stories went, as one page: steps as lanes, packets as arrows, losses with their cause.

The page has no script and needs no network: each way is a `details` element, so it is read by keyboard, and what is out
of sight is not laid out, so it may have thousands.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from validator.findings import Json
from validator.reports.escapes import cut, visible
from validator.reports.packets import Hop, hops
from validator.stories.hub.outcomes import Fate
from validator.suite.realtime.judging import passes, view
from validator.suite.realtime.running import Ran

MOST_WAYS = 20_000
_LONGEST = 20_000
_KINDS = {
    Fate.DELIVERED: "delivered",
    Fate.FILTERED: "filtered",
    Fate.BUFFERED: "waiting",
    Fate.JOINING: "waiting",
    Fate.UNKNOWN: "waiting",
}


def render(ran: Sequence[Ran]) -> str:
    """The page of some cases. Everything that comes from engrams and manifests is escaped."""
    parts = {"style": _asset("packets.css"), "cases": "".join(_case(one) for one in ran)}
    page = _asset("packets.html")
    for name, part in parts.items():
        page = page.replace(f"<!-- {name} -->", part)
    return page


def _asset(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _case(ran: Ran) -> str:
    lanes = [step.name for step in ran.run.steps if step.is_engram]
    ways = hops(ran)
    heads = "".join(f"<span>{_text(name)}</span>" for name in lanes)
    rows = "".join(_way(hop, lanes) for hop in ways[:MOST_WAYS])
    more = f"<p>{len(ways) - MOST_WAYS} more ways are not shown.</p>" if len(ways) > MOST_WAYS else ""
    verdict = "passed" if passes(ran.findings) else "failed"
    return (
        f'<section style="--lanes: {max(1, len(lanes))}"><h2>{_text(ran.case.name)}: {verdict}</h2>'
        f"{_findings(ran)}"
        f'<div class="head"><span>time</span><div class="lanes">{heads}</div><span>what became of it</span></div>'
        f"{rows}{more}{_logs(ran)}</section>"
    )


def _findings(ran: Ran) -> str:
    entries = "".join(
        f'<li class="{one.severity.value}"><code>{_text(one.rule.code)}</code> {_text(one.message)} '
        f"<span>{_text(str(one.location))}</span></li>"
        for one in ran.findings
    )
    return f"<ul>{entries}</ul>" if entries else ""


def _way(hop: Hop, lanes: Sequence[str]) -> str:
    outcome = hop.outcome
    kind = _KINDS.get(outcome.fate, "lost")
    said = f"{outcome.packet} from {outcome.source} to {outcome.target or 'nobody'}: {outcome.fate.value}"
    why = " ".join(filter(None, (hop.rule, outcome.detail or (outcome.cause.text if outcome.cause else ""))))
    return (
        f'<details class="{kind}"><summary aria-label="{_text(said)}"><span>{outcome.at:.2f} s</span>'
        f'<div class="lanes">{_arrow(hop, lanes)}</div><span>{_text(outcome.fate.value)} {_text(why)}</span></summary>'
        f"<dl>{''.join(_facts(hop))}</dl></details>"
    )


def _arrow(hop: Hop, lanes: Sequence[str]) -> str:
    """From lane to lane; what has no lane begins or ends at the other end."""
    places = [lanes.index(name) for name in (hop.outcome.source, hop.outcome.target) if name in lanes] or [0]
    first, last = min(places), max(places)
    leftwards = len(places) == 2 and places[0] > places[1]
    name = _text(cut(hop.outcome.packet, 60))
    place = f"grid-column: {first + 1} / {last + 2}; --span: {last - first + 1}"
    return f'<span class="arrow{" left" if leftwards else ""}" style="{place}">{name}</span>'


def _facts(hop: Hop) -> Iterator[str]:
    yield _fact("packet", f"{hop.outcome.packet}, which began with {hop.root}")
    if hop.outcome.cause is not None:
        yield _fact("cause", hop.outcome.cause.text)
    if hop.template is not None:
        yield _fact("template", _json(hop.template))
    if hop.delivery is not None:
        for name, value in view(hop.delivery.packet).items():
            if value not in (None, {}):
                yield _fact(name, _json(value))


def _logs(ran: Ran) -> str:
    """What each engram has written."""
    parts = []
    for step, runs in ran.pods.items():
        lines = "\n".join(line.text for run in runs for line in run.logs)
        if lines:
            parts.append(
                f'<details class="log"><summary>log of {_text(step)}</summary><pre>{_text(lines)}</pre></details>'
            )
    return "".join(parts)


def _fact(name: str, value: str) -> str:
    return f"<dt>{_text(name)}</dt><dd><pre>{_text(value)}</pre></dd>"


def _json(value: Json | Mapping[str, Json]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _text(value: str) -> str:
    return html.escape(visible(cut(value, _LONGEST)))
