from __future__ import annotations

import pytest

from validator.suite.comments import comments

TEXT = """\
a: 1 # engram-validate: ignore[EV201] at the end of its line
# engram-validate: ignore[EV202, may-be-missing] on its own line
#   engram-validate : ignore [EV203]

b: | # engram-validate: ignore[EV204] on the header of a block
  # engram-validate: ignore[EV900] inside a block scalar
  text # engram-validate: ignore[EV901] inside as well
# engram-validate: ignore[EV205] after the block
c: "x # engram-validate: ignore[EV902]
  y # engram-validate: ignore[EV903]" # engram-validate: ignore[EV206] after a quoted one
d: it's # engram-validate: ignore[EV207] after a plain one
e: x#engram-validate:ignore[EV904]
f: >-
    folded
  # engram-validate: ignore[EV208] less indented than the block
g: |2
     more # engram-validate: ignore[EV905]
   less # engram-validate: ignore[EV906]
h: [1, # engram-validate: ignore[EV209] within a flow
  2]
i: 'it''s # engram-validate: ignore[EV907]'
j: 日本語 # engram-validate: ignore[EV210] beside wide ones
k: "\u2028 \u0085" # engram-validate: ignore[EV211] after what YAML takes for line breaks
l: 2 # engram-validate: ignore[] names none
m: 3 # engram-validate ignore[EV908]
# engram-validate: ignore[EV212] before nothing
"""
LINES = TEXT.split("\n")

FOUND = {name: comment for comment in comments("a.yaml", LINES) for name, _ in comment.rules}


def test_only_comments_are_comments() -> None:
    assert sorted(FOUND) == [*(f"EV{number}" for number in range(201, 213)), "may-be-missing"]


@pytest.mark.parametrize(
    ("rule", "lines"),
    [
        ("EV201", (1, 1)),
        ("EV202", (5, 7)),  # the next line holds the header of a block, so the block as well
        ("EV203", (5, 7)),
        ("EV204", (5, 7)),
        ("EV205", (9, 10)),
        ("EV206", (10, 10)),
        ("EV207", (11, 11)),
        ("EV208", (16, 18)),
        ("EV209", (19, 19)),
        ("EV212", (len(LINES) + 1, len(LINES) + 1)),
    ],
)
def test_the_lines_it_speaks_for(rule: str, lines: tuple[int, int]) -> None:
    assert (FOUND[rule].first_line, FOUND[rule].last_line) == lines


@pytest.mark.parametrize("rule", sorted(FOUND))
def test_places_are_exact(rule: str) -> None:
    comment = FOUND[rule]
    line = LINES[comment.location.line - 1]
    assert line[comment.location.column - 1 : comment.location.end_column - 1].startswith("#")
    for name, place in comment.rules:
        assert line[place.column - 1 : place.end_column - 1] == name


def test_reason() -> None:
    assert FOUND["may-be-missing"].reason == "on its own line"
    assert FOUND["EV203"].reason == ""


def test_a_list_without_rules_is_no_suppression() -> None:
    (empty,) = [comment for comment in comments("a.yaml", LINES) if not comment.rules]
    assert empty.location.line == 24


def test_what_stands_before_a_syntax_error_still_counts() -> None:
    broken = ["a: '# engram-validate: ignore[EV901]'", "b: 1 # engram-validate: ignore[EV201]", "c: [}", "d: '"]
    assert [name for comment in comments("a.yaml", broken) for name, _ in comment.rules] == ["EV201"]


def test_a_file_without_the_word_is_not_even_scanned() -> None:
    assert list(comments("a.yaml", ["{{{ not yaml", "\t'"])) == []
