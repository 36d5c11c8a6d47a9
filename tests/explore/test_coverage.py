"""What documents reach of a schema, counted and named; no schema, however odd, breaks the count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.explore.coverage import LISTED, Coverage, Reach, coverage_of
from validator.findings import Json

ORDER: Json = {
    "type": "object",
    "required": ["item"],
    "properties": {
        "item": {"type": "string"},
        "kind": {"type": "string", "enum": ["small", "large"]},
        "note": {"type": ["string", "null"]},
        "parent": {"anyOf": [{"type": "integer"}, {"$ref": "#/$defs/name"}]},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"count": {"enum": [1, 2]}}}},
    },
    "$defs": {"name": {"type": "string", "enum": ["root"]}},
}
MEMBERS, VALUES, ALTERNATIVES = 6, 5, 4


def coverage(schema: Json, *documents: Json) -> Coverage | None:
    reach = Reach("inputSchema", schema)
    for document in documents:
        reach.add(document)
    return reach.coverage


REACHED: list[tuple[str, list[Json], tuple[int, int, int]]] = [
    ("nothing", [], (0, 0, 0)),
    ("one member", [{"item": "a"}], (1, 0, 0)),
    ("a word", [{"item": "a", "kind": "large"}], (2, 1, 0)),
    ("a word that is not listed", [{"kind": "huge"}], (1, 0, 0)),
    ("one of two types", [{"note": None}], (1, 0, 1)),
    ("both types", [{"note": None}, {"note": ""}], (1, 0, 2)),
    ("an alternative", [{"parent": 1}], (1, 0, 1)),
    ("an alternative behind a reference", [{"parent": "root"}], (1, 1, 1)),
    ("no alternative", [{"parent": 0.5}], (1, 0, 0)),
    ("a member of items", [{"lines": [{}, {"count": 2}]}], (2, 1, 0)),
    ("True is no 1", [{"lines": [{"count": True}]}], (2, 0, 0)),
    ("no object", ["item", None, 3], (0, 0, 0)),
]


@pytest.mark.parametrize(("documents", "reached"), [row[1:] for row in REACHED], ids=[row[0] for row in REACHED])
def test_what_documents_reach(documents: list[Json], reached: tuple[int, int, int]) -> None:
    found = coverage(ORDER, *documents)

    assert found is not None
    assert (found.members, found.values, found.alternatives) == tuple(
        zip(reached, (MEMBERS, VALUES, ALTERNATIVES), strict=True)
    )


def test_it_is_told_in_one_line_with_what_is_missing() -> None:
    found = coverage(ORDER, {"item": "a", "kind": "small", "note": "b", "lines": [{"count": 1}]})

    assert found is not None
    assert found.words == "inputSchema: 5 of 6 members, 2 of 5 enum values, 1 of 4 alternatives"
    assert found.missed == (
        "`note` as null",
        "`parent` as anyOf 1",
        "`parent` as anyOf 2",
        "`parent`",
        '`kind` = "large"',
        "`lines[].count` = 2",
        '`parent` = "root"',
    )


@pytest.mark.parametrize("schema", [None, True, {}, {"type": "object"}, {"$ref": "#/$defs/gone"}, {"$ref": "#"}])
def test_a_schema_that_declares_nothing_has_no_coverage(schema: Json) -> None:
    assert coverage_of([Reach("outputSchema", schema)]) == ()


def test_a_schema_that_holds_itself_and_one_that_is_wide_are_bounded() -> None:
    tree: Json = {"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}}
    wide: Json = {"properties": {f"{'long' * 50}{number}": {} for number in range(5000)}}

    for schema in (tree, wide):
        found = coverage(schema, {})
        assert found is not None
        assert len(found.missed) == LISTED
        assert max(map(len, found.missed)) <= 100


def test_a_schema_that_holds_itself_many_times_and_offers_nothing_ends() -> None:
    endless: Json = {"allOf": [{"$ref": "#"}] * 30}

    assert coverage(endless, {"item": "a"}) is None


KEYWORDS = st.sampled_from(["type", "enum", "anyOf", "properties", "items", "allOf", "$ref", "nullable", "a", "#"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | KEYWORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYWORDS, inner, max_size=4),
    max_leaves=12,
)


@given(ANYTHING, ANYTHING)
def test_no_more_is_reached_than_there_is(schema: Json, document: Json) -> None:
    found = coverage(schema, document)

    for reached, of in (found.members, found.values, found.alternatives) if found else ():
        assert 0 <= reached <= of
