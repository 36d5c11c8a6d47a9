"""Every verb of `printf` over every kind of value: told where Go always prints a fault, and nowhere else."""

from __future__ import annotations

import pytest

from validator.findings import Json
from validator.templates.evaluation import evaluate, plan
from validator.templates.inference import infer_plan
from validator.templates.reach import Oddity
from validator.templates.types import from_schema
from validator.templates.values import from_document

_SCHEMAS: dict[str, Json] = {
    "s": {"type": "string"},
    "n": {"type": "number"},
    "b": {"type": "boolean"},
    "either": {"type": ["number", "string"]},
}
_VALUES: list[Json] = [{"s": "", "n": 0, "b": True, "either": 1}, {"s": "%d", "n": -2.5, "b": False, "either": "a"}]
_SCOPE = from_schema(
    {
        "type": "object",
        "required": ["inputs"],
        "properties": {"inputs": {"type": "object", "required": [*_SCHEMAS], "properties": _SCHEMAS}},
    }
)
_VERBS = [
    *"vTtbcdoOqxXUeEfFgGsw",
    "5d",
    "-5.2f",
    "05d",
    "+d",
    " d",
    ".3s",
    "x%",
    "5%%",
    "%",
    "d%%",
    "d %d",
    "[1]d",
    "*d",
]
_ARGUMENTS = ["", *(f"inputs.{name}" for name in _SCHEMAS), "3", "(len inputs.s)", "inputs.s inputs.n"]


def _remarks(text: str) -> list[str]:
    planned = plan(text)
    assert planned is not None
    found = [remark for remark in infer_plan(planned, text, _SCOPE).remarks if remark.oddity is Oddity.FORMAT]
    return [text[remark.start : remark.end] for remark in found]


@pytest.mark.parametrize("verb", _VERBS)
def test_what_is_printed_for_a_fault_is_told(verb: str) -> None:
    for argument in _ARGUMENTS:
        text = f'{{{{ printf "%{verb}" {argument} }}}}'
        printed = [str(evaluate(text, from_document({"inputs": values})).value) for values in _VALUES]
        always = all("%!" in each for each in printed)
        depends = "[" in verb or "*" in verb
        assert bool(_remarks(text)) == (always and not depends), (text, printed)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{{ printf "%s of %d" inputs.s inputs.n }}', ["%d"]),
        ('{{ inputs.n | printf "%s: %d" inputs.s }}', ["%d"]),
        ("{{ printf `%d` inputs.n }}", ["%d"]),
        ('{{ printf "\\t%d" inputs.n }}', ['"\\t%d"']),
        ('{{ printf "%s" inputs.s inputs.n }}', ["inputs.n"]),
        ('{{ printf "%d%" 3 }}', ["%"]),
        ("{{ printf inputs.s inputs.n }}", []),
        ('{{ printf "100%%" }}', []),
    ],
)
def test_the_characters_at_fault_are_told(text: str, told: list[str]) -> None:
    assert _remarks(text) == told
