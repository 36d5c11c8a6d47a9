"""What is wrong with a call of `printf`: Go prints `%!d(float64=3)` and the like, and goes on.

Source: Go 1.26 package fmt, "Format errors"; templating.md, sections 3.2 and 3.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from validator.findings import Json
from validator.templates import syntax
from validator.templates.operands import Call, Operand
from validator.templates.printing import PLAIN, show
from validator.templates.reach import Oddity, Remark
from validator.templates.types import Alternative
from validator.templates.values import Value

_DIRECTIVE = re.compile(r"%[#0+\- ]*\d*(?:\.\d*)?(?P<verb>.)?", re.DOTALL)
_COMPUTED = re.compile(r"%[^a-zA-Z%]*[\[*]")
"""Widths and indexes that are arguments themselves: not looked at."""
_SAMPLES: dict[str, Value] = {"string": "text", "float64": 7.0, "int": 1, "int64": 1, "bool": True}
"""A value of each Go type that prints by the same verbs as all others of it."""


@dataclass(frozen=True, slots=True)
class _Directive:
    start: int
    end: int
    """Where it stands in the format."""
    verb: str
    """Empty at the end of the format."""


def remarks_on_printf(call: Call) -> Iterator[Remark]:
    """Verbs that do not print their argument, verbs without one, and arguments without a verb."""
    if not call.nodes or not isinstance(call.nodes[0], syntax.String):
        return
    node, text = call.nodes[0], call.nodes[0].value
    if _COMPUTED.search(text):
        return
    directives = [
        _Directive(match.start(), match.end(), match["verb"] or "")
        for match in _DIRECTIVE.finditer(text)
        if match["verb"] != "%"
    ]
    values = call.arguments[1:]
    for index, directive in enumerate(directives):
        value = values[index] if index < len(values) else None
        printed = _printed(directive, value)
        if printed:
            written = text[directive.start : directive.end]
            kinds: list[Json] = [*sorted(value.type.kinds)] if value is not None else []
            facts: dict[str, Json] = {"directive": written, "printed": printed, "kinds": kinds}
            yield Remark(Oddity.FORMAT, *_place(node, directive), facts)
    for extra in values[len(directives) :]:
        yield Remark(Oddity.FORMAT, extra.start, extra.end, {"directive": "", "printed": "%!(EXTRA …)", "kinds": []})


def _printed(directive: _Directive, value: Operand | None) -> str:
    """What is printed in place of the value; empty where nothing is wrong, or it depends."""
    if not directive.verb:
        return "%!(NOVERB)"
    if value is None:
        return f"%!{directive.verb}(MISSING)"
    if value.type.unknown or not value.type.alternatives:
        return ""
    shown = [_shown(directive.verb, alternative) for alternative in value.type.alternatives]
    return shown[0] if all(shown) else ""


def _shown(verb: str, alternative: Alternative) -> str:
    sample = _SAMPLES.get(alternative.go)
    if sample is None or verb == "p":
        return ""
    shown = show(sample, verb, PLAIN)
    return shown if shown.startswith("%!") else ""


def _place(node: syntax.String, directive: _Directive) -> tuple[int, int]:
    """The directive itself, where the quotation has no escapes; else all of the quotation."""
    if node.end - node.start != len(node.value) + 2:
        return node.start, node.end
    return node.start + 1 + directive.start, node.start + 1 + directive.end
