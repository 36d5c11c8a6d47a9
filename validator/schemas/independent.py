"""python-jsonschema on schemas of strangers: nothing is fetched, no pattern hangs, no number is too large.

Patterns are RE2, as on the platform (contract `templating.md` 13.1); those outside it have a deadline.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from validator.findings import Json
from validator.schemas import deadline
from validator.schemas.patterns import PatternError, compile_pattern
from validator.schemas.values import is_multiple


class UnjudgedError(Exception):
    """Whether the schema takes the value cannot be told; the text says why."""


def validator_of(schema: Json, draft: int = 2020, format_checker: Any = None) -> Any:
    """A validator of jsonschema for draft 2020-12 or 7; beside its own errors, using it raises UnjudgedError."""
    import referencing

    # jsonschema collects what was evaluated with an engine of its own choice.
    blind = _holds(schema, "unevaluatedProperties") and _holds(schema, "patternProperties")
    return _form(draft, blind)(schema, registry=referencing.Registry(), format_checker=format_checker)


def found(pattern: str, text: str) -> bool:
    """Whether a pattern occurs in a text. Raises UnjudgedError when that cannot be told in time."""
    try:
        return compile_pattern(pattern)(text)
    except PatternError:
        pass
    try:
        return deadline.search(pattern, text)
    except deadline.DeadlineError:
        raise UnjudgedError(
            f"the pattern `{pattern}` cannot be judged: it is not RE2, and takes too long or is no pattern"
        ) from None


@cache
def _form(draft: int, blind: bool) -> Any:
    import jsonschema

    base = {2020: jsonschema.Draft202012Validator, 7: jsonschema.Draft7Validator}[draft]
    keywords = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "multipleOf": _multiple_of,
    }
    if blind:
        keywords["unevaluatedProperties"] = _unjudged
    return jsonschema.validators.extend(base, keywords)  # type: ignore[no-untyped-call]


def _error(message: str) -> Any:
    import jsonschema

    return jsonschema.ValidationError(message)


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[Any]:
    if validator.is_type(instance, "string") and not found(pattern, instance):
        yield _error(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if validator.is_type(instance, "object"):
        for pattern, inner in patterns.items():
            for name, member in instance.items():
                if found(pattern, name):
                    yield from validator.descend(member, inner, path=name, schema_path=pattern)


def _additional_properties(validator: Any, additional: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if not validator.is_type(instance, "object"):
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    extras = [name for name in instance if name not in known and not any(found(each, name) for each in patterns)]
    if validator.is_type(additional, "object"):
        for name in extras:
            yield from validator.descend(instance[name], additional, path=name)
    elif not additional and extras:
        yield _error(_unexpected(extras, patterns))


def _unexpected(extras: Sequence[Any], patterns: Iterable[str]) -> str:
    """What is wrong with members that have no place, in the words of jsonschema."""
    names, one = ", ".join(repr(name) for name in sorted(extras, key=str)), len(extras) == 1
    if regexes := ", ".join(repr(each) for each in sorted(patterns)):
        return f"{names} {'does' if one else 'do'} not match any of the regexes: {regexes}"
    return f"Additional properties are not allowed ({names} {'was' if one else 'were'} unexpected)"


def _multiple_of(validator: Any, factor: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if validator.is_type(instance, "number") and not is_multiple(instance, factor):
        yield _error(f"{instance!r} is not a multiple of {factor}")


def _unjudged(validator: Any, keyword: Any, instance: Any, schema: Any) -> Iterator[Any]:
    raise UnjudgedError("`unevaluatedProperties` beside `patternProperties` is not judged")


def _holds(schema: Any, keyword: str) -> bool:
    if isinstance(schema, dict):
        return keyword in schema or any(_holds(inner, keyword) for inner in schema.values())
    return isinstance(schema, list) and any(_holds(inner, keyword) for inner in schema)


def problem(error: Exception) -> str:
    """Why a schema could not be applied, in words of ours: what was raised may quote files."""
    import referencing.exceptions

    if isinstance(error, UnjudgedError):
        return str(error)
    if isinstance(error, referencing.exceptions.Unresolvable):
        return f"`$ref: {error.ref}` names nothing in it, and nothing is fetched"
    if isinstance(error, RecursionError):
        return "it refers to itself without an end"
    return "it is no JSON Schema of draft 2020-12"
