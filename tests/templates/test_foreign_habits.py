"""Orders of arguments and layouts of dates as other languages have them are told; Go's own, and idioms, are not."""

from __future__ import annotations

import pytest

from validator.templates.evaluation import plan
from validator.templates.inference import infer_plan
from validator.templates.layout_remarks import _MEANT
from validator.templates.layouts import format_time, parse_time
from validator.templates.reach import Oddity
from validator.templates.types import from_schema

_SCOPE = from_schema(
    {
        "type": "object",
        "required": ["inputs"],
        "properties": {
            "inputs": {
                "type": "object",
                "required": ["s", "day", "kind", "items"],
                "properties": {
                    "s": {"type": "string"},
                    "day": {"type": "string"},
                    "kind": {"enum": ["mail", "chat"]},
                    "items": {"type": "array", "items": {"type": "object", "properties": {"s": {"type": "string"}}}},
                },
            }
        },
    }
)


def _found(text: str, oddity: Oddity) -> list[str]:
    planned = plan(text)
    assert planned is not None
    remarks = infer_plan(planned, text, _SCOPE).remarks
    return [text[remark.start : remark.end] for remark in remarks if remark.oddity is oddity]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{{ contains inputs.s "urgent" }}', ['inputs.s "urgent"']),
        ('{{ "urgent" | contains inputs.s }}', ['"urgent" | contains inputs.s']),
        ('{{ hasPrefix inputs.s "http" }}', ['inputs.s "http"']),
        ('{{ hasSuffix (lower inputs.s) ".pdf" }}', ['(lower inputs.s) ".pdf"']),
        ('{{ trimSuffix inputs.s "/" }}', ['inputs.s "/"']),
        ('{{ replace inputs.s "a" "b" }}', ['inputs.s "a" "b"']),
        ('{{ contains "urgent" inputs.s }}', []),
        ('{{ inputs.s | contains "urgent" }}', []),
        ('{{ contains inputs.s "mail,chat" }}', []),
        ('{{ contains inputs.s "mail chat" }}', []),
        ('{{ contains inputs.kind "mailchat" }}', []),
        ("{{ contains inputs.s inputs.day }}", []),
        ('{{ contains "a" "abc" }}', []),
        ('{{ replace "NAME" inputs.s "Hello NAME" }}', []),
        ('{{ replace "a" "b" inputs.s }}', []),
        ('{{ inputs.s | replace "a" "b" }}', []),
        ('{{ replace inputs.s inputs.day "a" }}', []),
        ('{{ trimPrefix "x" inputs.s }}', []),
    ],
)
def test_a_text_that_comes_first(text: str, told: list[str]) -> None:
    assert _found(text, Oddity.ORDER) == told


@pytest.mark.parametrize(
    "layout",
    ["YYYY-MM-DD", "DD.MM.YYYY", "yyyy/MM/dd", "%Y-%m-%d", "HH:mm:ss", "2006-MM-dd", "%H:%M", "MMM dd", "date", "YY"],
)
def test_a_layout_of_others_is_told(layout: str) -> None:
    assert _found(f'{{{{ date "{layout}" (toDate "2006-01-02" inputs.day) }}}}', Oddity.LAYOUT) == [f'"{layout}"']
    assert _found(f'{{{{ toDate "{layout}" inputs.day }}}}', Oddity.LAYOUT) == [f'"{layout}"']


@pytest.mark.parametrize(
    "layout",
    [
        *("2006-01-02", "02.01.2006", "Mon Jan _2 15:04:05 2006", "02 Jan 06 15:04 -0700", "3:04PM", "Monday", "15:04"),
        *("2006-01-02T15:04:05Z07:00", "20060102", "January 2", "15h04", "2006-01-02 at 15:04", "DAY 02", "", "MST 15"),
    ],
)
def test_a_layout_of_go_is_left_alone(layout: str) -> None:
    assert not _found(f'{{{{ date "{layout}" (toDate "2006-01-02" inputs.day) }}}}', Oddity.LAYOUT)


def test_what_is_meant_changes_with_the_time() -> None:
    """Each letter of others stands for something that Go's text shows too, and that differs between two times."""
    layout = "2006-01-02 15:04:05"
    one, other = parse_time(layout, "2001-09-09 01:46:40"), parse_time(layout, "2026-05-04 15:09:37")
    for foreign, meant in _MEANT.items():
        assert format_time(one, foreign) == format_time(other, foreign) == foreign
        assert format_time(one, meant) != format_time(other, meant)
