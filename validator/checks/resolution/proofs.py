"""Proofs that a missing field matters, kept for the next template that asks the same of the same schemas.

Stories of one repository use the same engrams in the same way: most questions have been answered before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from validator.findings import Json
from validator.templates.types import Document

MOST = 4096
"""Proofs that are kept; the oldest are forgotten first."""


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A value of the field's owner with which the missing field matters."""

    witness: Json


Proof: TypeAlias = Counterexample | bool
"""The proof that a missing field matters; False when none was found among many, True when it cannot be told."""


@dataclass(slots=True)
class Proofs:
    """What searches have found, by the question and by the schemas that it was asked of."""

    _found: dict[Hashable, tuple[Sequence[Json], Proof]] = field(default_factory=dict)
    """The schemas are kept beside the answer: the identity of each stays its own."""

    def answer(self, question: Hashable, schemas: Sequence[Json], search: Callable[[], Proof]) -> Proof:
        """What `search` finds. `question` says all that decides about it beside the schemas."""
        key = (question, tuple(_identity(schema) for schema in schemas))
        if key not in self._found:
            if len(self._found) >= MOST:
                del self._found[next(iter(self._found))]
            self._found[key] = (schemas, search())
        return self._found[key][1]


def _identity(schema: Json) -> Hashable:
    """What tells schemas apart: a Document is one object for all that say the same."""
    if isinstance(schema, Document):
        return id(schema)
    try:
        return json.dumps(schema)
    except (TypeError, ValueError):
        return id(schema)
