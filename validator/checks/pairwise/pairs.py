"""Two schemas of two manifests: is everything that the one declares accepted by the other, and if not, where and why.

`compare` goes on behind the first disagreement, so that one run tells all of them. What a producer's schema does not
describe is conceded and counted as unknown, never as wrong.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field

from validator import findings
from validator.checks.pairwise.dialects import FINISHED, PLATFORM
from validator.checks.pairwise.next_counterexample import (
    first_violation,
    governing,
    innermost,
    missing_name,
    narrow_producer,
    objection,
    relax_consumer,
    required_by,
    requirement,
    undescribed,
)
from validator.checks.pairwise.relevance import relevant
from validator.findings import Json, Path
from validator.schemas.containment.compare import Comparer
from validator.schemas.containment.dialect import Dialect
from validator.schemas.containment.verdict import Answer
from validator.schemas.defaults import apply_defaults
from validator.schemas.definition import compile_schema
from validator.schemas.profile import WEBHOOK
from validator.schemas.validation import Violation, validate

MOST = 24
"""Disagreements that are told of one pair."""


class Outcome(enum.StrEnum):
    """What comes of a pair, for a producer that emits what it declares."""

    ACCEPTED = "accepted"
    CAN_FAIL = "can-fail"
    NEVER = "never"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One point on which two schemas differ, with a document that shows it."""

    path: Path
    """The place in the document; of a missing field the place where it is missed."""
    keyword: str
    """The keyword of the consumer's schema that is broken."""
    message: str
    """What was expected and what was found."""
    witness: Json
    """A whole document that the producer's schema allows and the consumer's rejects, small."""
    producer: Path
    """The part of the producer's schema that allows it."""
    consumer: Path
    """The keyword of the consumer's schema that rejects it."""
    missing: str = ""
    """The name of the field that is missing, where that is what is wrong."""
    declared: bool = True
    """Whether the producer declares the field that is missing."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that is known about a pair."""

    outcome: Outcome
    disagreements: tuple[Disagreement, ...] = ()
    unknown: tuple[str, ...] = ()
    """What could not be judged, and why."""
    undeclared: Disagreement | None = None
    """What a producer that emits more than it declares can break, where the declared fields are fine."""


Doubt = Callable[[Path, str], str]
"""Why nothing can be said of a place in the producer's documents; empty when something can."""


