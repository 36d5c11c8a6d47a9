"""What the hub knows of the engram behind a step: its mode and the schemas of its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from validator.findings import Json, Path, dotted
from validator.schemas.defaults import apply_defaults
from validator.schemas.profile import HUB
from validator.schemas.validation import validate, validate_inputs
from validator.schemas.violations import Violation


@dataclass(frozen=True, slots=True)
class HubEngram:
    """An Engram of the run's namespace with its EngramTemplate."""

    name: str
    is_job: bool = False
    input_schema: Json = None
    """None where the template or its schema is not known: nothing is validated then."""
    output_schema: Json = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the hub refuses a value."""

    text: str
    instance_path: Path
    schema_path: Path


def output_problem(engram: HubEngram, outputs: Mapping[str, Json]) -> Problem | None:
    """Why the hub refuses what a step has put out; None when it does not."""
    if engram.output_schema is None or not outputs:
        return None
    return _first(validate(engram.output_schema, dict(outputs), profile=HUB))


def completed_inputs(
    engram: HubEngram, inputs: Mapping[str, Json] | None
) -> tuple[Mapping[str, Json] | None, Problem | None]:
    """The inputs with the defaults of the schema, and why the hub refuses them; None when it does not (B6.8)."""
    if engram.is_job or engram.input_schema is None:
        return inputs, None
    filled = apply_defaults(engram.input_schema, dict(inputs or {}))
    return (filled if isinstance(filled, dict) else inputs), _first(
        validate_inputs(engram.input_schema, filled, profile=HUB)
    )


def _first(violations: Sequence[Violation]) -> Problem | None:
    if not violations:
        return None
    first = violations[0]
    return Problem(f"{dotted(first.instance_path) or '.'}: {first.message}", first.instance_path, first.schema_path)
