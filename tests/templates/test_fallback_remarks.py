"""Every order of a constant and an input in `default`, `coalesce` and `or`: told where one of them never counts."""

from __future__ import annotations

from itertools import product

import pytest

from validator.findings import Json
from validator.templates.evaluation import evaluate, plan
from validator.templates.inference import infer_plan
from validator.templates.reach import Oddity
from validator.templates.types import from_schema
from validator.templates.values import from_document

_SCOPE = from_schema(
    {
        "type": "object",
        "required": ["inputs"],
        "properties": {
            "inputs": {
                "type": "object",
                "required": ["o"],
                "properties": {
                    "s": {"type": "string"},
                    "n": {"type": "integer", "minimum": 1},
                    "kind": {"enum": ["mail", "chat"]},
                    "o": {"type": "object", "properties": {"s": {"type": "string"}}},
                },
            }
        },
    }
)
_DOCUMENTS: list[Json] = [
    {"inputs": {"o": {}}},
    {"inputs": {"s": "", "n": 3, "o": {"s": ""}}},
    {"inputs": {"s": "text", "n": 7, "kind": "mail", "o": {"s": "other"}}},
]
_INPUTS = ["inputs.s", "inputs.n", "inputs.o.s", "(lower (toString inputs.s))", '(index inputs "s")']
_CONSTANTS = ['"a"', "`a b`", "5", "$d", '""', "0", "(list)"]


def _swapped(text: str) -> list[str]:
    planned = plan(text)
    assert planned is not None
    found = [remark for remark in infer_plan(planned, text, _SCOPE).remarks if remark.oddity is Oddity.SWAPPED]
    return [text[remark.start : remark.end] for remark in found]


def _given(text: str) -> list[str]:
    return [str(evaluate(text, from_document(document)).value) for document in _DOCUMENTS]


@pytest.mark.parametrize(("value", "constant"), [*product(_INPUTS, _CONSTANTS)])
def test_what_never_counts_is_told(value: str, constant: str) -> None:
    """By what the platform's functions really give: nothing that changes with the data is called swapped."""
    declared = '{{ $d := "z" }}' if constant == "$d" else ""
    for call in (f"default {value} {constant}", f"{constant} | default {value}"):
        text = f"x{declared}{{{{ {call} }}}}"
        assert len(_swapped(text)) == (constant != "(list)"), text
        given = _given(text)
        alone = _given(f"x{declared}{{{{ {constant} }}}}")
        values = _given(f"x{{{{ {value} }}}}")
        assert given in (alone, values), (text, given)
    for call in (f"default {constant} {value}", f"{value} | default {constant}", f"{value} | or {constant} | quote"):
        text = f"x{declared}{{{{ {call} }}}}"
        assert not _swapped(text) or "or" in call, text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{{ default inputs.s "a" }}', ['inputs.s "a"']),
        ('{{ "a" | default inputs.s }}', ['"a" | default inputs.s']),
        ('{{ default (index inputs "s") "a" }}', ['(index inputs "s") "a"']),
        ('{{ default inputs.s "" }}', ['inputs.s ""']),
        ('{{ coalesce "a" inputs.s }}', ['"a" inputs.s']),
        ('{{ coalesce inputs.s "a" inputs.n }}', ['"a" inputs.n']),
        ('{{ or "a" inputs.s }}', ['"a" inputs.s']),
        ('{{ upper (default inputs.s "a") }}', ['inputs.s "a"']),
        ('{{ range $e := inputs.s }}{{ default $e "a" }}{{ end }}', ['$e "a"']),
        ('{{ if inputs.n }}{{ default inputs.s "a" }}{{ end }}', ['inputs.s "a"']),
        # What authors write on purpose.
        ('{{ default "a" inputs.s }}', []),
        ('{{ inputs.s | default "a" }}', []),
        ('{{ default "a" "b" }}', []),
        ('{{ default (list "a") "b" }}', []),
        ("{{ default inputs.o.s inputs.s }}", []),
        ("{{ default inputs.s inputs.kind }}", []),
        ('{{ coalesce inputs.s "a" }}', []),
        ('{{ coalesce "" inputs.s }}', []),
        ('{{ coalesce inputs.s inputs.n "a" }}', []),
        ("{{ or true inputs.s }}", []),
        ("{{ or false inputs.s }}", []),
        ('{{ or inputs.s "a" }}', []),
        ('{{ $d := "a" }}{{ if inputs.n }}{{ $d = "" }}{{ end }}{{ default inputs.s $d }}', []),
        ('{{ $d := inputs.s }}{{ $d | default "a" }}', []),
    ],
)
def test_the_two_arguments_are_told(text: str, told: list[str]) -> None:
    assert _swapped(text) == told


def test_a_default_that_is_never_used_leaves_no_type() -> None:
    text = '{{ default inputs.n "a" }}'
    planned = plan(text)
    assert planned is not None
    assert infer_plan(planned, text, _SCOPE).type.only("string")
