"""The answer to one comparison."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from validator.findings import Json


class Answer(enum.StrEnum):
    """Is everything that the one schema allows accepted by the other?"""

    SUBTYPE = "subtype"
    """Yes, and it is proven."""
    NOT = "not"
    """No: there is a witness."""
    UNKNOWN = "unknown"
    """It could not be decided."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer with what it rests on."""

    answer: Answer
    witness: Json = None
    """With `not`: a document that the left schema allows and the right one rejects."""
    reason: str = ""
    """With `unknown`: why."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both readings of the producer, and whether the two schemas have anything in common."""

    strict: Verdict
    """The producer may emit anything its schema allows, undeclared members included."""
    declared: Verdict
    """The producer emits only the members it declares, at every depth."""
    disjoint: bool | None
    """Is there a document that the producer may emit, and none of them is ever accepted? None: not known."""
