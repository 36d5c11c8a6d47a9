"""What stories share of their inferences is what each of them would find alone."""

from __future__ import annotations

import pytest

from validator.findings import Json
from validator.stories.analysis import PathInferences, planned
from validator.templates.evaluation import Plan
from validator.templates.inference import Inference, infer_plan
from validator.templates.types import Document, Type, from_schema

_PAGE = Document(
    {
        "type": "object",
        "properties": {"output": {"type": "object", "properties": {"body": {"type": "string"}}, "required": ["body"]}},
        "required": ["output"],
    }
)
_MAIL = Document({"type": "object", "properties": {"output": {"properties": {"body": {"type": "integer"}, "to": {}}}}})
_CHOICE = Document({"anyOf": [dict(_PAGE), {"type": "string"}]})
_INPUTS = Document({"type": "object", "properties": {"url": {"type": "string"}}, "additionalProperties": False})


def _closed(properties: dict[str, Json], required: bool = True) -> Json:
    names: list[Json] = [*properties] if required else []
    return {"type": "object", "properties": properties, "required": names, "additionalProperties": False}


def _context(steps: dict[str, Json], inputs: Json = _INPUTS, *, surely: bool = True) -> Type:
    return from_schema(_closed({"inputs": inputs, "steps": _closed(steps, surely)}))


_CONTEXTS = [
    _context({"fetch": _PAGE}),
    _context({"fetch": _PAGE, "send": _MAIL}),
    _context({"fetch": _MAIL, "send": _PAGE}),
    _context({"fetch": _PAGE}, surely=False),
    _context({"fetch": _CHOICE}, {}),
    _context({"send": dict(_PAGE)}, {"type": "string"}),
    _context({}),
]
_TEXTS = [
    "{{ steps.fetch.output.body }}",
    "{{ steps.fetch.output.to }}",
    "{{ steps.send.output.body }}",
    "{{ steps.fetch }}",
    "{{ steps }}",
    "{{ inputs.url }}",
    "{{ inputs.url.host }}",
    "{{ inputs.missing }}",
    '{{ steps["fetch"].output.body }}',
    "{{ steps.fetch.output.body | upper }}",
    "page: {{ steps.fetch.output.body }}",
]
_KNOWN = [frozenset(), frozenset({("steps", "fetch", "output", "to")}), frozenset({("inputs", "url")})]


def _plan(text: str) -> Plan:
    made = planned(text)
    assert isinstance(made, Plan)
    return made


@pytest.mark.parametrize("text", _TEXTS)
def test_a_shared_inference_is_the_one_that_would_be_made(text: str) -> None:
    paths = PathInferences()
    for _ in range(2):
        for context in _CONTEXTS:
            for known in _KNOWN:
                assert paths.infer(_plan(text), text, context, known) == infer_plan(_plan(text), text, context, known)


def test_stories_with_the_same_schema_behind_a_path_share_what_becomes_of_it() -> None:
    text = "{{ steps.fetch.output.body }}"
    paths = PathInferences()
    one, two, other = (_inferred(paths, text, context) for context in _CONTEXTS[:3])
    assert one is two
    assert other.type != one.type


def _inferred(paths: PathInferences, text: str, context: Type) -> Inference:
    return paths.infer(_plan(text), text, context, frozenset())
