"""EV232 to EV234: conditions that can never be true, or never anything at all (templating.md, section 6)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from validator.checks.resolution.consequences import failure
from validator.checks.resolution.templates import Survey, Template
from validator.checks.resolution.witnesses import not_boolean
from validator.findings import Finding, Json, Severity, Suggestion
from validator.rules import resolution as rules
from validator.rules.names import listed, nearest
from validator.schemas.samples import minimal
from validator.stories.sites import CONDITIONS, Field
from validator.templates import syntax
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import FALSE_WORDS, TRUE_WORDS, plan
from validator.templates.inference import REPARSED, Inference
from validator.templates.reach import Sink
from validator.templates.types import Alternative, Type, describe, to_schema

_WORDS = TRUE_WORDS | FALSE_WORDS
_NO_VALUE = "<no value>"
_TESTS = frozenset({Sink.TESTED, Sink.COMPARED})
HOOKS = ("storyrun.ready", "steprun.ready")
"""Lifecycle hooks (templating.md, section 9)."""
_HOOK_LIKE = re.compile(r".*\.|(?:story|step)run\W?_?", re.IGNORECASE)
"""Names of events: with a dot, or with the first word of a hook."""


def check_template(template: Template, survey: Survey | None) -> Iterator[Finding]:
    """What is wrong with one condition; nothing for what is none."""
    if template.site.field not in CONDITIONS or not template.whole:
        return
    if "{{" not in template.text:
        if template.text.strip().lower() not in _WORDS:
            yield _literal(template)
        return
    if template.site.field is Field.PACKET_IF and template.plan is not None and template.plan.template is not None:
        yield from _hooks(template, template.plan.template)
    if template.inference is not None and not template.refusals:
        finding = _result(template, template.inference, survey)
        if finding is not None:
            yield finding


def _literal(template: Template) -> Finding:
    text = template.text.strip()
    suggestion = None
    try:
        parses = plan(f"{{{{ {text} }}}}").mode != "literal"
    except (TemplateError, UnsupportedError):
        parses = False
    if parses and any(root in text for root in ("inputs", "steps", "packet")):
        quote = '"' if '"' not in text else "'"
        if quote not in text and template.node.style not in ("|", ">"):
            edit = f"{quote}{{{{ {text} }}}}{quote}"
            suggestion = Suggestion(f"write `{edit}`", template.node.location, edit)
    return rules.LITERAL_CONDITION.at(
        template.node.location,
        template.subject,
        anchor=template.anchor,
        evidence={"condition": template.text[:200]},
        suggestion=suggestion or Suggestion("put the expression into `{{ }}`"),
        found=text[:80],
        consequence=failure(template.site.field),
    )


def _result(template: Template, inference: Inference, survey: Survey | None) -> Finding | None:
    if (text := _foreign_text(template)) is not None:
        return _not_boolean(template, f"text with `{text}`", Severity.ERROR, None)
    if survey is not None and _depends_on_data(inference):
        proof = not_boolean(template, survey)
        if proof is None:
            return None
        return _not_boolean(template, f"{_shown(proof[1])} for some data", Severity.WARNING, proof[0])
    return _type_finding(template, inference)


def _depends_on_data(inference: Inference) -> bool:
    """Whether data decide if the result is a boolean, so that a counterexample has to be looked for."""
    found = inference.type
    if any(access.never or (access.at >= 0 and access.sink not in _TESTS) for access in inference.accesses):
        return False  # EV211 and EV212 say so
    if inference.mode != "single" and not _says_other(found.values):
        return False
    boolean = [part for part in found.alternatives if _can_be_boolean(part)]
    certain = [part for part in boolean if part.kind != "string"]
    return found.unknown == REPARSED or (bool(boolean) and len(certain) < len(found.alternatives))


def _type_finding(template: Template, inference: Inference) -> Finding | None:
    """What the inferred type alone shows."""
    found = inference.type
    if found.unknown or not found.alternatives or any(access.never for access in inference.accesses):
        return None
    if not any(map(_can_be_boolean, found.alternatives)):
        words = listed(map(str, found.values)) if found.values else _article(describe(found))
        return _not_boolean(template, words, Severity.ERROR, None)
    risky = [part for part in found.alternatives if not _can_be_boolean(part) or _may_fail(part)]
    if not risky or inference.mode != "path":
        return None
    witness = _witness(risky[0])
    return _not_boolean(template, f"{_shown(witness)} for some data", Severity.WARNING, witness)


def _says_other(values: Sequence[Json] | None) -> bool:
    """Whether one of the few texts of branches is no word for true or false."""
    return any(str(value).strip().lower() not in _WORDS for value in values or ())


def _foreign_text(template: Template) -> str | None:
    """Text beside the actions that is part of no word for true or false."""
    planned = template.plan
    if planned is None or planned.template is None or planned.mode != "text":
        return None
    for node in planned.template.nodes:
        piece = node.text.strip() if isinstance(node, syntax.Text) else ""
        if piece and not any(piece.lower() in word for word in _WORDS):
            return piece[:80]
    return None


def _can_be_boolean(part: Alternative) -> bool:
    if part.kind == "boolean":
        return True
    if part.kind != "string":
        return False
    return part.values is None or any(str(value).strip().lower() in _WORDS for value in part.values)


def _may_fail(part: Alternative) -> bool:
    if part.kind == "boolean":
        return False
    return part.values is None or any(str(value).strip().lower() not in _WORDS for value in part.values)


def _witness(part: Alternative) -> Json:
    if part.kind == "null":
        return None
    if part.values is not None:
        return next((value for value in part.values if str(value).strip().lower() not in _WORDS), None)
    sample = minimal(to_schema(Type((part,))))
    return sample if not isinstance(sample, str) or sample.strip().lower() not in _WORDS else "maybe"


def _shown(value: Json) -> str:
    return "`null`" if value is None else f"`{value}`"


def _article(words: str) -> str:
    return f"an {words}" if words[:1] in "aeiou" else f"a {words}"


def _not_boolean(template: Template, found: str, severity: Severity, witness: Json) -> Finding:
    return rules.NOT_BOOLEAN.at(
        template.span(0, len(template.text)),
        template.subject,
        anchor=template.anchor,
        evidence={"condition": template.text[:200], **({"witness": witness} if severity is Severity.WARNING else {})},
        severity=severity,
        suggestion=Suggestion(
            "give what may be missing a default, as in `default false inputs.x`"
            if _NO_VALUE in found
            else "compare it with a value: `eq`, `ne`, `gt`"
        ),
        found=found,
        consequence=failure(template.site.field),
    )


def _hooks(template: Template, parsed: syntax.Template) -> Iterator[Finding]:
    for literal in strings_in(parsed.nodes):
        value = literal.value
        if not _HOOK_LIKE.match(value) or value.lower() in HOOKS:
            continue
        close = nearest(value, HOOKS)
        if close is None:
            continue
        location = template.span(literal.start + 1, literal.end - 1)
        yield rules.UNKNOWN_HOOK.at(
            location,
            template.subject,
            anchor=template.anchor,
            evidence={"known": [*HOOKS]},
            suggestion=Suggestion(f"write `{close}`", location, close),
            found=value,
            known=listed(HOOKS),
        )


def strings_in(nodes: tuple[syntax.Node, ...]) -> Iterator[syntax.String]:
    """Every string literal."""
    for pipe in syntax.pipelines(nodes):
        yield from _strings(pipe)


def _strings(pipe: syntax.Pipeline) -> Iterator[syntax.String]:
    for command in pipe.commands:
        for argument in command.args:
            match argument:
                case syntax.String():
                    yield argument
                case syntax.Pipeline():
                    yield from _strings(argument)
                case syntax.Chain(operand=syntax.Pipeline() as inner):
                    yield from _strings(inner)
