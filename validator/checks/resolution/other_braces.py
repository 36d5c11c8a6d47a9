"""EV263: `${inputs.x}`, `{ inputs.x }`, `{% if inputs.x %}`: braces of other languages, which are text."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.resolution.templates import Survey, Template
from validator.findings import Finding, Suggestion
from validator.rules import resolution as rules
from validator.stories.sites import CONDITIONS, Field
from validator.templates.other_braces import other_braces


def check_template(template: Template, survey: Survey | None) -> Iterator[Finding]:
    """The first path between braces that the platform does not know."""
    del survey
    site = template.site
    if site.field is Field.LITERAL or site.field in CONDITIONS or template.refusals or template.error is not None:
        return
    match = other_braces(template.text, site.scope.type)
    if match is None:
        return
    written = f"{{{{ {match['way']} }}}}"
    location = template.span(match.start(), match.end())
    yield rules.OTHER_BRACES.at(
        location,
        template.subject,
        anchor=template.anchor,
        evidence={"text": template.text[:200]},
        suggestion=Suggestion(f"write `{written}`", location, written)
        if match["way"]
        else Suggestion("write `{{ if … }}` and `{{ end }}`"),
        found=match[0][:80],
    )
