"""EV201 to EV209: what the webhook refuses, and what the template engine cannot read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from validator.checks.manifests.names import listed, nearest, slip
from validator.checks.resolution.consequences import REFUSED, failure
from validator.checks.resolution.templates import Survey, Template
from validator.findings import Finding, Rule, Suggestion
from validator.rules import resolution as rules
from validator.stories.sites import Field
from validator.templates.admission import Refusal
from validator.templates.catalogue import ALL_FUNCTIONS, DETERMINISTIC_FUNCTIONS
from validator.templates.normalise import ROOTS
from validator.templates.operators import OPERATORS, open_block, open_quote, operator_at
from validator.templates.references import alias

_DASHED = re.compile(r"\b(inputs|steps|packet)((?:\.[A-Za-z0-9_-]+)+)")
_SINGLE_QUOTED = re.compile(r"\[\s*'([^']*)'\s*\]")
_NUMBERED = re.compile(r"([A-Za-z0-9_.$-]+)\[\s*(\d+)\s*\]")
_COMPARISON = re.compile(r"\{\{(-?\s*)([\w.\"$-]+)\s*(==|!=|>=|<=|>|<|&&|\|\|)\s*([\w.\"$-]+)(\s*-?)\}\}")
_FUNCTIONS = {"==": "eq", "!=": "ne", ">=": "ge", "<=": "le", ">": "gt", "<": "lt", "&&": "and", "||": "or"}
_NEAR = 1000
"""Characters before and after a mistake that are searched for what was meant."""
_UNKNOWN_CONTEXT = re.compile(r"unknown context '([^']*)'")
_CONTEXT = re.compile(r"context '([^']*)' is not allowed")
_DISALLOWED = re.compile(r"disallowed function '([^']*)'")
_FUNCTION = re.compile(r'function "([^"]*)" not defined')
BANNED = ("env", "expandenv", "getHostByName")
_EXCLUDED = {"tojson": "toJson", "toYaml": "toJson", "fromYaml": "fromJson", "required": "default", "include": ""}


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
    text = template.text
    if (quote := open_quote(text)) >= 0:
        problem = f"the quotation mark `{text[quote]}` is not closed: all that follows is text; {consequence}"
        return _finding(template, rules.INVALID_TEMPLATE, quote, quote + 1, problem=problem)
    if function := _FUNCTION.search(message):
        return _unknown_function(template, function[1], start, end, consequence)
    dash, bracket = "bad character U+002D" in message, "bad character U+005B" in message
    for match in _around(_DASHED, text, start) if dash else ():
        if match.start() <= start < match.end() and "-" in match[2]:
            return _dashed(template, survey, match, consequence)
    for match in _around(_SINGLE_QUOTED, text, start) if bracket else ():
        if start <= match.start() <= end + 1 and len(match[1]) != 1:
            replacement = f'["{match[1]}"]'
            location = template.span(match.start(), match.end())
            edit = replacement if '"' not in _quotes_around(template) else replacement.replace('"', '\\"')
            return _finding(
                template,
                rules.SINGLE_QUOTED_KEY,
                match.start(),
                match.end(),
                suggestion=Suggestion(f"write `{replacement}`", location, edit),
                found=f"`'{match[1]}'`",
                consequence=consequence,
            )
    for match in _around(_NUMBERED, text, start) if bracket else ():
        if match.start() <= start < match.end():
            call = f"index {match[1]} {match[2]}"
            return _finding(
                template,
                rules.OPERATOR_SYNTAX,
                match.start(),
                match.end(),
                suggestion=Suggestion(f"write `({call})`", template.span(match.start(), match.end()), f"({call})"),
                found="[…] with a number",
                advice=f"`{call}` takes an element",
                consequence=consequence,
            )
    if (operator := operator_at(text, start, message)) is not None:
        return _operator(template, *operator, consequence)
    if "unexpected EOF" in message and (block := open_block(text)) is not None:
        word, start = block
        problem = f"this `{word}` has no `{{{{ end }}}}`; {consequence}"
        return _finding(template, rules.INVALID_TEMPLATE, start, start + len(word), problem=problem)
    start = min(start, len(text.rstrip()) - 1)
    problem = re.sub(r"^template: \w+:\d+: ", "", message)
    return _finding(template, rules.INVALID_TEMPLATE, start, max(end, start + 1), problem=f"{problem}; {consequence}")


def _around(pattern: re.Pattern[str], text: str, at: int) -> Iterator[re.Match[str]]:
    """What matches near a place: patterns that begin with any number of letters take the square of a text's length."""
    return pattern.finditer(text, max(0, at - _NEAR), at + _NEAR)


