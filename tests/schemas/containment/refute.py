"""Tries to refute the decision procedure with random pairs and random documents, and counts what it decides.

    python -m tests.schemas.containment.refute [TRIES [SEED]]

Exit status 1 when a *subtype* was refuted: a document that the left schema accepts and the right one rejects.
"""

from __future__ import annotations

import collections
import json
import sys
import time
from random import Random
from typing import Any

import jsonschema
import jsonschema_rs

from tests.schemas.containment.generators import NAMES, document, pair
from validator.schemas.containment.compare import Comparer
from validator.schemas.containment.verdict import Answer

POOL = 240
"""Documents tried against each pair that is called a subtype."""


def refutation(lhs: Any, rhs: Any, documents: list[Any]) -> Any | None:
    """A list with a document that the left schema accepts and the right one rejects, if there is one among these."""
    form: Any = jsonschema.Draft202012Validator
    left: Any
    right: Any
    try:
        left, right = jsonschema_rs.Draft202012Validator(lhs), jsonschema_rs.Draft202012Validator(rhs)
    except Exception:  # noqa: BLE001 - a schema that the fast validator refuses is left to the slow one
        left, right = form(lhs), form(rhs)
    for value in documents:
        quickly = left.is_valid(value) and not right.is_valid(value)
        if quickly and form(lhs).is_valid(value) and not form(rhs).is_valid(value):
            return [value]
    return None


def relatives(random: Random, examples: tuple[Any, ...]) -> list[Any]:
    """The documents themselves, and each with a part of it changed."""
    return [*examples, *(altered(random, example) for example in examples for _ in range(6))]


def altered(random: Random, value: Any) -> Any:
    """A document with one part replaced, added or left out."""
    if isinstance(value, dict) and random.random() < 0.9:
        name = random.choice([*value, random.choice(NAMES)])
        if name in value and random.random() < 0.2:
            return {key: each for key, each in value.items() if key != name}
        return {**value, name: altered(random, value[name]) if name in value else document(random, 2)}
    if isinstance(value, list) and random.random() < 0.9:
        index = random.randrange(len(value) + 1)
        if index == len(value):
            return [*value, document(random, 2)]
        return [*value[:index], altered(random, value[index]), *value[index + 1 :]]
    return document(random, 2)


def run(tries: int, seed: int) -> tuple[collections.Counter[str], list[tuple[Any, Any, Any]], float]:
    """Counts, refutations and the slowest pair in seconds."""
    random = Random(seed)
    comparer = Comparer()
    counts: collections.Counter[str] = collections.Counter()
    refuted, slowest = [], 0.0
    documents: list[Any] = []
    for index in range(tries):
        if index % 50 == 0:
            documents = [document(random, 3) for _ in range(POOL)]
        lhs, rhs = pair(random)
        started = time.process_time()
        verdict = comparer.compare(lhs, rhs)
        slowest = max(slowest, time.process_time() - started)
        counts[verdict.answer.value] += 1
        if verdict.answer is Answer.UNKNOWN:
            counts[verdict.reason] += 1
        if verdict.answer is Answer.SUBTYPE:
            found = refutation(lhs, rhs, [*documents, *relatives(random, comparer.examples(lhs, 8))])
            if found is not None:
                refuted.append((lhs, rhs, found[0]))
    return counts, refuted, slowest


def main() -> int:
    tries = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    counts, refuted, slowest = run(tries, seed)
    for lhs, rhs, value in refuted[:5]:
        print("REFUTED", json.dumps(lhs), json.dumps(rhs), json.dumps(value), sep="\n  ")
    print(f"{len(refuted)} refuted in {tries} tries, the slowest pair took {1000 * slowest:.0f} ms;", dict(counts))
    return 1 if refuted else 0


if __name__ == "__main__":
    sys.exit(main())
