"""Edits of findings applied together: conflicts are left out, line ends kept."""

from __future__ import annotations

import pytest

from validator.engine.fixes import fixes
from validator.findings import Finding, Location, Severity, Subject, Suggestion
from validator.rules import manifests as rules

TEXT = "one two\nthree\n"

CASES = [
    pytest.param([((1, 1, 1, 4), "1")], "1 two\nthree\n", 0, id="one"),
    pytest.param([((1, 1, 1, 4), "1"), ((2, 1, 2, 6), "3")], "1 two\n3\n", 0, id="two lines"),
    pytest.param([((1, 5, 1, 8), "2"), ((1, 1, 1, 4), "1")], "1 2\nthree\n", 0, id="one line, in any order"),
    pytest.param([((1, 1, 1, 4), "1"), ((1, 1, 1, 4), "1")], "1 two\nthree\n", 0, id="one edit of two findings"),
    pytest.param([((1, 1, 1, 8), "all"), ((1, 5, 1, 8), "2")], "all\nthree\n", 1, id="overlap"),
    pytest.param([((1, 1, 1, 4), "1"), ((1, 4, 1, 8), "")], "1\nthree\n", 0, id="side by side"),
    pytest.param([((1, 1, 1, 1), "a"), ((1, 1, 1, 1), "b")], "aone two\nthree\n", 1, id="two insertions"),
    pytest.param([((2, 1, 2, 1), "new\n")], "one two\nnew\nthree\n", 0, id="a line"),
    pytest.param([((9, 1, 9, 2), "x")], None, 0, id="a line that is gone"),
]


def finding(place, replacement):
    where = Location("a.yaml", *place)
    return Finding(
        rules.INVALID_YAML, "m", where, Subject("file", "a.yaml"), Severity.ERROR,
        suggestion=Suggestion("do", where, replacement),
    )  # fmt: skip


@pytest.mark.parametrize(("edits", "after", "conflicts"), CASES)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_edits_are_applied_together(edits, after, conflicts, line_end):
    text = TEXT.replace("\n", line_end)

    fixed = list(fixes([finding(*edit) for edit in edits], {"a.yaml": text}.get))

    assert [file.after for file in fixed] == ([] if after is None else [after.replace("\n", line_end)])
    assert sum(len(file.conflicts) for file in fixed) == conflicts


def test_a_file_that_must_not_be_changed_is_left_alone():
    assert list(fixes([finding((1, 1, 1, 2), "x")], lambda _: None)) == []
