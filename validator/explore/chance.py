"""Random inputs from a schema: Hypothesis draws them, so that they are small, odd and the same for the same seed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from validator.explore.boundaries import bound
from validator.findings import Json
from validator.schemas.profile import WEBHOOK
from validator.schemas.samples import samples
from validator.schemas.validation import is_instance

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

BATCH = 100
"""Inputs that are drawn at a time: a long search must not wait for all of them."""
STRIDE = 1_000_003
"""Between the seeds of batches, so that those of neighbouring seeds differ."""
DEEP = 4
"""Levels below which only what is required is drawn."""


def random_inputs(schema: Json, count: int, seed: int) -> Iterator[Mapping[str, Json]]:
    """At most `count` objects that the schema takes, the same for the same seed; none twice."""
    seen: set[str] = set()
    for batch in range(0, count, BATCH):
        by_text = {repr(inputs): inputs for inputs in _drawn(schema, min(BATCH, count - batch), seed + batch * STRIDE)}
        new = {text: inputs for text, inputs in by_text.items() if text not in seen}
        if not new:
            return
        seen |= new.keys()
        yield from new.values()


@contextlib.contextmanager
def _no_storage() -> Iterator[None]:
    """Hypothesis would leave hundreds of files for its next run in a folder beside the author's."""
    from hypothesis.configuration import set_hypothesis_home_dir, storage_directory

    home = storage_directory(intent_to_write=False).home_directory
    set_hypothesis_home_dir(Path(os.devnull, "hypothesis"))
    try:
        yield
    finally:
        set_hypothesis_home_dir(home)


def _drawn(schema: Json, count: int, seed: int) -> Iterable[Mapping[str, Json]]:
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded
    from hypothesis.errors import HypothesisException

    examples: list[Mapping[str, Json]] = []

    @seeded(seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(_objects(schema, schema, 0))
    def draw(inputs: Json) -> None:
        if isinstance(inputs, dict) and is_instance(schema, inputs, profile=WEBHOOK):
            examples.append(inputs)

    with _no_storage(), contextlib.suppress(HypothesisException):  # nothing was found for the schema, or no more
        draw()
    return examples or [sample for sample in samples(schema, count, seed) if isinstance(sample, dict)]


def _objects(schema: Json, root: Json, depth: int) -> SearchStrategy[Json]:
    """Values of a schema, as far as its keywords are plain; the caller holds them against the whole schema."""
    from hypothesis import strategies as st

    known: Mapping[str, Any] = schema if isinstance(schema, dict) else {}
    if "const" in known:
        return st.just(known["const"])
    if isinstance(known.get("enum"), list) and known["enum"]:
        return st.sampled_from(known["enum"])
    alternatives = _alternatives(known)
    if alternatives:
        return st.one_of([_objects(each, root, depth) for each in alternatives])
    named = known.get("type", "object" if "properties" in known else None)
    kinds = [kind for kind in (named if isinstance(named, list) else [named]) if isinstance(kind, str)]
    return st.one_of([_of_type(kind, known, root, depth) for kind in kinds]) if kinds else _anything()


def _alternatives(schema: Mapping[str, Any]) -> list[Json]:
    """The schema with each of its alternatives in turn; empty where it has none."""
    for keyword in ("anyOf", "oneOf"):
        members = schema.get(keyword)
        if isinstance(members, list) and members:
            rest = {key: value for key, value in schema.items() if key != keyword}
            return [{**rest, **each} for each in members if isinstance(each, dict)]
    return []


def _anything() -> SearchStrategy[Json]:
    from hypothesis import strategies as st

    return st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=5))


def _of_type(kind: str, schema: Mapping[str, Any], root: Json, depth: int) -> SearchStrategy[Json]:
    from hypothesis import strategies as st

    if kind == "object":
        return _object(schema, root, depth)
    if kind == "array":
        items = _objects(schema.get("items", {"type": "string"}), root, depth + 1)
        least = bound(schema, "minItems", 0)
        return st.lists(items, min_size=least, max_size=max(least, min(bound(schema, "maxItems", 5), 5)))
    if kind == "string":
        return _string(schema)
    if kind in {"integer", "number"}:
        return _numeric(kind, schema)
    return st.booleans() if kind == "boolean" else st.none()


def _object(schema: Mapping[str, Any], root: Json, depth: int) -> SearchStrategy[Json]:
    from hypothesis import strategies as st

    declared = schema.get("properties")
    properties: Mapping[str, Any] = declared if isinstance(declared, dict) else {}
    listed = schema.get("required")
    required = [name for name in (listed if isinstance(listed, list) else ()) if isinstance(name, str)]
    needed = {name: _objects(properties.get(name, {}), root, depth + 1) for name in required}
    optional = {
        name: _objects(member, root, depth + 1)
        for name, member in properties.items()
        if name not in needed and depth < DEEP
    }
    return st.fixed_dictionaries(needed, optional=optional)


def _string(schema: Mapping[str, Any]) -> SearchStrategy[Json]:
    from hypothesis import strategies as st

    if schema.get("pattern") or schema.get("format"):
        texts = [sample for sample in samples(dict(schema), 8) if isinstance(sample, str)]
        if texts:
            return st.sampled_from(texts)
    least = bound(schema, "minLength", 0)
    most = max(least, min(bound(schema, "maxLength", 20), 200))
    # Surrogates are no text, and no environment variable holds a NUL.
    alphabet = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    return st.text(alphabet, min_size=least, max_size=most)


def _numeric(kind: str, schema: Mapping[str, Any]) -> SearchStrategy[Json]:
    from hypothesis import strategies as st

    least, most = schema.get("minimum"), schema.get("maximum")
    if kind == "integer":
        whole = [limit if isinstance(limit, int) and not isinstance(limit, bool) else None for limit in (least, most)]
        return st.integers(*whole)
    real = [float(limit) if isinstance(limit, int | float) else None for limit in (least, most)]
    return st.floats(*real, allow_nan=False, allow_infinity=False)
