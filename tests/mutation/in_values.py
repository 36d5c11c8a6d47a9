"""Mistakes in what a step is given."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from tests.mutation.drafts import SCHEMAS, Draft, Path
from tests.mutation.mistake import Apply, Mistake, slip


def _given(draft: Draft) -> list[tuple[str, Path, str, str]]:
    """Document, path, engram and input of every value that a step gives."""
    found: list[tuple[str, Path, str, str]] = []
    for key in ("batch", "realtime"):
        if key not in draft.documents:
            continue
        for path, step in draft.steps(key):
            for part in ("with", "runtime"):
                if "ref" in step and part in step:
                    found += [(key, (*path, part, name), step["ref"]["name"], name) for name in step[part]]
    return found


def _literal(wanted: dict[str, Any], value: Callable[[random.Random], Any]) -> Apply:
    """A literal that the schema refuses, where the schema is just this."""

    def apply(rng: random.Random, draft: Draft) -> bool:
        places = [
            (key, path)
            for key, path, engram, name in _given(draft)
            if draft.schema(engram, "inputSchema")["properties"][name] == wanted
        ]
        if not places:
            return False
        key, path = rng.choice(places)
        draft.set(key, path, value(rng))
        return True

    return apply


def _required(
    change: Callable[[random.Random, Draft, str, Path], None], *, closed: bool | None = None, required: bool = True
) -> Apply:
    def apply(rng: random.Random, draft: Draft) -> bool:
        places = [
            (key, path)
            for key, path, engram, name in _given(draft)
            if (name in (schema := draft.schema(engram, "inputSchema"))["required"]) is required
            and (closed is None or ("additionalProperties" in schema) is closed)
        ]
        if not places:
            return False
        key, path = rng.choice(places)
        change(rng, draft, key, path)
        return True

    return apply


def _rename(rng: random.Random, draft: Draft, key: str, path: Path) -> None:
    parent = draft.get(key, path[:-1])
    renamed = {(slip(rng, name) if name == path[-1] else name): value for name, value in parent.items()}
    draft.set(key, path[:-1], renamed)


def _set(value: Any) -> Callable[[random.Random, Draft, str, Path], None]:
    return lambda rng, draft, key, path: draft.set(key, path, value)


VALUES = [
    Mistake("count-as-text", _literal(SCHEMAS["count"], lambda rng: "many")),
    Mistake("count-too-large", _literal(SCHEMAS["count"], lambda rng: rng.randint(100, 999))),
    Mistake("count-negative", _literal(SCHEMAS["count"], lambda rng: -1)),
    Mistake("count-with-fraction", _literal(SCHEMAS["count"], lambda rng: 2.5)),
    Mistake("count-quoted", _literal(SCHEMAS["count"], lambda rng: "12")),
    Mistake("level-outside-enum", _literal(SCHEMAS["level"], lambda rng: rng.choice(["urgent", "High", "meduim"]))),
    Mistake("flag-as-text", _literal(SCHEMAS["flag"], lambda rng: rng.choice(["true", "no"]))),
    Mistake("text-as-number", _literal(SCHEMAS["text"], lambda rng: rng.randint(1, 99))),
    Mistake("text-as-list", _literal(SCHEMAS["text"], lambda rng: ["a"])),
    Mistake("tags-as-text", _literal(SCHEMAS["tags"], lambda rng: "red, green")),
    Mistake("tags-with-number", _literal(SCHEMAS["tags"], lambda rng: ["red", 5])),
    Mistake("details-incomplete", _literal(SCHEMAS["details"], lambda rng: {"code": "A1"}), removes=True),
    Mistake("details-member-of-other-type", _literal(SCHEMAS["details"], lambda rng: {"code": "A1", "score": "three"})),
    Mistake("input-missing", _required(lambda rng, draft, key, path: draft.remove(key, path)), removes=True),
    Mistake("required-input-misspelt", _required(_rename)),
    Mistake("optional-input-misspelt", _required(_rename, required=False)),
    Mistake("input-null", _required(_set(None))),
]
