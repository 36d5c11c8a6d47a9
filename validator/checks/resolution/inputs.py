"""EV228 and EV242: what a step is given has the types that its engram takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from validator.checks.resolution.dollars import is_workflow_syntax
from validator.checks.resolution.templates import Survey, Template
from validator.checks.resolution.trims import trimmed_path
from validator.checks.resolution.witnesses import becoming, reparsed
from validator.findings import Finding, Json, Location, Path, Severity, Subject, Suggestion
from validator.rules import resolution as rules
from validator.rules.names import listed, nearest
from validator.schemas.defaults import apply_defaults
from validator.schemas.normalisation import TEMPLATE_PATTERN
from validator.schemas.pointers import replaced
from validator.schemas.sanity import accepts_nothing
from validator.schemas.validation import is_instance, validate
from validator.schemas.violations import Violation
from validator.sources.manifests import EngramTemplate, Step
from validator.sources.node import Node
from validator.stories.called import called_story
from validator.stories.sites import Field
from validator.templates.inference import REPARSED
from validator.templates.lookups import field_names, item_type, look_up
from validator.templates.other_braces import other_braces
from validator.templates.printing import text_of
from validator.templates.reach import Oddity
from validator.templates.types import Type, describe, from_schema, to_schema
from validator.templates.values import from_document

_WHOLE = re.compile(TEMPLATE_PATTERN)
_FIELDS = frozenset({Field.WITH, Field.STATIC, Field.RUNTIME, Field.EXECUTE})


def check_inputs(survey: Survey) -> Iterator[Finding]:
    """The inputs of every step of a story."""
    realtime = survey.story.is_realtime
    for step in survey.story.all_steps if realtime else survey.story.every_step():
        template = survey.scopes.schemas.template(survey.story, step)
        if template is not None and template.input_schema is not None:
            yield from _refused(survey, step, template)
    for template_ in survey.templates:
        if template_.inference is not None and template_.site.field in _FIELDS:
            yield from _mistyped(template_, survey)
        elif template_.inference is not None and template_.site.field is Field.OUTPUT:
            yield from _wrong_type(template_, survey)


def _refused(survey: Survey, step: Step, template: EngramTemplate) -> Iterator[Finding]:
    """What the webhook says of the unevaluated input (templating.md, sections 10 and 13.3)."""
    schema = template.input_schema
    given = [node for node in (step.with_, step.runtime) if node is not None]
    if schema is None or not isinstance(schema.value, dict) or any(not node.is_mapping for node in given):
        return
    admitted = survey.scopes.schemas.compiled(schema)
    if admitted.compiled.problems:
        return
    merged: dict[str, Json] = {}
    for node in given:
        assert isinstance(node.value, dict)
        merged.update(node.value)
    filled = apply_defaults(schema.value, merged) if admitted.fills_in else merged
    violations = validate(admitted.compiled, filled)
    if violations and accepts_nothing(schema.value):
        return  # EV144 says so
    for violation in violations:
        slip = _slip(violation, violations)
        if (slip and violation.keyword == "required") or _in_other_braces(survey, step, violation):
            continue  # told where the misspelling stands, or EV263 says so
        place, slip = _misspelling(step, violation, merged, schema.value, slip)
        misread = _misread(step, violation) if violation.keyword == "type" else None
        yield rules.REFUSED_INPUT.at(
            place or _place(step, violation),
            _subject(survey, step),
            anchor=(*_anchor(step), *violation.instance_path),
            evidence={"schema path": "/".join(map(str, violation.schema_path)), "value": violation.found},
            suggestion=Suggestion(f"write `{slip}`", place, slip if place else None)
            if slip
            else _quoted(misread, violation, schema.value, merged),
            step=step.name,
            who="its engram's schema" if step.section == "branch" else "the webhook",
            problem=_problem(violation, merged) + (misread.misread_note if misread is not None else ""),
        )


def _in_other_braces(survey: Survey, step: Step, violation: Violation) -> bool:
    """Whether the text that is refused was meant for a template."""
    text, scopes = violation.found, survey.scopes
    scope = scopes.packets(step) if survey.story.is_realtime and step.section == "steps" else scopes.batch
    return isinstance(text, str) and other_braces(text, scope.type) is not None


def _misspelling(
    step: Step, violation: Violation, merged: dict[str, Json], schema: Json, slip: str
) -> tuple[Location | None, str]:
    """The key that is at fault, and the name that it was meant to be; None and `slip` where no key is."""
    if violation.keyword == "additionalProperties":
        meant = slip or nearest(str(violation.instance_path[-1]), _names(schema, violation)) or ""
        return _key_place(step, violation), meant
    if violation.keyword == "propertyNames" and violation.instance_path:
        return _key_place(step, violation), ""
    if slip:
        return _key_place(step, violation), slip
    if violation.keyword == "required" and (near := _near(violation, merged, schema)):
        return _key_of(step, (*violation.instance_path, near)), str(violation.expected)
    return None, ""


def _problem(violation: Violation, merged: dict[str, Json]) -> str:
    """The sentence, led by the place in the input; an undeclared key is in the sentence itself."""
    of_key = violation.keyword in {"additionalProperties", "propertyNames"}
    where = violation.instance_path[:-1] if of_key else violation.instance_path
    message = _without_defaults(violation, merged)
    return f"`{'.'.join(map(str, where))}`: {message}" if where else message


def _misread(step: Step, violation: Violation) -> Node | None:
    """The word that YAML takes for a boolean, where that is what is refused."""
    found = [node.find(violation.instance_path) for node in (step.runtime, step.with_) if node is not None]
    return next((node for node in found if node is not None and node.misread), None)


def _quoted(misread: Node | None, violation: Violation, schema: Json, merged: Json) -> Suggestion | None:
    """The word in quotation marks, where it is accepted so."""
    if misread is None:
        return None
    given = replaced(merged, violation.instance_path, misread.misread)
    if any(other.instance_path == violation.instance_path for other in validate(schema, given)):
        return None
    return Suggestion(f'write `"{misread.misread}"`', misread.location, f'"{misread.misread}"')


def _slip(violation: Violation, violations: Sequence[Violation]) -> str:
    """The name that a misspelt one was meant to be: a field is missing and an undeclared one beside it is close."""
    for missing, extra in product(violations, violations):
        if (missing.keyword, extra.keyword) != ("required", "additionalProperties"):
            continue
        if violation not in (missing, extra) or extra.instance_path[:-1] != missing.instance_path:
            continue
        name = str(missing.expected)
        if nearest(str(extra.instance_path[-1]), [name]):
            return name
    return ""


def _names(schema: Json, violation: Violation) -> tuple[str, ...]:
    """The fields that the object declares in which an undeclared one stands."""
    type_ = from_schema(schema)
    for part in violation.instance_path[:-1]:
        type_ = look_up(type_, part).type if isinstance(part, str) else item_type(type_)
    return field_names(type_)


def _without_defaults(violation: Violation, given: Json) -> str:
    """The message; of a missing field with the names that the author wrote, not those that defaults added."""
    if violation.keyword != "required":
        return violation.message
    for part in violation.instance_path:
        if isinstance(given, dict) and isinstance(part, str):
            given = given.get(part)
        elif isinstance(given, list) and isinstance(part, int):
            given = given[part]
    names = given if isinstance(given, dict) else {}
    present = ", ".join(f"`{name}`" for name in names) or "nothing"
    close = nearest(str(violation.expected), names)
    return f"`{violation.expected}` is required, found {present}" + (f" (is it `{close}`?)" if close else "")


def _near(violation: Violation, given: Json, schema: Json) -> str:
    """The undeclared name beside a missing one that is close to it; empty where there is none."""
    for part in violation.instance_path:
        if not isinstance(given, dict):
            return ""
        given = given.get(str(part))
    declared = _names(schema, replace(violation, instance_path=(*violation.instance_path, "")))
    undeclared = [name for name in given if name not in declared] if isinstance(given, dict) else []
    return nearest(str(violation.expected), undeclared) or ""


def _key_place(step: Step, violation: Violation) -> Location | None:
    """The misspelt name itself."""
    return _key_of(step, violation.instance_path)


def _key_of(step: Step, path: Path) -> Location | None:
    """Where the last name of a path below `with` or `runtime` stands."""
    *way, name = path
    for node in (step.runtime, step.with_):
        holder = node.find(tuple(way)) if node is not None else None
        if holder is not None and holder.get(str(name)) is not None:
            return holder.key_location(str(name))
    return None


def _place(step: Step, violation: Violation) -> Location:
    for node in (step.runtime, step.with_):
        if node is None:
            continue
        if not violation.instance_path:
            return step.node.key_location("with" if step.with_ is not None else "runtime")
        if violation.instance_path and node.get(str(violation.instance_path[0])) is not None:
            found = node.find(violation.instance_path)
            return found.location if found is not None else node.at(violation.instance_path).location
    return step.name_location


def _anchor(step: Step) -> Path:
    return ("spec", step.section, step.name)


def _subject(survey: Survey, step: Step) -> Subject:
    return replace(survey.story.subject, step=step.name)


def _mistyped(template: Template, survey: Survey) -> Iterator[Finding]:
    """A result that has another type than the input, whatever the data (S15)."""
    inference, step = template.inference, template.site.step
    assert inference is not None
    if step is None or inference.mode not in ("single", "text") or not _WHOLE.search(template.text):
        return
    if is_workflow_syntax(template.text) or inference.is_hopeless:
        return  # the dollar sign makes text of it, or nothing is ever made: EV251, EV211, EV238 and the like tell
    expected = _expected(template, survey, step)
    if expected is None or expected.unknown or not expected.alternatives or template.refusals:
        return
    found = inference.type
    wanted = describe(expected)
    if found.unknown == REPARSED and expected.only("string"):
        if trimmed_path(template) is not None:
            return  # EV225 says so
        proof = reparsed(template, survey)
        if proof is not None:
            words = f"`{text_of(from_document(proof[1]))[:80]}` and no text where the text reads as JSON"
            yield _finding(template, words, wanted, Severity.WARNING, {"witness": proof[0]})
    elif found.unknown and "string" not in expected.kinds and _prints_list(template):
        yield _finding(
            template, "text in Go's notation, such as `[a b]`", wanted, Severity.WARNING, {"witness": "[a b]"}
        )
    elif not found.unknown and found.alternatives and not found.kinds & expected.kinds:
        yield _finding(template, _article(describe(found)), wanted, Severity.ERROR, {})
    elif not found.unknown and found.values:
        yield from _refused_value(template, survey, found.values, expected)


def _refused_value(template: Template, survey: Survey, values: Sequence[Json], expected: Type) -> Iterator[Finding]:
    """One of the few values that a template can become, with documents that lead to it."""
    schema = to_schema(expected)
    refused = [value for value in values if not is_instance(schema, value)]
    if not refused or len(refused) == len(values):
        return  # pairwise tells what is never accepted
    proof = becoming(template, survey, refused)
    if proof is None:
        return
    witness, value = proof
    start = template.text.find(str(value))
    at = (start, start + len(str(value))) if value and template.text.count(str(value)) == 1 else (0, len(template.text))
    yield rules.REFUSED_VALUE.at(
        template.span(*at),
        template.subject,
        anchor=template.anchor,
        evidence={"template": template.text[:200], "witness": witness},
        suggestion=Suggestion(f"write a value that `{_field(template)}` takes, or let it take `{value}`"),
        found=value,
        field=_field(template),
        expected=listed(map(str, expected.values)) if expected.values else _article(describe(expected)),
        consequence=_consequence(template),
    )


def _wrong_type(template: Template, survey: Survey) -> Iterator[Finding]:
    """A result that has another type than the outputsSchema says (templating.md, section 13.3)."""
    inference = template.inference
    assert inference is not None
    described = survey.scopes.schemas.read(survey.story.outputs_schema, "the story has no outputsSchema")
    if described.reason or template.refusals or inference.is_hopeless:
        return
    expected, found = _below(from_schema(described.schema), template), inference.type
    if expected is None or expected.unknown or not expected.alternatives or found.unknown or not found.alternatives:
        return
    if not found.kinds & expected.kinds:
        yield _finding(template, _article(describe(found)), describe(expected), Severity.ERROR, {})
    elif found.values:
        yield from _refused_value(template, survey, found.values, expected)


def _prints_list(template: Template) -> bool:
    """Whether a list is printed, which reads as JSON only where it holds no two elements (section 5)."""
    remarks = template.inference.remarks if template.inference is not None else ()
    return any(remark.oddity is Oddity.COLLECTION_IN_TEXT and remark.facts["certain"] is True for remark in remarks)


def refuses_text(template: Template, survey: Survey) -> bool:
    """Whether a template stands where the inputSchema takes no text at all."""
    step = template.site.step
    if step is None or template.site.field not in _FIELDS:
        return False
    expected = _expected(template, survey, step)
    return expected is not None and not expected.unknown and bool(expected.kinds) and "string" not in expected.kinds


def _finding(template: Template, found: str, wanted: str, severity: Severity, evidence: dict[str, Json]) -> Finding:
    advice = "pass the reference alone: only then it keeps its type"
    if template.inference is not None and template.inference.type.unknown == REPARSED:
        advice = "end it with `| toString`: what a function of Sprig gives stays text"
    elif template.inference is not None and template.inference.mode == "path":
        advice = "pass a value of this type, or change the schema"
    elif template.inference is not None and template.inference.mode == "text":
        advice += ", and put a default into the schema"
    return rules.WRONG_RESULT_TYPE.at(
        template.span(0, len(template.text)),
        template.subject,
        anchor=template.anchor,
        severity=severity,
        evidence={"template": template.text[:200], **evidence},
        suggestion=Suggestion(advice),
        found=found,
        field=_field(template),
        expected=_article(wanted),
        consequence=_consequence(template),
    )


def _field(template: Template) -> str:
    return ".".join(str(part) for part in template.path[len(template.site.path) :]) or str(template.path[-1])


def _consequence(template: Template) -> str:
    if template.site.field is Field.OUTPUT:
        return "the StoryRun fails"
    if template.site.field is Field.EXECUTE:
        return "the StoryRun that the step starts fails (`InputSchemaFailed`)"
    if template.site.field is Field.WITH:
        return "the input is refused and the StepRun fails (`InputSchemaFailed`)"
    return "the input is refused and the step fails"


def _expected(template: Template, survey: Survey, step: Step) -> Type | None:
    """What the input schema, or that of the story that is executed, says of the place where a template stands."""
    schemas = survey.scopes.schemas
    described = schemas.input(survey.story, step)
    if template.site.field is Field.EXECUTE:
        called = called_story(schemas.workspace, survey.story, step)
        if called is None:
            return None
        described = schemas.inputs(called)
    if described.reason:
        return None
    return _below(from_schema(described.schema), template)


def _below(type_: Type, template: Template) -> Type | None:
    """The type of a template's place in its field."""
    for part in template.path[len(template.site.path) :]:
        if type_.unknown:
            return None
        type_ = look_up(type_, part).type if isinstance(part, str) else item_type(type_)
    return type_


def _article(words: str) -> str:
    return f"an {words}" if words[:1] in "aeiou" else f"a {words}"
