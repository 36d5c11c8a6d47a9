"""EV201 to EV209: what the webhook refuses, and what the template engine cannot read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from validator.checks.resolution.consequences import REFUSED, failure
from validator.checks.resolution.templates import Survey, Template
from validator.findings import Finding, Rule, Suggestion
from validator.rules import resolution as rules
from validator.rules.names import listed, nearest
from validator.stories.sites import Field
from validator.templates.admission import Refusal
from validator.templates.mistakes import Mistake, View, mistake
from validator.templates.normalise import ROOTS

_UNKNOWN_CONTEXT = re.compile(r"unknown context '([^']*)'")
_CONTEXT = re.compile(r"context '([^']*)' is not allowed")
_DISALLOWED = re.compile(r"disallowed function '([^']*)'")


def check_template(template: Template, survey: Survey | None) -> Iterator[Finding]:
    """What the webhook says of a template, before anything is evaluated."""
    if template.error is not None:
        yield _unreadable(template, survey, template.error.message, template.error.start, template.error.end)
        return
    seen: set[tuple[int, int]] = set()
    for refusal in template.refusals:
        if (refusal.start, refusal.end) not in seen:
            seen.add((refusal.start, refusal.end))
            yield _refused(template, survey, refusal)


def _refused(template: Template, survey: Survey | None, refusal: Refusal) -> Finding:
    message = refusal.message
    at = (refusal.start, refusal.end)
    if banned := _DISALLOWED.search(message):
        return _finding(template, rules.BANNED_WORD, *at, found=banned[1], consequence=REFUSED)
    if message.startswith("template inclusion"):
        return _finding(template, rules.TEMPLATE_INCLUSION, *at)
    if unknown := _UNKNOWN_CONTEXT.search(message):
        return _unknown_root(template, unknown[1], *at)
    if context := _CONTEXT.search(message):
        return _wrong_root(template, context[1], *at)
    return _unreadable(template, survey, message, *at)


def _wrong_root(template: Template, root: str, start: int, end: int) -> Finding:
    known = sorted(template.site.scope.admission.roots) if template.site.scope.admission is not None else []
    text = template.text[start:end]
    found = re.search(rf"\b{re.escape(root)}\b", text)
    if found is not None:
        start, end = start + found.start(), start + found.end()
    advice = "`packet` is there in `if` and `runtime` of realtime steps" if root == "packet" else ""
    if template.site.field is Field.STATIC:
        advice = f"move what needs `{root}` into `runtime`, which is evaluated for each packet"
    return _finding(
        template,
        rules.WRONG_ROOT,
        start,
        end,
        suggestion=Suggestion(advice) if advice else None,
        found=root,
        field=_field_name(template),
        known=listed(known),
        consequence=REFUSED,
    )


def _unknown_root(template: Template, root: str, start: int, end: int) -> Finding:
    if _inside_block(template.text, start):
        problem = (
            f"the webhook takes `.{root}` for a root although it stands within `range` or `with`, and refuses "
            "the story; a variable reaches it: {{ range $item := inputs.items }}{{ $item.name }}{{ end }}"
        )
        return _finding(template, rules.RELATIVE_FIELD, start, end, problem=problem)
    known = sorted(template.site.scope.admission.roots) if template.site.scope.admission is not None else list(ROOTS)
    close = nearest(root, known)
    at = template.text.find(root, start, end)
    start, end = (at, at + len(root)) if at >= 0 else (start, end)
    return _finding(
        template,
        rules.WRONG_ROOT,
        start,
        end,
        suggestion=Suggestion(f"write `{close}`", template.span(start, end), close) if close else None,
        found=root,
        field=_field_name(template),
        known=listed(known),
        consequence=REFUSED,
    )


def _inside_block(text: str, at: int) -> bool:
    """Whether a place stands within a `range` or `with`."""
    before = re.findall(r"\{\{-?\s*(range|with|if|end)\b", text[:at])
    depth: list[str] = []
    for word in before:
        if word == "end":
            depth = depth[:-1]
        else:
            depth.append(word)
    return any(word in ("range", "with") for word in depth)


def _unreadable(template: Template, survey: Survey | None, message: str, start: int, end: int) -> Finding:
    """A template that does not parse: said in terms of what the author meant where that can be told."""
    consequence = REFUSED if template.site.scope.admission is not None else failure(template.site.field)
    found = mistake(template.text, message, start, end, _view(template, survey))
    return _finding(
        template,
        found.rule,
        found.start,
        found.end,
        suggestion=_suggestion(template, found),
        **found.facts_with(consequence),
    )


def _suggestion(template: Template, found: Mistake) -> Suggestion | None:
    if found.edit is None:
        return Suggestion(found.advice) if found.advice else None
    # As it has to stand in the scalar's quotes.
    text = found.edit.text.replace('"', '\\"') if template.node.style == '"' else found.edit.text
    return Suggestion(found.advice, template.span(found.edit.start, found.edit.end), text)


def _view(template: Template, survey: Survey | None) -> View:
    """What this field sees."""
    scope = template.site.scope
    bare = scope.admission.roots if scope.admission is not None else scope.roots
    view = View(bare=tuple(root for root in ROOTS if root in bare), dotted=frozenset(scope.roots))
    if survey is None or scope.flattened:
        return view
    graph = survey.graph
    return replace(view, is_step=lambda name: graph.named(name) is not None)


def _field_name(template: Template) -> str:
    return {Field.STATIC: "with", Field.PACKET_IF: "if", Field.BRIDGED: "runtime", Field.CONFIG: "with"}.get(
        template.site.field, str(template.site.field)
    )


def _finding(
    template: Template, rule: Rule, start: int, end: int, *, suggestion: Suggestion | None = None, **facts: object
) -> Finding:
    return rule.at(
        template.span(start, end),
        template.subject,
        anchor=template.anchor,
        evidence={"template": template.text[:500]},
        suggestion=suggestion,
        related=(),
        severity=None,
        **facts,
    )
