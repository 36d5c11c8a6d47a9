"""EV260: `default inputs.x "a"`, with the value where the default belongs (templating.md, section 4)."""

from __future__ import annotations

import re

from validator.checks.resolution.spellings import part
from validator.checks.resolution.templates import Template
from validator.findings import Finding, Suggestion
from validator.rules import resolution as rules
from validator.templates.reach import Remark

_ONE_ARGUMENT = re.compile(r"""\((?:[^()"`]|"[^"]*"|`[^`]*`)*\)|"(?:[^"\\]|\\.)*"|`[^`]*`|[^\s"`()|]+""")
"""What stays one argument wherever it is put."""
_ORDERS = {
    "default": "takes the default first and the value last",
    "coalesce": "gives its first argument that is not empty",
    "or": "gives its first argument that is not empty",
}


def swapped(template: Template, remark: Remark) -> Finding:
    """What is always given, and what is never looked at; the edit swaps the two."""
    shown, unused = part(template, remark.facts["shown"]), part(template, remark.facts["unused"])
    function = str(remark.facts["function"])
    location = template.span(remark.start, remark.end)
    written = _written(template, remark, shown, unused) if function == "default" else ""
    edit = written.replace('"', '\\"') if template.node.style == '"' else written
    return rules.SWAPPED_DEFAULT.at(
        location,
        template.subject,
        anchor=template.anchor,
        evidence={"expression": template.text[remark.start : remark.end]},
        suggestion=Suggestion(f"write `{written}`", location, edit)
        if written
        else Suggestion(f"put `{unused}` before `{shown}`"),
        function=function,
        order=_ORDERS[function],
        shown=f"`{shown}`",
        unused=f"`{unused}`",
    )


def _written(template: Template, remark: Remark, shown: str, unused: str) -> str:
    """The two arguments swapped, with what stands between them as it is; empty where they cannot just be swapped."""
    if not _ONE_ARGUMENT.fullmatch(shown) or not _ONE_ARGUMENT.fullmatch(unused):
        return ""
    whole = template.text[remark.start : remark.end]
    first, last = (shown, unused) if whole.startswith(shown) and whole.endswith(unused) else (unused, shown)
    return f"{last}{whole[len(first) : len(whole) - len(last)]}{first}"
