"""Whether a document is a schema at all in a dialect; nothing is contained in one that is none.

Source: the meta-schemas of JSON Schema; templating.md 13.1 for the platform.
"""

from __future__ import annotations

from typing import Any

from validator.findings import dotted
from validator.schemas.containment.dialect import Dialect


def flaw(schema: Any, dialect: Dialect) -> str:
    """What is wrong with a schema; empty when nothing is."""
    if not isinstance(schema, bool | dict):
        return "a schema is an object or a boolean"
    try:
        return _refused(schema, dialect) if dialect.profile is not None else _malformed(schema, dialect)
    except RecursionError:
        return "it is nested too deeply"


def _refused(schema: Any, dialect: Dialect) -> str:
    from validator.schemas.definition import compile_schema

    assert dialect.profile is not None
    problems = compile_schema(schema, dialect.profile).problems
    return f"the platform refuses it: {_description(problems[0].schema_path, problems[0].message)}" if problems else ""


def _malformed(schema: Any, dialect: Dialect) -> str:
    import jsonschema
    from jsonschema.exceptions import best_match

    kind: Any = jsonschema.Draft7Validator if dialect.tuple_items else jsonschema.Draft202012Validator
    error = best_match(kind(kind.META_SCHEMA).iter_errors(schema))
    return "" if error is None else _description(tuple(error.absolute_path), error.message)


def _description(path: tuple[Any, ...], message: str) -> str:
    where = dotted(path).removeprefix(".")
    return f"at `{where}`: {message}" if where else message
