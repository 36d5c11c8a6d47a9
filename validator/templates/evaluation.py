"""What a template, a condition or a whole tree of values becomes in a context.

The modes (templating.md, section 1): literal, direct path, single action (its output read as JSON), text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from validator.templates import syntax
from validator.templates.catalogue import ALL_FUNCTIONS, BUILTIN_FUNCTIONS, DETERMINISTIC_FUNCTIONS
from validator.templates.errors import SeveralErrors, TemplateError, UnsupportedError
from validator.templates.execution import execute
from validator.templates.gostrings import trim_space
from validator.templates.jsontext import reparse
from validator.templates.normalise import Normalised, normalise
from validator.templates.parser import parse
from validator.templates.paths import DirectPath, PathError, contains_storage_ref, look_up, parse_path
from validator.templates.references import references_of
from validator.templates.values import NOTHING, JsonNumber, Value, type_name

TEMPLATE_KEY = "$bubuTemplate"
VARIABLES_KEY = "$bubuTemplateVars"
_MOST_NODES = 3
"""An action and the outer white space: a text of more nodes cannot be a single action."""
MAX_DEPTH = 128
"""Levels of a tree that the platform resolves (templating.md, section 7)."""

Context: TypeAlias = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Settings:
    """How the platform's evaluator is set up."""

    deterministic: bool = False
    """Takes away `now` and the random functions."""
    max_output_bytes: int = 0
    """For the modes single and text; 0 is no limit."""

    @property
    def functions(self) -> frozenset[str]:
        """The names that exist."""
        return DETERMINISTIC_FUNCTIONS if self.deterministic else ALL_FUNCTIONS


DEFAULT = Settings()


@dataclass(frozen=True, slots=True)
class Plan:
    """A template as the platform will treat it, before there is a context."""

    mode: str
    """`literal`, `path`, `single` or `text`."""
    normalised: Normalised
    template: syntax.Template | None
    """None for a literal."""
    path: DirectPath | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A value, and the mode in which it arose."""

    value: Value
    mode: str


def plan(text: str, settings: Settings = DEFAULT) -> Plan:
    """Parse a template and tell its mode.

    Raises TemplateError of class `parse`, and UnsupportedError beyond our limits.
    """
    if "{{" not in text:
        return Plan("literal", Normalised(text, None), None)
    normalised = normalise(text)
    trimmed = normalised.trimmed()
    template = parse(normalised.text, settings.functions, "bubu", normalised.offsets)
    single = template
    if trimmed is not normalised and len(template.nodes) <= _MOST_NODES:
        single = parse(trimmed.text, settings.functions, "bubu", trimmed.offsets)
    if not _is_single(trimmed.text, single):
        return Plan("text", normalised, template)
    expression = trim_space(trimmed.text[2:-2])
    path = parse_path(expression) if expression else None
    return Plan("path" if path else "single", normalised, template, path)


def is_single_action(text: str) -> bool:
    """Whether the (normalised) text is one plain action that Go's own functions suffice for."""
    trimmed = trim_space(text)
    try:
        return _is_single(trimmed, parse(trimmed, ALL_FUNCTIONS, "check"))
    except TemplateError:
        return False


def _is_single(text: str, template: syntax.Template) -> bool:
    return (
        text.startswith("{{")
        and text.endswith("}}")
        and len(template.nodes) == 1
        and isinstance(template.nodes[0], syntax.Action)
        and template.functions <= BUILTIN_FUNCTIONS
    )


def evaluate(text: str, context: Context, settings: Settings = DEFAULT) -> Outcome:
    """What `ResolveTemplateString` of the platform yields. Raises TemplateError and UnsupportedError."""
    if "{{" not in text:
        return Outcome(text, "literal")
    return carry_out(plan(text, settings), context, settings)


def carry_out(planned: Plan, context: Context, settings: Settings = DEFAULT) -> Outcome:
    """`evaluate` for a template that is not a literal and has been parsed already, with the same settings."""
    assert planned.template is not None
    if planned.path is not None:
        try:
            return Outcome(look_up(planned.path, context), "path")
        except PathError as error:
            error.start, error.end = _segment_span(planned.template, error.segment)
            raise
    _guard_storage(planned.template, context)
    rendered = execute(planned.template, context, settings.functions, settings.max_output_bytes)
    if planned.mode == "single":
        parsed = reparse(rendered)
        if parsed is not NOTHING:
            return Outcome(parsed, "single")
    return Outcome(rendered, planned.mode)