def _operator(template: Template, operator: str, start: int, consequence: str) -> Finding:
    suggestion = Suggestion(OPERATORS[operator])
    match = _COMPARISON.search(template.text)
    if match is not None and match.start(3) == start:
        right = f"{match[4]}.0" if match[4].isdigit() and operator not in ("&&", "||") else match[4]
        replacement = f"{_FUNCTIONS[operator]} {match[2]} {right}"
        location = template.span(match.start(2), match.end(4))
        suggestion = Suggestion(
            f"write `{replacement}`", location, template.text[0:0] + _escaped(template, replacement)
        )
    return _finding(
        template,
        rules.OPERATOR_SYNTAX,
        start,
        start + len(operator),
        suggestion=suggestion,
        found=operator if operator != "(" else "f(x)",
        advice=OPERATORS[operator],
        consequence=consequence,
    )


def _escaped(template: Template, text: str) -> str:
    """Text as it has to stand in the scalar's quotes."""
    return text.replace('"', '\\"') if template.node.style == '"' else text


def _quotes_around(template: Template) -> str:
    return template.node.style


def _unknown_function(template: Template, name: str, start: int, end: int, consequence: str) -> Finding:
    if name in BANNED:
        return _finding(template, rules.BANNED_WORD, start, end, found=name, consequence=consequence)
    where = ""
    suggestion = None
    rooted = template.text[end : end + 1] in (".", "[")
    known = _bare_roots(template)
    meant = slip(name, known) or (nearest(name, known) if rooted else None)
    close = _EXCLUDED.get(name) or meant or (None if rooted else nearest(name, ALL_FUNCTIONS))
    if name in ROOTS:
        opened = max(template.text.rfind("{{", 0, start), 0)
        problem = f"the action that begins here is not closed by `}}}}`; {consequence}"
        return _finding(template, rules.INVALID_TEMPLATE, opened, len(template.text), problem=problem)
    if name in ALL_FUNCTIONS:
        where = " in this field, which has none of chance and clock" if name not in DETERMINISTIC_FUNCTIONS else ""
        close = None
    elif rooted and name in template.site.scope.roots:
        where = "; only `inputs`, `steps` and `packet` may stand without a dot"
        close = f".{name}"
    elif rooted and known:
        where = f", nor a root: the roots here are {listed(known)}"
    if close:
        suggestion = Suggestion(f"write `{close}`", template.span(start, end), close)
    return _finding(
        template,
        rules.UNKNOWN_FUNCTION,
        start,
        end,
        suggestion=suggestion,
        found=name,
        where=where,
        consequence=consequence,
    )


def _bare_roots(template: Template) -> list[str]:
    """The roots that this field sees and that may stand without a dot."""
    scope = template.site.scope
    seen = scope.admission.roots if scope.admission is not None else scope.roots
    return [root for root in ROOTS if root in seen]


def _dashed(template: Template, survey: Survey | None, match: re.Match[str], consequence: str) -> Finding:
    names = match[2].split(".")[1:]
    index = next(index for index, name in enumerate(names) if "-" in name)
    start = match.start(2) + sum(len(name) + 1 for name in names[:index]) + 1
    name = names[index]
    step = survey is not None and survey.graph.named(name) is not None and match[1] == "steps" and index == 0
    if step and not template.site.scope.flattened:
        location, written = template.span(start, start + len(name)), alias(name)
    else:
        before = ".".join((match[1], *names[:index]))
        location = template.span(match.start(), start + len(name))
        written = _escaped(template, f'(index {"" if before.startswith(".") else "."}{before} "{name}")')
    shown = written.replace('\\"', '"')
    return _finding(
        template,
        rules.DASHED_NAME,
        start,
        start + len(name),
        suggestion=Suggestion(f"write `{shown}`", location, written),
        found=name,
        consequence=consequence,
    )


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
