"""EV225: trim markers around a single reference, which then is text and keeps no type (templating.md, section 1)."""

from __future__ import annotations

import re

from validator.checks.resolution.templates import Template
from validator.findings import Finding, Suggestion
from validator.rules import resolution as rules
from validator.templates.gostrings import trim_space
from validator.templates.paths import parse_path

_MARKERS = re.compile(r"^\{\{-?\s*|\s*-?\}\}$")


def trimmed_path(template: Template) -> Finding | None:
    """A reference within trim markers, where they may change what it gives."""
    planned, inference = template.plan, template.inference
    if planned is None or inference is None or planned.mode != "single" or template.site.reason:
        return None
    inner = trim_space(planned.normalised.text)[2:-2]
    if not inner.startswith("- ") and not inner.endswith(" -"):
        return None
    expression = trim_space(inner.removeprefix("-").removesuffix("-"))
    if parse_path(expression) is None or any(access.never for access in inference.accesses):
        return None
    if all(access.at < 0 and access.type.only("boolean", "number") for access in inference.accesses):
        return None  # its text reads as what it is
    start, end = template.text.index("{{"), template.text.rindex("}}") + 2
    plain = f"{{{{ {_MARKERS.sub('', template.text[start:end])} }}}}"
    location = template.span(start, end)
    return rules.TRIMMED_PATH.at(
        location,
        template.subject,
        anchor=template.anchor,
        evidence={"witness": "42"},
        suggestion=Suggestion(f"write `{plain}`", location, plain),
        consequence="a missing value becomes `<no value>`, and a string that reads as JSON becomes what it says",
    )
