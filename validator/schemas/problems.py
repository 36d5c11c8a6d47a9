"""What can be wrong with a schema itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from validator.findings import Json, Path


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """One thing that is wrong with a schema, or that it does not mean what it says."""

    kind: str
    """`invalid-definition`, `invalid-pattern`, `unresolved-ref`, `external-ref` (the platform refuses the schema as a
    whole), or one of those of `sanity`."""
    schema_path: Path
    """Where, from the root of the author's schema."""
    message: str
    """What was expected and what is there, in words, without the path."""
    evidence: Mapping[str, Json] = field(default_factory=dict)
