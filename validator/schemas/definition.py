"""A schema under a profile: compiled as the platform's engine does it, with all that the platform refuses in it.

Source: contract `templating.md` 13.1 and 13.2; the engine is gojsonschema in its hybrid draft, which knows the
keywords of drafts 4, 6 and 7 together.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

from validator.findings import Json
from validator.schemas.compiler import Compiler
from validator.schemas.nodes import Node
from validator.schemas.normalisation import normalise
from validator.schemas.problems import SchemaProblem
from validator.schemas.profile import Profile

__all__ = ["Compiled", "SchemaProblem", "compile_schema"]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A schema under a profile. With `problems`, the platform refuses it: nothing is an instance of it."""

    root: Node
    problems: tuple[SchemaProblem, ...]
    endless: tuple[SchemaProblem, ...]
    """Where the schema refers to itself without going into the value: an instance that gets there never returns."""
    profile: Profile
    source: Json


def compile_schema(schema: Json, profile: Profile) -> Compiled:
    """The compiled schema; compiling the same content again costs only a look-up."""
    try:
        text = json.dumps(schema)
    except (TypeError, ValueError):
        return _compile(schema, profile)
    return _compile_text(text, profile)


@lru_cache(maxsize=1024)
def _compile_text(text: str, profile: Profile) -> Compiled:
    return _compile(json.loads(text), profile)


def _compile(schema: Json, profile: Profile) -> Compiled:
    compiler = Compiler(normalise(schema, profile))
    root = compiler.compile()
    return Compiled(root, tuple(compiler.problems), tuple(compiler.endless()), profile, schema)
