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
from validator.stories.hub.outcomes import HopStatus
from validator.suite.realtime.conversation import Conversation, LogLine, Way, conversation
from validator.suite.realtime.running import Ran

MOST_ROWS = 20_000
_LONGEST = 20_000
_KINDS = {
    HopStatus.DELIVERED: "delivered",
    HopStatus.FILTERED: "filtered",
    HopStatus.BUFFERED: "waiting",
    HopStatus.JOINING: "waiting",
    HopStatus.UNKNOWN: "waiting",
}


def render(ran: Sequence[Ran]) -> str:
    """The page of some cases. Everything that comes from engrams and manifests is escaped."""
    parts = {
        "style": _asset("packets.css") + _asset("html/sequence.css"),
        "cases": "".join(section(conversation("", one), _findings(one)) for one in ran),
    }
    page = _asset("packets.html")
    for name, part in parts.items():
        page = page.replace(f"<!-- {name} -->", part)
    return page


def _asset(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def section(shown: Conversation, note: str = "", most: int = MOST_ROWS) -> str:
    """One case: its lanes, and below them each packet and each line of a log, in the order in which they came."""
    heads = "".join(f"<span>{_text(name)}</span>" for name in shown.lanes)
    rows = "".join(_row(row, shown.lanes) for row in shown.rows[:most])
    more = f"<p>{len(shown.rows) - most} more rows are not shown.</p>" if len(shown.rows) > most else ""
    verdict = "passed" if shown.passed else "failed"
    return (
        f'<section class="sequence" style="--lanes: {max(1, len(shown.lanes))}">'
        f"<h3>{_text(shown.case)}: {verdict}</h3><p>{_text(shown.counts)}</p>{note}"
        '<p><label><input type="checkbox" class="only-lost"> only what did not arrive</label> '
        '<label><input type="checkbox" class="with-logs" checked> logs of the engrams, in their lanes</label></p>'
        f'<div class="head"><span>time</span><div class="lanes">{heads}</div><span>what became of it</span></div>'
        f"{rows}{more}</section>"
    )


def _findings(ran: Ran) -> str:
    entries = "".join(
        f'<li class="{one.severity.value}"><code>{_text(one.rule.code)}</code> {_text(one.message)} '
        f"<span>{_text(str(one.location))}</span></li>"
        for one in ran.findings
    )
    return f"<ul>{entries}</ul>" if entries else ""


def _row(row: Way | LogLine, lanes: Sequence[str]) -> str:
    return _way(row, lanes) if isinstance(row, Way) else _log(row, lanes)


def _way(way: Way, lanes: Sequence[str]) -> str:
    kind = _KINDS.get(way.status, "lost")
    summary = f"{way.packet} from {way.source} to {way.target or 'no step'}: {way.status.value}"
    why = " ".join(filter(None, (way.rule, way.detail or way.cause)))
    return (
        f'<details class="{kind}"><summary aria-label="{_text(summary)}"><span>{way.at:.2f} s</span>'
        f'<div class="lanes">{_arrow(way, lanes)}</div><span>{_text(way.status.value)} {_text(why)}</span></summary>'
        f"<dl>{''.join(_facts(way))}</dl></details>"
    )


def _arrow(way: Way, lanes: Sequence[str]) -> str:
    """From lane to lane; what has no lane begins or ends at the other end."""
    places = [lanes.index(name) for name in (way.source, way.target) if name in lanes] or [0]
    first, last = min(places), max(places)
    leftwards = len(places) == 2 and places[0] > places[1]
    name = _text(cut(way.packet, 60))
    place = f"grid-column: {first + 1} / {last + 2}; --span: {last - first + 1}"
    return f'<span class="arrow{" left" if leftwards else ""}" style="{place}">{name}</span>'


def _facts(way: Way) -> Iterator[str]:
    yield _fact("packet", f"{way.packet}, which began with {way.root}")
    if way.cause:
        yield _fact("cause", way.cause)
    if way.template is not None:
        yield _fact("template", _json(way.template))
    if isinstance(way.delivered, dict):
        for name, value in way.delivered.items():
            if value not in (None, {}):
                yield _fact(name, _json(value))


def _log(line: LogLine, lanes: Sequence[str]) -> str:
    """In the lane of its engram; the time is real, not virtual."""
    at = f"{line.at:.2f} s" if line.at >= 0 else ""
    lane = lanes.index(line.step) + 1 if line.step in lanes else 1
    return (
        f'<div class="log"><span>{at}</span><div class="lanes"><span style="grid-column: {lane}">{_text(line.step)}'
        f"</span></div><code>{_text(cut(line.text, 500))}</code></div>"
    )


def _fact(name: str, value: str) -> str:
    return f"<dt>{_text(name)}</dt><dd><pre>{_text(value)}</pre></dd>"


def _json(value: Json | Mapping[str, Json]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _text(value: str) -> str:
    return html.escape(visible(cut(value, _LONGEST)))
