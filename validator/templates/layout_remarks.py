"""Layouts of dates in the letters of other languages: Go writes its reference time, 2006-01-02 15:04:05.

Source: Go 1.26 package time, "Layout"; templating.md, section 14 (date layout).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from validator.findings import Json
from validator.templates import syntax
from validator.templates.layouts import chunks
from validator.templates.operands import Call
from validator.templates.reach import Oddity, Remark

_FUNCTIONS = frozenset({"date", "dateInZone", "date_in_zone", "toDate", "mustToDate"})
"""Functions whose first argument is a layout."""
_MEANT = {
    **{"YYYY": "2006", "yyyy": "2006", "YY": "06", "yy": "06", "%Y": "2006", "%y": "06"},
    **{"MMMM": "January", "MMM": "Jan", "MM": "01", "%m": "01", "%B": "January", "%b": "Jan"},
    **{"DD": "02", "dd": "02", "%d": "02", "%A": "Monday", "%a": "Mon"},
    **{"HH": "15", "hh": "03", "%H": "15", "%I": "03", "mm": "04", "%M": "04", "ss": "05", "SS": "05", "%S": "05"},
}
"""What Go writes for the letters of others."""
_FOREIGN = re.compile(
    r"(?<![A-Za-z])(?:" + "|".join(sorted((k for k in _MEANT if k[0] != "%"), key=len, reverse=True)) + r")(?![A-Za-z])"
    r"|%[YymBbdAaHIMS]"
)


def remarks_on_layouts(call: Call) -> Iterator[Remark]:
    """A layout with letters that Go prints as they are, or with nothing that stands for a part of a time."""
    if call.name not in _FUNCTIONS or not call.nodes or not isinstance(call.nodes[0], syntax.String):
        return
    node, layout = call.nodes[0], call.nodes[0].value
    parts = chunks(layout)
    literal = "\n".join(text for text, _ in parts)
    says_something = any(element for _, element in parts)
    foreign = _FOREIGN.search(literal)
    if not layout.strip() or (says_something and foreign is None):
        return
    meant = _FOREIGN.sub(lambda match: _MEANT[match[0]], layout) if foreign is not None else ""
    facts: dict[str, Json] = {"function": call.name, "layout": layout, "meant": meant}
    yield Remark(Oddity.LAYOUT, node.start, node.end, facts)
