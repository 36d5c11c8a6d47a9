"""Every comparison of a number with every constant: told where the schema's range decides it, by evaluation."""

from __future__ import annotations

from itertools import product

import pytest

from validator.findings import Json
from validator.templates.evaluation import evaluate, plan
from validator.templates.inference import infer_plan
from validator.templates.reach import Oddity
from validator.templates.types import from_schema
from validator.templates.values import from_document

_SCHEMAS: dict[str, Json] = {
    "both": {"type": "integer", "minimum": 1, "maximum": 5},
    "least": {"type": "number", "minimum": 1},
    "most": {"type": "number", "exclusiveMaximum": 5},
    "few": {"enum": [1, 5]},
    "any": {"type": "number"},
    "optional": {"type": "number", "minimum": 1},
    "text": {"type": ["number", "string"], "minimum": 1},
}
_NUMBERS: dict[str, list[float]] = {
    "both": [1, 2, 3, 4, 5],
    "least": [1, 1.5, 3, 5, 5.5, 1e9],
    "most": [-1e9, 0, 0.5, 1, 3, 4.9],
    "few": [1, 5],
    "any": [-1e9, 1, 3, 5, 1e9],
    "optional": [1, 1.5, 3, 5, 5.5, 1e9],
    "text": [1, 5],
}
_SCOPE = from_schema(
    {
        "type": "object",
        "required": ["inputs"],
        "properties": {
            "inputs": {
                "type": "object",
                "required": [name for name in _SCHEMAS if name != "optional"],
                "properties": _SCHEMAS,
            }
        },
    }
)
_UNKNOWN = {"any", "optional", "text"}


def _outcomes(text: str) -> list[bool]:
    planned = plan(text)
    assert planned is not None
    found = [remark for remark in infer_plan(planned, text, _SCOPE).remarks if "range" in remark.facts]
    assert all(remark.oddity is Oddity.CONSTANT for remark in found)
    return [remark.facts["outcome"] is True for remark in found]


@pytest.mark.parametrize(("name", "function"), [*product(_SCHEMAS, ["eq", "ne", "lt", "le", "gt", "ge"])])
def test_what_the_range_decides_is_told(name: str, function: str) -> None:
    for constant, mirrored in product(["0.0", "1.0", "3.0", "5.0", "6.0"], [False, True]):
        arguments = f"{constant} inputs.{name}" if mirrored else f"inputs.{name} {constant}"
        text = f"{{{{ {function} {arguments} }}}}"
        given = {evaluate(text, from_document({"inputs": {name: number}})).value for number in _NUMBERS[name]}
        found = _outcomes(text)
        assert not found or (given == {found[0]} and name not in _UNKNOWN), text
        if name not in _UNKNOWN and given == {False} and function not in ("eq", "ne"):
            assert found == [False] or name == "most", text
        if name == "both" and given == {True} and constant in ("0.0", "6.0"):
            assert found == [True], text


@pytest.mark.parametrize("text", ["{{ gt 3.0 5.0 }}", "{{ ge inputs.both 1.0 }}", "{{ le inputs.both 5.0 }}"])
def test_what_makes_sure_is_left_alone(text: str) -> None:
    assert not _outcomes(text)
