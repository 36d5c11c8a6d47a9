from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.reports.report_samples import SOURCES, at, lines
from validator.findings import Location, Suggestion
from validator.reports.excerpts import Row, edit, excerpt

SOURCE = tuple(SOURCES["stories/triage.yaml"].split("\n"))


def underlined(row: Row) -> str:
    """The characters above the marks, by cells."""
    cells = "".join(character + "\0" * (cell_len(character) - 1) for character in row.text)
    return cells[row.start : row.start + row.length].replace("\0", "")


@pytest.mark.parametrize(
    ("location", "marked"),
    [
        (at("stories/triage.yaml", 11, "chanels"), ["chanels"]),
        (at("stories/triage.yaml", 15, "Abteilung"), ["Abteilung"]),
        (at("stories/triage.yaml", 15, "日本語"), ["日本語"]),
        (at("tabs.yaml", 1, "'日本語 value'"), ["'日本語 value'"]),
        (at("tabs.yaml", 2, "NEEDLE"), ["NEEDLE"]),
        (Location("stories/triage.yaml", 2, 1, 2, 1), ["k"]),  # an empty range still shows where
        (Location("stories/triage.yaml", 2, 7, 4, 3), ["Story", "metadata: {name: triage}", "sp"]),
        (Location("stories/triage.yaml", 2, 1, 3, 1), ["kind: Story"]),  # the line feed is its last character
        (Location("stories/triage.yaml", 3, 1, 999, 1), ["metadata: {name: triage}", "spec:", None, " "]),
        (Location("stories/triage.yaml", 3, 999, 3, 1000), [""]),
        (Location("stories/triage.yaml", 0, 1), []),
        (Location("stories/triage.yaml", 99, 1), []),
        (Location("absent.yaml"), []),
    ],
)
def test_the_exact_characters_are_marked(location: Location, marked: list[str | None]) -> None:
    rows = excerpt(location, lines, 60)
    assert [underlined(row).rstrip() if row.number else None for row in rows] == [
        text.rstrip() if text else text for text in marked
    ]


@given(st.text(st.sampled_from("ab \t日\u0301\x1b"), max_size=120), st.integers(0, 120), st.integers(0, 120))
def test_a_row_keeps_its_width_and_its_mark(text: str, start: int, length: int) -> None:
    rows = excerpt(Location("f", 1, start + 1, 1, start + length + 1), lambda _: [text], 40)
    for row in rows:
        assert cell_len(row.text) <= 40
        assert 0 <= row.start <= 40
        assert 1 <= row.length <= 40


def test_a_line_of_megabytes_is_cut_around_the_mark() -> None:
    text = "a" * 5_000_000 + "HERE" + "b" * 5_000_000
    (row,) = excerpt(Location("f", 1, 5_000_001, 1, 5_000_005), lambda _: [text], 50)
    assert underlined(row) == "HERE"
    assert row.text.startswith("…a")
    assert row.text.endswith("b…")


@pytest.mark.parametrize(
    ("place", "replacement", "line", "before", "after"),
    [
        (at("stories/triage.yaml", 3, "triage"), "sorting", 3, SOURCE[2:3], ("metadata: {name: sorting}",)),
        (Location("stories/triage.yaml", 2, 1, 3, 1), "", 2, SOURCE[1:2], ()),
        (Location("stories/triage.yaml", 2, 12, 2, 12), "\nextra: 1", 3, (), ("extra: 1",)),
    ],
)
def test_an_edit_as_lines(
    place: Location, replacement: str, line: int, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    change = edit(Suggestion("do", place, replacement), lines)
    assert change is not None
    assert (change.location.line, change.before, change.after) == (line, before, after)


def test_no_edit_without_a_source() -> None:
    assert edit(Suggestion("do"), lines) is None
    assert edit(Suggestion("do", Location("absent.yaml"), "x"), lines) is None
