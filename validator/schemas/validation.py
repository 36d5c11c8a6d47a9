"""Is this document an instance of that schema, as the platform judges it? The room's front door.

Source: contract `templating.md` section 13.
"""

from __future__ import annotations

from validator.findings import Json
from validator.schemas.acceptance import accepts
from validator.schemas.definition import Compiled, compile_schema
from validator.schemas.offload import scrub
from validator.schemas.problems import SchemaProblem
from validator.schemas.profile import PROFILES, WEBHOOK, Profile
from validator.schemas.violations import Violation, explain

__all__ = ["Violation", "check_definition", "is_instance", "validate", "validate_inputs"]


def validate(schema: Json | Compiled, instance: Json, *, profile: Profile | str = WEBHOOK) -> tuple[Violation, ...]:
    """Every violation, in the order of the schema's keywords and the instance's fields; empty for an instance.

    `profile` is a profile or its name; a compiled schema has its own. Of a schema that the platform refuses nothing is
    an instance: then there is one violation for each mistake of the schema, whatever the instance.
    """
    compiled = schema if isinstance(schema, Compiled) else compile_schema(schema, _profile(profile))
    if not compiled.problems:
        try:
            return explain(compiled, instance)
        except RecursionError:
            if not compiled.endless:
                raise
    return tuple(
        Violation(
            instance_path=(),
            schema_path=problem.schema_path,
            keyword=str(problem.schema_path[-1]) if problem.schema_path else "",
            expected=None,
            found=problem.evidence.get("found"),
            message=f"the platform refuses the schema: {problem.message}",
        )
        for problem in compiled.problems or compiled.endless
    )


def is_instance(schema: Json, instance: Json, *, profile: Profile | str = WEBHOOK) -> bool:
    """Whether there is no violation; much faster than to list them."""
    compiled = compile_schema(schema, _profile(profile))
    try:
        return not compiled.problems and accepts(compiled.root, instance)
    except RecursionError:
        if not compiled.endless:
            raise
        return False


def validate_inputs(schema: Json, inputs: Json, *, profile: Profile | str = WEBHOOK) -> tuple[Violation, ...]:
    """As `validate`, for inputs on their way to an engram: metadata of storage references does not count (13.3)."""
    return validate(schema, scrub(inputs), profile=profile)


def check_definition(schema: Json, *, profile: Profile | str = WEBHOOK) -> tuple[SchemaProblem, ...]:
    """Why the platform refuses the schema itself; empty when it does not."""
    return compile_schema(schema, _profile(profile)).problems


def _profile(profile: Profile | str) -> Profile:
    return profile if isinstance(profile, Profile) else PROFILES[profile]
