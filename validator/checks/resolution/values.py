"""EV209, EV224 to EV231, EV237 to EV241, EV259 to EV262: what values become on their way into functions and text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from validator.checks.resolution.consequences import failure
from validator.checks.resolution.fallbacks import swapped
from validator.checks.resolution.infixes import misplaced
from validator.checks.resolution.inputs import refuses_text
from validator.checks.resolution.keys import printed_whole
from validator.checks.resolution.misordered import foreign_layout, subject_first
from validator.checks.resolution.templates import Survey, Template
from validator.checks.resolution.trims import trimmed_path
from validator.checks.resolution.witnesses import opened_again
from validator.findings import Finding, Json, Rule, Severity, Suggestion
from validator.rules import resolution as rules
from validator.rules.names import listed
from validator.stories.sites import Field
from validator.templates import syntax
from validator.templates.errors import UnsupportedError
from validator.templates.printing import text_of
from validator.templates.reach import Oddity, Remark
from validator.templates.values import from_document

LARGE = 1_000_000
"""From here on, Go prints a float64 with an exponent (templating.md, section 3.4)."""
_LARGE_NAMES = re.compile(
    r"(^|_)(id|ts|ms|ns|seq|uid|pid|bytes|size|epoch|time|timestamp|phone|offset|millis|created|updated)$"
    r"|(Id|ID|Ts|At|Ms|Seq|Bytes|Size|Epoch|Time|Timestamp|Phone|Offset|Millis|Number)$"
)
_LAYOUTS = {"date": "2006-01-02", "date-time": "2006-01-02T15:04:05Z07:00"}
"""How Go reads texts of a format; what is not of the layout becomes the year 1, without a word."""
_EVALUATED_TWICE = frozenset({Field.WITH, Field.CONFIG, Field.BRANCH})


def check_template(template: Template, survey: Survey | None) -> Iterator[Finding]:
    """What is suspicious about the values of one template."""
    if template.inference is None:
        return
    infix = misplaced(template)
    if infix is not None:
        yield infix
        return  # counts and kinds of arguments follow from it
    for remark in (*template.inference.remarks, *printed_whole(template)):
        if remark.oddity is Oddity.COLLECTION_IN_TEXT and survey is not None and refuses_text(template, survey):
            continue  # no text is right there, JSON neither: EV228 says so
        finding = _FINDINGS[remark.oddity](template, remark)
        if finding is not None:
            yield finding
    trimmed = trimmed_path(template)
    if trimmed is not None:
        yield trimmed
    yield from _twice(template, survey)


_BRACE_IN_QUOTES = re.compile(r"""["`][^"`]*\{[^"`]*["`]""")


def _twice(template: Template, survey: Survey | None) -> Iterator[Finding]:
    inference = template.inference
    if inference is None or template.site.field not in _EVALUATED_TWICE:
        return
    printed = [text for text in _constant_texts(template) if "{{" in text]
    for value in (*(inference.type.values or ()), *printed):
        if (
            isinstance(value, str)
            and "{{" in value
            and template.plan is not None
            and template.plan.template is not None
        ):
            yield _finding(
                template,
                rules.DOUBLE_EVALUATION,
                0,
                len(template.text),
                evidence={"witness": value},
                found=value[:80],
                consequence="it fails to parse, or is replaced",
            )
            return
    if survey is not None and _BRACE_IN_QUOTES.search(template.text) and (proof := opened_again(template, survey)):
        yield _finding(
            template,
            rules.DOUBLE_EVALUATION,
            0,
            len(template.text),
            evidence={"witness": proof[0]},
            found=proof[1][max(0, proof[1].index("{{") - 20) :][:80],
            consequence="it fails to parse, or is replaced",
        )


def _constant_texts(template: Template) -> Iterator[str]:
    """The texts that a template prints whatever the data are."""
    for node in (
        template.plan.template.nodes if template.plan is not None and template.plan.template is not None else ()
    ):
        match node:
            case syntax.Action(pipe=syntax.Pipeline(commands=(syntax.Command(args=(syntax.String(value=text),)),))):
                if not node.pipe.variables:
                    yield text


