"""EV261 and EV262: arguments in the order and in the letters of other languages (templating.md, sections 4 and 14)."""

from __future__ import annotations

from validator.checks.resolution.spellings import part
from validator.checks.resolution.templates import Template
from validator.findings import Finding, Suggestion
from validator.rules import resolution as rules
from validator.templates.reach import Remark


def subject_first(template: Template, remark: Remark) -> Finding:
    """A text that stands where what is looked for belongs."""
    sought, text = part(template, remark.facts["sought"]), part(template, remark.facts["text"])
    return rules.SWAPPED_SUBJECT.at(
        template.span(remark.start, remark.end),
        template.subject,
        anchor=template.anchor,
        evidence={"expression": template.text[remark.start : remark.end]},
        suggestion=Suggestion(f"put `{sought}` last"),
        function=remark.facts["function"],
        sought=f"`{sought}`",
        text=f"`{text}`",
    )


def foreign_layout(template: Template, remark: Remark) -> Finding:
    """A layout that is printed as it stands, at least in part."""
    layout, meant = str(remark.facts["layout"]), str(remark.facts["meant"])
    location = template.span(remark.start + 1, remark.end - 1)
    plain = template.text[remark.start + 1 : remark.end - 1] == layout
    advice = f"write `{meant}`" if meant else "write the reference time, as in `2006-01-02 15:04:05`"
    return rules.FOREIGN_LAYOUT.at(
        location if plain else template.span(remark.start, remark.end),
        template.subject,
        anchor=template.anchor,
        evidence={"layout": layout[:200]},
        suggestion=Suggestion(advice, location, meant) if meant and plain else Suggestion(advice),
        function=remark.facts["function"],
        layout=layout[:80],
        consequence="no text is of it, and the time becomes the year 1"
        if "oDate" in str(remark.facts["function"])
        else "what is no part of that is printed as it stands",
    )