@dataclass(slots=True)
class Pairs:
    """Judges pairs of schemas and remembers what it has read. Not for several threads at once."""

    dialect: Dialect = PLATFORM
    finished: Dialect = FINISHED
    _comparer: Comparer = field(init=False)
    _finished: Comparer = field(init=False)
    _usable: dict[int, tuple[Json, str]] = field(default_factory=dict)
    """By the identity of a schema, which is kept: that it is usable, or why not."""

    def __post_init__(self) -> None:
        self._comparer = Comparer(self.dialect)
        self._finished = Comparer(self.finished)

    def judge(self, producer: Json, consumer: Json, *, strict: bool = True, most: int = MOST) -> Judgement:
        """Is everything that `producer` declares accepted by `consumer`? With `strict`, also what it only allows.

        `most` bounds how many disagreements are looked for; the outcome does not depend on it.
        """
        for side, schema in (("producer", producer), ("consumer", consumer)):
            problem = self.unusable(schema)
            if problem:
                return Judgement(Outcome.UNKNOWN, unknown=(f"the {side}'s schema {problem}",))
        emitted = as_object(producer)
        found, unknown = self.disagreements(
            emitted, consumer, lambda path, keyword: doubt(emitted, path, keyword), most=most
        )
        if found:
            never = always_lacks(emitted, consumer) or self.never(emitted, consumer)
            return Judgement(Outcome.NEVER if never else Outcome.CAN_FAIL, tuple(found), tuple(unknown))
        if unknown:
            return Judgement(Outcome.UNKNOWN, unknown=tuple(unknown))
        return Judgement(Outcome.ACCEPTED, undeclared=self._strictly(emitted, consumer) if strict else None)

    def unusable(self, schema: Json) -> str:
        """As the function of this name, for schemas that are met again and again."""
        known = self._usable.get(id(schema))
        if known is None:
            known = self._usable[id(schema)] = (schema, unusable(schema))
        return known[1]

    def disagreements(
        self, producer: Json, consumer: Json, doubts: Doubt, *, most: int = MOST
    ) -> tuple[list[Disagreement], list[str]]:
        """Every disagreement in turn, and every doubt; a producer that is left without values ends the search."""
        plain = relevant(producer, consumer)
        if plain is not producer and self._is_accepted(plain, consumer):
            return [], []
        found: list[Disagreement] = []
        unknown: dict[str, None] = {}
        narrowed, relaxed = producer, consumer
        for _ in range(MOST):
            verdict = self._comparer.compare(_schema(narrowed), _schema(relaxed), declared=True)
            if verdict.answer is Answer.SUBTYPE:
                break
            if verdict.answer is Answer.UNKNOWN:
                unknown.setdefault(verdict.reason or "it could not be decided")
                break
            violation = first_violation(relaxed, verdict.witness, self.dialect)
            if violation is None:
                unknown.setdefault("the platform and jsonschema disagree about a counterexample")
                break
            disagreement = self._disagreement(producer, consumer, verdict.witness, violation)
            reason = doubts(violation.instance_path, violation.keyword)
            if reason:
                unknown.setdefault(reason)
            else:
                found.append(disagreement)
                if len(found) >= most:
                    break
            narrow = not _belongs_to_the_consumer(violation, disagreement, reason)
            without = self._without(narrowed, relaxed, violation, narrow=narrow)
            if without is None:
                break
            narrowed, relaxed = without
        return found, list(unknown)

    def _without(
        self, producer: Json, consumer: Json, violation: Violation, *, narrow: bool
    ) -> tuple[Json, Json] | None:
        """The pair without this violation: of a smaller producer, or else a larger consumer; None where neither is."""
        smaller = narrow_producer(producer, consumer, violation) if narrow else None
        if smaller is not None and not self._is_empty(smaller):
            return smaller, consumer
        larger = relax_consumer(consumer, violation)
        return None if larger is None else (producer, larger)

    def _is_accepted(self, producer: Json, consumer: Json) -> bool:
        """Whether everything that the producer declares is accepted."""
        verdict = self._comparer.compare(_schema(producer), _schema(consumer), declared=True)
        return verdict.answer is Answer.SUBTYPE

    def _is_empty(self, producer: Json) -> bool:
        """Whether nothing is left to emit: then nothing more would be found."""
        return self._comparer.compare(_schema(producer), False, declared=True).answer is Answer.SUBTYPE

    def examples(self, schema: Json, count: int) -> tuple[Json, ...]:
        """Documents that a producer's schema allows."""
        return self._comparer.examples(_schema(schema), count)

    def never(self, producer: Json, consumer: Json) -> bool:
        """Whether nothing that `producer` emits is accepted, as a finished value: proven."""
        return self._finished.disjoint(_schema(producer), _schema(consumer)) is True

    def _disagreement(self, producer: Json, consumer: Json, witness: Json, violation: Violation) -> Disagreement:
        violation = innermost(violation)
        path, name = violation.instance_path, missing_name(violation)
        whole = (*path, name) if name else path
        allowing = governing(producer, whole, self.dialect)
        return Disagreement(
            path=whole,
            keyword=violation.keyword,
            message=objection(consumer, witness, violation, self.dialect),
            witness=witness,
            producer=allowing,
            consumer=requirement(consumer, violation) if name else violation.schema_path,
            missing=name,
            declared=not name or allowing != governing(producer, path, self.dialect),
        )

    def _strictly(self, producer: Json, consumer: Json) -> Disagreement | None:
        verdict = self._comparer.compare(_schema(producer), _schema(consumer))
        if verdict.answer is not Answer.NOT:
            return None
        violation = first_violation(consumer, verdict.witness, self.dialect)
        return None if violation is None else self._disagreement(producer, consumer, verdict.witness, violation)


def unusable(schema: Json) -> str:
    """Why nothing can be concluded from a schema; empty when something can."""
    if not isinstance(schema, dict):
        return "is missing" if schema is None else "is no object"
    if not schema:
        return "is empty"
    problems = compile_schema(schema, WEBHOOK).problems
    if not problems:
        return ""
    where = dotted(problems[0].schema_path)
    return f"is refused by the platform: {f'at `{where}`, ' if where else ''}{problems[0].message}"


def as_object(schema: Json) -> Json:
    """The schema of outputs: whatever it says, an output is an object (runtime.md 1; templating.md 9)."""
    if not isinstance(schema, dict) or "$ref" in schema:
        return schema
    types = schema.get("type")
    return {**schema, "type": "object"} if types is None or (isinstance(types, list) and "object" in types) else schema


def doubt(producer: Json, path: Path, keyword: str) -> str:
    """Why nothing can be said of a place, because the producer's schema says nothing of it."""
    where = undescribed(producer, path, keyword, PLATFORM)
    if where is None:
        return ""
    if not where:
        return "the producer's schema lists no fields"
    return f"the producer's schema does not describe `{dotted(where)}`"


def _belongs_to_the_consumer(violation: Violation, found: Disagreement, reason: str) -> bool:
    """Whether the producer cannot be narrowed to avoid it: it lacks a field, or always has one that is refused."""
    if missing_name(violation):
        return bool(reason) or not found.declared
    return violation.keyword == "additionalProperties"


def always_lacks(producer: Json, consumer: Json) -> bool:
    """Whether the consumer requires a field, whatever else it gets, that the producer does not declare."""
    if undescribed(producer, (), "required", PLATFORM) is not None:
        return False
    profile = PLATFORM.profile
    assert profile is not None
    return any(
        (name := missing_name(violation))
        and not violation.instance_path
        and required_by(violation) == ()
        and governing(producer, (name,), PLATFORM) == ()
        for violation in validate(consumer, apply_defaults(consumer, {}), profile=profile)
    )


def dotted(path: Path) -> str:
    """A path as people write it: `history[0].role`."""
    return findings.dotted(path).removeprefix(".")


def _schema(schema: Json) -> bool | dict[str, Json]:
    return schema if isinstance(schema, bool | dict) else {}