def _comparison(template: Template, remark: Remark) -> Finding:
    facts: Mapping[str, Any] = remark.facts
    suggestion = None
    if "replacement" in facts:
        start, end = facts["at"]
        written = facts["replacement"]
        suggestion = Suggestion(f"write `{written}`", template.span(start, end), _escaped(template, written))
    return _finding(
        template,
        rules.IMPOSSIBLE_COMPARISON,
        remark.start,
        remark.end,
        suggestion=suggestion,
        function=facts["function"],
        left=_article(facts["left"]),
        right=_article(facts["right"]),
        consequence=failure(template.site.field),
    )


def _constant(template: Template, remark: Remark) -> Finding:
    values, within = remark.facts["values"], remark.facts.get("range")
    assert isinstance(values, list)
    outcome = remark.facts.get("outcome", remark.facts["function"] != "eq")
    relation = "is not one of the possible values here"
    if within is not None:
        relation = (
            "lies outside of what is possible here" if remark.facts["outside"] else "is an end of what is possible"
        )
    return _finding(
        template,
        rules.CONSTANT_COMPARISON,
        remark.start,
        remark.end,
        evidence={"possible": values},
        wanted=_literal(remark.facts["wanted"]),
        relation=relation,
        known=within or listed(map(_written, values)),
        outcome="true" if outcome else "false",
    )


def _argument(template: Template, remark: Remark) -> Finding:
    certain = remark.facts["certain"] is True
    return _finding(
        template,
        rules.REFUSED_ARGUMENT,
        remark.start,
        remark.end,
        severity=Severity.ERROR if certain else Severity.WARNING,
        evidence={"witness": remark.facts["found"]},
        function=remark.facts["function"],
        expected=remark.facts["expected"],
        found=_article(str(remark.facts["found"])) if certain else f"possibly {_article(str(remark.facts['found']))}",
        consequence=failure(template.site.field),
    )


def _arity(template: Template, remark: Remark) -> Finding:
    return _finding(
        template,
        rules.ARGUMENT_COUNT,
        remark.start,
        remark.end,
        function=remark.facts["function"],
        wanted=remark.facts["wanted"],
        found=remark.facts["found"],
        consequence=failure(template.site.field),
    )


def _date(template: Template, remark: Remark) -> Finding:
    kinds = remark.facts["kinds"]
    shown = template.text[remark.start : remark.end]
    start, end = remark.start, remark.end
    suggestion = None
    written = ""
    if kinds == ["string"] and (layout := _LAYOUTS.get(str(remark.facts["format"]))):
        written = f'(toDate "{layout}" {shown})'
    elif kinds == ["string"]:
        suggestion = Suggestion(f'write `(toDate "2006-01-02" {shown})`, with the layout that the text has')
    elif kinds == ["number"]:
        written = f"(int64 {shown})"
    if written:
        suggestion = Suggestion(f"write `{written}`", template.span(start, end), _escaped(template, written))
    kind = str(remark.facts["type"])
    return _finding(
        template,
        rules.DATE_OF_NOW,
        start,
        end,
        suggestion=suggestion,
        function=remark.facts["function"],
        found=shown,
        type="a value from JSON" if kind in ("unknown", "nothing") else _article(kind),
    )


