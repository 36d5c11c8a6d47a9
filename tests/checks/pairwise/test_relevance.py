"""What a consumer does not look at is left out: the plainer schema is accepted only where the whole one is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from validator.checks.pairwise.dialects import PLATFORM
from validator.checks.pairwise.relevance import relevant
from validator.findings import Json
from validator.schemas.containment.compare import Comparer
from validator.schemas.containment.verdict import Answer


def _closed(**fields: Json) -> Json:
    return {"type": "object", "properties": fields, "required": [*fields], "additionalProperties": False}


_TEXT: Json = {"type": "string"}


@pytest.mark.parametrize(
    ("producer", "consumer", "plain"),
    [
        (_closed(a={"const": "x"}, b={"const": 1}), {"properties": {"a": _TEXT}}, _closed(a=_TEXT)),
        (_closed(a={"const": 1}), {"properties": {"a": {"enum": [1]}}}, _closed(a={"const": 1})),
        (_closed(a={"const": 1}), {"properties": {}, "required": ["a"]}, _closed(a={"const": 1})),
        (_closed(a=_closed(b=_TEXT)), {"properties": {"a": {"type": "object"}}}, _closed(a=_closed())),
        (_closed(a=_TEXT), {"properties": {}, "additionalProperties": False}, _closed(a=_TEXT)),
        (_closed(a=_TEXT), {"minProperties": 2}, _closed(a=_TEXT)),
        ({"properties": {"a": _TEXT}}, {"properties": {}}, {"properties": {"a": _TEXT}}),
        (_closed(a={"const": [1]}), {"properties": {"a": {}}}, _closed(a={"const": [1]})),
    ],
)
def test_what_the_consumer_does_not_look_at_is_left_out(producer: Json, consumer: Json, plain: Json) -> None:
    assert relevant(producer, consumer) == plain


_SCALARS: st.SearchStrategy[Json] = st.sampled_from([None, True, 0, 7, 1.5, "", "x"])
_LEAVES = st.one_of(
    _SCALARS.map(lambda value: {"const": value}),
    st.sampled_from(["string", "integer", "number", "boolean", "null", "object"]).map(lambda kind: {"type": kind}),
)
_PRODUCERS = st.recursive(
    _LEAVES, lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(lambda one: _closed(**one))
)
_CONSUMERS = st.recursive(
    st.one_of(_LEAVES, st.just({}), st.just({"minLength": 1}), st.just({"maxProperties": 1})),
    lambda inner: st.builds(
        lambda fields, required, kind: {"properties": fields, "required": required, **kind},
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
        st.lists(st.sampled_from("abc"), unique=True, max_size=2),
        st.sampled_from([{}, {"type": "object"}, {"additionalProperties": False}]),
    ),
)


@settings(max_examples=examples(150), deadline=None)
@given(_PRODUCERS, _CONSUMERS)
def test_the_plainer_schema_is_accepted_only_where_the_whole_one_is(producer: Json, consumer: Json) -> None:
    comparer = Comparer(PLATFORM)
    plain = relevant(producer, consumer)
    if comparer.compare(plain, consumer, declared=True).answer is Answer.SUBTYPE:  # type: ignore[arg-type]
        assert comparer.compare(producer, consumer, declared=True).answer is Answer.SUBTYPE  # type: ignore[arg-type]
