"""Every function over every kind of argument: what fails whatever the values is told, and what never fails is not."""

from __future__ import annotations

from itertools import product

import pytest

from validator.findings import Json
from validator.templates.catalogue import SIGNATURES
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import evaluate, plan
from validator.templates.inference import infer_plan
from validator.templates.reach import Oddity
from validator.templates.types import from_schema
from validator.templates.values import from_document

_SCHEMAS: dict[str, Json] = {
    "s": {"type": "string"},
    "n": {"type": "number"},
    "b": {"type": "boolean"},
    "l": {"type": "array", "items": {"type": "string"}},
    "o": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
}
_VALUES: list[Json] = [
    {"s": "", "n": 0, "b": True, "l": [], "o": {"a": "x"}},
    {"s": "7", "n": 3, "b": False, "l": ["p", "q", "r"], "o": {"a": "y"}},
    {"s": "1.2.3", "n": 1.5, "b": True, "l": ["p"], "o": {"a": ""}},
]
_SCOPE = from_schema(
    {
        "type": "object",
        "required": ["inputs"],
        "properties": {"inputs": {"type": "object", "required": [*_SCHEMAS], "properties": _SCHEMAS}},
    }
)
_ARGUMENTS = ["inputs.s", "inputs.n", "inputs.b", "inputs.l", "inputs.o", "2"]
_FATAL = {Oddity.COMPARISON, Oddity.ARGUMENT, Oddity.ARITY}
_BY_VALUE = {"div", "divf", "fail", "mod", "mustFromJson", "mustToDate", "semver", "semverCompare", "substr"}
"""Functions that fail on values, not on kinds of them."""
_BOUNDS = "out of range"


def _calls(name: str) -> list[str]:
    signature = SIGNATURES[name]
    least = len(signature.params) - signature.variadic
    counts = [count for count in range(3) if least <= count <= (2 if signature.variadic else len(signature.params))]
    return [f"{{{{ {' '.join([name, *each])} }}}}" for count in counts for each in product(_ARGUMENTS, repeat=count)]


def _fails(text: str) -> list[bool]:
    """Whether it fails, for each of the values; without those that are a matter of bounds."""
    found = []
    for value in _VALUES:
        try:
            evaluate(text, from_document({"inputs": value}))
        except TemplateError as error:
            if _BOUNDS in error.message:
                return []
            found.append(True)
        else:
            found.append(False)
    return found


@pytest.mark.parametrize("name", sorted(SIGNATURES.keys() - _BY_VALUE))
def test_what_always_fails_is_told_and_what_never_fails_is_not(name: str) -> None:
    for text in _calls(name):
        try:
            inferred = infer_plan(planned := plan(text), text, _SCOPE)
            fails = _fails(text)
        except (TemplateError, UnsupportedError):
            continue
        assert planned is not None
        fatal = [remark for remark in inferred.remarks if remark.oddity in _FATAL]
        if fails and all(fails):
            assert fatal, text
        if fails and not any(fails):
            assert not any(remark.facts.get("certain", True) for remark in fatal), text