def _number(template: Template, remark: Remark) -> Finding | None:
    bounds = remark.facts["schema"]
    assert isinstance(bounds, dict)
    highest = [bounds[key] for key in ("maximum", "exclusiveMaximum") if isinstance(bounds.get(key), int | float)]
    if any(bound < LARGE for bound in highest if isinstance(bound, int | float)):
        return None
    witness = _large_number(bounds, highest)
    if witness is None:
        return None
    lowest = bounds.get("minimum")
    always = isinstance(lowest, int | float) and lowest >= LARGE
    shown = template.text[remark.start : remark.end]
    name = re.split(r"[^A-Za-z0-9_]+", shown.rstrip("\"')] "))[-1]
    suspicious = bool(_LARGE_NAMES.search(name)) or isinstance(bounds.get("values"), list)
    edit = _call("int64", template, remark)
    whole = bounds.get("integer") is True
    return _finding(
        template,
        rules.NUMBER_IN_TEXT,
        remark.start,
        remark.end,
        severity=Severity.ERROR if always else Severity.WARNING if suspicious and whole else Severity.NOTE,
        evidence={"witness": witness, "text": text_of(float(witness))},
        suggestion=Suggestion(f"write `{edit}`", template.span(remark.start, remark.end), _escaped(template, edit))
        if whole
        else None,
        found=shown,
        example=text_of(float(witness)),
    )


def _large_number(bounds: Mapping[str, Json], highest: Sequence[Json]) -> int | float | None:
    """A number of the schema that prints with an exponent; None if none of its few values does."""
    values = bounds.get("values")
    if isinstance(values, list):
        return next((value for value in values if isinstance(value, int | float) and abs(value) >= LARGE), None)
    lowest = bounds.get("minimum")
    witness = max(123456789, lowest) if isinstance(lowest, int | float) else 123456789
    if highest and isinstance(highest[0], int | float) and witness > highest[0]:
        return int(highest[0])
    return witness


def _collection(template: Template, remark: Remark) -> Finding | None:
    if remark.facts["certain"] is not True:
        return None
    shown = template.text[remark.start : remark.end]
    written = _call("toJson", template, remark)
    sample = remark.facts.get("sample")
    return _finding(
        template,
        rules.COLLECTION_IN_TEXT,
        remark.start,
        remark.end,
        evidence={"witness": sample},
        suggestion=Suggestion(
            f"write `{written}`", template.span(remark.start, remark.end), _escaped(template, written)
        ),
        found=shown,
        kind=remark.facts["kind"],
        example=_example(sample, str(remark.facts["kind"])),
    )


def _example(sample: Json, kind: str) -> str:
    if sample in (None, {}, []):
        return "map[key:value]" if kind == "object" else "[1 2]"
    try:
        return text_of(from_document(sample))[:120]
    except UnsupportedError:
        return "map[key:value]" if kind == "object" else "[1 2]"


def _null(template: Template, remark: Remark) -> Finding:
    return _finding(
        template,
        rules.NULL_IN_TEXT,
        remark.start,
        remark.end,
        evidence={"witness": None},
        suggestion=Suggestion("give it a default, or guard it with `if` or `with`"),
        found=template.text[remark.start : remark.end],
    )


def _hiding(template: Template, remark: Remark) -> Finding:
    return _finding(
        template,
        rules.HIDING_DEFAULT,
        remark.start,
        remark.end,
        evidence={"witness": remark.facts["value"]},
        suggestion=Suggestion("put the default into the schema: it is filled in only where the field is missing"),
        value=_literal(remark.facts["value"]),
        found=template.text[remark.start : remark.end],
        fallback=_literal(remark.facts["fallback"]),
    )


def _relative(template: Template, remark: Remark) -> Finding:
    shown = template.text[remark.start : remark.end]
    root = str(remark.facts["root"])
    problem = (
        f"within `range` and `with`, `{shown}` asks the element for `{root}`, which it has not: "
        f"{failure(template.site.field)}; `$.{shown}` is the root's"
    )
    location = template.span(remark.start, remark.end)
    return _finding(
        template,
        rules.RELATIVE_FIELD,
        remark.start,
        remark.end,
        suggestion=Suggestion(f"write `$.{shown}`", location, f"$.{shown}"),
        problem=problem,
    )


def _range(template: Template, remark: Remark) -> Finding:
    return _finding(
        template,
        rules.RANGE_OVER_SCALAR,
        remark.start,
        remark.end,
        found=_article(str(remark.facts["type"])),
        consequence=failure(template.site.field),
    )


