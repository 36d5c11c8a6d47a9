"""EV235 and EV236: templates where nobody evaluates them, and wrappers that do not hold one (S18)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from validator.checks.resolution.consequences import REFUSED
from validator.checks.resolution.templates import Survey, anchor_of
from validator.findings import Finding, Path, Severity, Subject, Suggestion
from validator.rules import resolution as rules
from validator.sources.node import Node
from validator.stories.sites import Field, Site
from validator.templates.evaluation import TEMPLATE_KEY, TRUE_WORDS, VARIABLES_KEY

_IGNORED = ("if", "runtime", "needs")
"""Fields that the platform reads of most steps, and not of branches."""
_ALWAYS = TRUE_WORDS | {""}


def check_literals(survey: Survey) -> Iterator[Finding]:
    """What looks evaluated in a story and is not."""
    for site in survey.sites:
        if site.field is Field.LITERAL and site.path[-1] in _IGNORED:
            yield from _ignored(survey, site)
    for template in survey.templates:
        site = template.site
        if site.field is not Field.LITERAL or template.refusals or template.error is not None:
            continue
        if "{{" not in template.text or site.path[-1] in _IGNORED:
            continue
        yield rules.UNEVALUATED_TEMPLATE.at(
            template.span(0, len(template.text)),
            template.subject,
            anchor=template.anchor,
            evidence={"text": template.text[:200]},
            problem=f"{site.reason}: the braces are taken literally",
        )
    for site in survey.sites:
        step = site.step.name if site.step is not None else ""
        subject = Subject("story", survey.story.subject.name, step)
        yield from _within(site, site.node, site.path, subject)


def _ignored(survey: Survey, site: Site) -> Iterator[Finding]:
    """A field that has no effect where it stands, with templates in it or without."""
    value = site.node.value
    if value in (None, True, [], {}) or (isinstance(value, str) and value.strip().lower() in _ALWAYS):
        return
    assert site.step is not None
    yield rules.UNEVALUATED_TEMPLATE.at(
        site.node.location,
        replace(survey.story.subject, step=site.step.name),
        anchor=anchor_of(survey.story.node, site.path),
        evidence={"text": value[:200]} if isinstance(value, str) else {},
        problem=site.reason,
    )


def _within(site: Site, node: Node, path: Path, subject: Subject) -> Iterator[Finding]:
    if node.members is None:
        for index, element in enumerate(node):
            yield from _within(site, element, (*path, index), subject)
        return
    if TEMPLATE_KEY in node.members and site.field is not Field.LITERAL:
        yield from _wrapper(node, path, subject)
    for key, member in node.members.items():
        if "{{" in key and "}}" in key:
            yield rules.UNEVALUATED_TEMPLATE.at(
                node.key_location(key),
                subject,
                anchor=(*path, key),
                evidence={"key": key[:200]},
                problem="keys are never evaluated: the braces are taken literally",
            )
        yield from _within(site, member, (*path, key), subject)


def _wrapper(node: Node, path: Path, subject: Subject) -> Iterator[Finding]:
    expression, variables = node.get(TEMPLATE_KEY), node.get(VARIABLES_KEY)
    assert expression is not None
    text = expression.text
    if text is None:
        problem = f"`{TEMPLATE_KEY}` has to be a string: {REFUSED}"
        yield rules.MALFORMED_WRAPPER.at(expression.location, subject, anchor=(*path, TEMPLATE_KEY), problem=problem)
    elif "{{" not in text and text.strip():
        quote = '"' if '"' not in text else "'"
        edit = f"{quote}{{{{ {text.strip()} }}}}{quote}"
        fits = expression.style not in ("|", ">") and quote not in text
        yield rules.MALFORMED_WRAPPER.at(
            expression.location,
            subject,
            anchor=(*path, TEMPLATE_KEY),
            severity=Severity.WARNING,
            evidence={"witness": text[:200]},
            suggestion=Suggestion(f"write `{edit}`", expression.location, edit) if fits else None,
            problem=f"`{TEMPLATE_KEY}` without braces is no template: the value is the text `{text.strip()[:80]}`",
        )
    if variables is not None and not variables.is_mapping and variables.value is not None and variables.text is None:
        yield rules.MALFORMED_WRAPPER.at(
            variables.location,
            subject,
            anchor=(*path, VARIABLES_KEY),
            problem=f"`{VARIABLES_KEY}` has to be an object: the evaluation fails",
        )