def _segment_span(template: syntax.Template, segment: int) -> tuple[int, int]:
    """Where a segment (-1: the root) of the direct path stands that the template is; (-1, -1) when it has no place."""
    spans = [span for pipe in syntax.pipelines(template.nodes) for span in _names(pipe)]
    return spans[segment + 1] if segment + 1 < len(spans) else (-1, -1)


def _names(operand: syntax.Operand) -> Iterator[tuple[int, int]]:
    """The places of the names of a path, from its root on."""
    match operand:
        case syntax.Pipeline(commands=commands):
            for command in commands:
                for arg in command.args:
                    yield from _names(arg)
        case syntax.Chain(operand=inner, spans=spans):
            yield from _names(inner)
            yield from spans
        case syntax.Field(spans=spans):
            yield from spans
        case syntax.String(start=start, end=end):
            yield start, end


def _guard_storage(template: syntax.Template, context: Context) -> None:
    """A step whose data lies in storage cannot be used in a compound template (templating.md, section 1.5)."""
    steps = context.get("steps")
    if type(steps) is not dict:
        return
    for name in references_of(template.nodes):
        if name in steps and contains_storage_ref(steps[name]):
            message = "offloaded data usage detected: compound template references step output containing storage ref"
            raise TemplateError("offloaded", "offloaded", message)


TRUE_WORDS = frozenset({"true", "1", "yes", "y"})
FALSE_WORDS = frozenset({"false", "0", "no", "n", ""})
"""Texts, in lower case, that conditions take for true and for false (templating.md, section 6)."""


def evaluate_condition(text: str, context: Context, settings: Settings = DEFAULT) -> bool:
    """What `EvaluateCondition` yields (templating.md, section 6). Raises TemplateError and UnsupportedError."""
    if not trim_space(text):
        return True
    value = evaluate(text, context, settings).value
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and not isinstance(value, JsonNumber):
        word = trim_space(value).lower()
        if word in TRUE_WORDS:
            return True
        if word in FALSE_WORDS:
            return False
        raise TemplateError("not_boolean", "not_boolean", f'condition did not resolve to boolean: "{value}"')
    message = f"condition did not resolve to boolean, got {type_name(value)}"
    raise TemplateError("not_boolean", "not_boolean", message)


def resolve(value: Value, context: Context, settings: Settings = DEFAULT) -> Value:
    """A tree with its templates evaluated, `$bubuTemplate` wrappers replaced (templating.md, section 7).

    Raises TemplateError: the first error there is. Where several members fail differently, Go's random order picks one,
    and the answer is UnsupportedError.
    """
    return _resolve(value, context, settings, 0)


def _resolve(value: Value, context: Context, settings: Settings, depth: int) -> Value:
    if depth > MAX_DEPTH:
        raise TemplateError("depth", "depth", f"template value exceeded max resolve depth {MAX_DEPTH}")
    if isinstance(value, dict):
        if TEMPLATE_KEY in value:
            return _resolve_wrapper(value, context, settings, depth)
        return _resolve_members(value, context, settings, depth)
    if isinstance(value, list):
        resolved = []
        for index, item in enumerate(value):
            try:
                resolved.append(_resolve(item, context, settings, depth + 1))
            except TemplateError as error:
                raise error.within(f"index {index}: ") from None
        return resolved
    if type(value) is str:
        return evaluate(value, context, settings).value
    return value


def _resolve_members(value: dict[str, Value], context: Context, settings: Settings, depth: int) -> dict[str, Value]:
    resolved: dict[str, Value] = {}
    errors: list[TemplateError] = []
    unsupported: UnsupportedError | None = None
    for key, item in value.items():
        try:
            resolved[key] = _resolve(item, context, settings, depth + 1)
        except SeveralErrors as several:
            errors.extend(several.errors)
        except UnsupportedError as error:
            unsupported = unsupported or error
        except TemplateError as error:
            errors.append(error.within("template vars: ") if key == VARIABLES_KEY else error)
    if unsupported:
        raise unsupported
    if len({error.kind for error in errors}) > 1:
        raise SeveralErrors(errors)
    if errors:
        raise errors[0]
    return resolved


def _resolve_wrapper(value: dict[str, Value], context: Context, settings: Settings, depth: int) -> Value:
    text = value[TEMPLATE_KEY]
    if type(text) is not str:
        raise TemplateError("shape", "shape", f"{TEMPLATE_KEY} must be a string")
    if VARIABLES_KEY in value:
        try:
            variables = _resolve(value[VARIABLES_KEY], context, settings, depth + 1)
        except TemplateError as error:
            raise error.within("template vars: ") from None
        if variables is not None:
            if type(variables) is not dict:
                raise TemplateError("shape", "shape", f"{VARIABLES_KEY} must be an object")
            context = {**context, **variables}
    return evaluate(text, context, settings).value
