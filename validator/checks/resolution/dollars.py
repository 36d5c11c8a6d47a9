"""EV251: `${{ … }}`, as workflows of GitHub have it: the `$` stays in the text (templating.md, sections 1 and 13.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from validator.checks.resolution.templates import Survey, Template
from validator.findings import Finding, Suggestion
from validator.rules import resolution as rules
from validator.stories.sites import Field

_WHOLE = re.compile(r"\s*\$\{\{(?:(?!\{\{|\}\}).)*\}\}\s*", re.DOTALL)
_JOINED = re.compile(r"(?<=[/:=@._?&-])\$\{\{")
"""Within a text, after a sign that no price stands behind."""
_JOINS = re.compile(
    r"\s*\$\{\{(?P<inside>(?:(?!\{\{|\}\}).)*)\}\}(?:[-/._?&=@](?!(?:[a-z]|per)?\s|$)|:(?=\S))(?P<after>[\w-]*)",
    re.DOTALL,
)
"""At the start of a text, before a sign that joins it to what follows."""
_MONEY = re.compile(
    r"(?i)amount|balance|budget|charge|cost|credit|debit|fee|fare|limit|money|paid|pay|price|rate|refund|salary|spent"
    r"|sum|tax|tip|total|usd|value|wage|printf"
)
_UNITS = re.compile(
    r"(?i)(a-)?(call|day|each|g|gb|h|hour|hr|item|k|kg|kwh|lb|m|mb|min|minute|mo|month|night|person|piece|request|seat|sec|"
    r"second|token|unit|user|w|week|y|year|yr)s?"
)
"""What prices are for, such as `$5/month`."""


def check_template(template: Template, survey: Survey | None) -> Iterator[Finding]:
    """A dollar sign that was meant for part of the braces; before a number it is a currency."""
    del survey
    if template.inference is None or template.site.field is Field.LITERAL:
        return
    if any(access.type.only("number") for access in template.inference.accesses):
        return
    if is_workflow_syntax(template.text):
        at = template.text.index("$")
    elif (joined := _JOINED.search(template.text)) is not None:
        at = joined.start()
    elif (joins := _JOINS.match(template.text)) is not None and not _is_price(joins):
        at = template.text.index("$")
    else:
        return
    location = template.span(at, at + 1)
    yield rules.DOLLAR_BEFORE_BRACES.at(
        location,
        template.subject,
        anchor=template.anchor,
        evidence={"template": template.text[:200]},
        suggestion=Suggestion("drop the `$`", location, ""),
    )


def _is_price(joins: re.Match[str]) -> bool:
    return _MONEY.search(joins["inside"]) is not None or _UNITS.fullmatch(joins["after"]) is not None


def is_workflow_syntax(text: str) -> bool:
    """Whether a text is nothing but one action behind a dollar sign."""
    return _WHOLE.fullmatch(text) is not None