def _undeclared(template: Template, remark: Remark) -> Finding:
    name = remark.facts["name"]
    problem = f"`{name}` is assigned, but nothing declares it; {failure(template.site.field)}"
    return _finding(
        template,
        rules.INVALID_TEMPLATE,
        remark.start,
        remark.end,
        suggestion=Suggestion(f"declare it first: `{name} := …`"),
        problem=problem,
    )


def _format(template: Template, remark: Remark) -> Finding:
    directive, kinds = str(remark.facts["directive"]), remark.facts["kinds"]
    assert isinstance(kinds, list)
    advice, edit = "give each verb one argument, and write `%%` for a percent sign", None
    if not directive:
        problem = "no verb is left for this argument"
    elif not kinds:
        problem = (
            f"no argument is left for `{directive}`" if directive.strip("%+-# .0123456789") else "a verb is missing"
        )
    else:
        is_float = "float64=" in str(remark.facts["printed"])
        found = "a JSON number (float64)" if is_float else " or ".join(_article(str(kind)) for kind in kinds)
        problem = f"`{directive}` does not print {found}"
        edit = "%.0f" if directive == "%d" and kinds == ["number"] else "%v"
        advice = f"write `{edit}`"
    location = template.span(remark.start, remark.end)
    fits = edit is not None and template.text[remark.start : remark.end] == directive
    return _finding(
        template,
        rules.WRONG_FORMAT,
        remark.start,
        remark.end,
        evidence={"witness": remark.facts["printed"]},
        suggestion=Suggestion(advice, location, edit) if fits else Suggestion(advice),
        printed=remark.facts["printed"],
        problem=problem,
    )


_FINDINGS = {
    Oddity.COMPARISON: _comparison,
    Oddity.CONSTANT: _constant,
    Oddity.ARGUMENT: _argument,
    Oddity.ARITY: _arity,
    Oddity.DATE: _date,
    Oddity.NUMBER_IN_TEXT: _number,
    Oddity.COLLECTION_IN_TEXT: _collection,
    Oddity.NULL_IN_TEXT: _null,
    Oddity.DEFAULT_HIDES: _hiding,
    Oddity.SWAPPED: swapped,
    Oddity.ORDER: subject_first,
    Oddity.LAYOUT: foreign_layout,
    Oddity.RELATIVE: _relative,
    Oddity.RANGE: _range,
    Oddity.FORMAT: _format,
    Oddity.UNDECLARED: _undeclared,
}


def _literal(value: Json) -> str:
    return f"`{_written(value)}`"


def _written(value: Json) -> str:
    """A value as a template has it; text as it stands."""
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else str(value)


def _article(words: str) -> str:
    return f"an {words}" if words[:1] in "aeiou" else f"a {words}"


def _enclosed(expression: str) -> str:
    """An expression as one argument."""
    return f"({expression})" if " " in expression and not expression.startswith("(") else expression


def _call(function: str, template: Template, remark: Remark) -> str:
    """A function's call with the expression, in parentheses unless it is all that stands between the braces."""
    before, after = template.text[: remark.start], template.text[remark.end :]
    written = f"{function} {_enclosed(template.text[remark.start : remark.end])}"
    alone = re.search(r"\{\{-?\s*$", before) and re.match(r"\s*-?\}\}", after)
    return written if alone else f"({written})"


def _escaped(template: Template, text: str) -> str:
    return text.replace('"', '\\"') if template.node.style == '"' else text


def _finding(
    template: Template,
    rule: Rule,
    start: int,
    end: int,
    *,
    severity: Severity | None = None,
    evidence: Mapping[str, Json] | None = None,
    suggestion: Suggestion | None = None,
    **facts: object,
) -> Finding:
    return rule.at(
        template.span(start, end),
        template.subject,
        anchor=template.anchor,
        evidence={"expression": template.text[start:end], **(evidence or {})},
        suggestion=suggestion,
        related=(),
        severity=severity,
        **facts,
    )
