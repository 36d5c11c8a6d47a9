from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from report_samples import CHANELS, MIXED, WRONG_OUTPUT, hostile, many

from validator.findings import Location, Subject
from validator.reports import github
from validator.suite.results import Report


def test_looks(golden: Callable[[str, str], None]) -> None:
    golden("github-mixed.txt", github.render(MIXED, prefix="deploy"))


def properties(line: str) -> dict[str, str]:
    """As the runner reads them."""
    match = re.fullmatch(r"::(\w+) ([^\n]*?)::.*", line)
    assert match is not None
    pairs = dict(pair.split("=", 1) for pair in match[2].split(","))
    codes = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
    for key, value in pairs.items():
        decoded = value
        for code, character in codes:
            decoded = decoded.replace(code, character)
        pairs[key] = decoded
    return pairs


@pytest.mark.parametrize(
    ("location", "place"),
    [
        (Location("a.yaml", 3, 5, 3, 9), {"line": "3", "endLine": "3", "col": "5", "endColumn": "8"}),
        (Location("a.yaml", 3, 5, 3, 5), {"line": "3", "endLine": "3", "col": "5", "endColumn": "5"}),
        (Location("a.yaml", 3, 5, 4, 1), {"line": "3", "endLine": "3", "col": "5"}),  # up to the end of line 3
        (Location("a.yaml", 3, 5, 6, 2), {"line": "3", "endLine": "6"}),  # columns only within one line
    ],
)
def test_positions_as_github_takes_them(location: Location, place: dict[str, str]) -> None:
    finding = WRONG_OUTPUT.at(location, Subject("engram", "e"), message="m")
    found = properties(github.annotation(finding))
    assert found == {"file": "a.yaml", "title": "EV401 wrong-output", **place}


@pytest.mark.parametrize(
    ("file", "prefix", "path"),
    [
        ("a.yaml", "", "a.yaml"),
        ("stories/a.yaml", "services/chat", "services/chat/stories/a.yaml"),
        ("../a.yaml", "services/chat/", "services/a.yaml"),
        ("./a.yaml", ".", "a.yaml"),
        ("../../a.yaml", "services", ""),
        ("/etc/passwd", "services", ""),
    ],
)
def test_paths_from_the_root_of_the_repository(file: str, prefix: str, path: str) -> None:
    assert github.repository_path(file, prefix) == path


def test_a_finding_outside_of_the_repository_is_told_without_a_place() -> None:
    finding = WRONG_OUTPUT.at(Location("../x.yaml"), Subject("engram", "e"), message="m")
    assert github.annotation(finding) == "::error title=EV401 wrong-output::m%0Ain engram e"


def test_the_limits_of_github_are_kept_and_the_rest_is_counted() -> None:
    text = github.render(many(100))
    lines = text.splitlines()
    assert [line.split(" ")[0] for line in lines[:-1]] == ["::error"] * 10 + ["::warning"] * 10 + ["::notice"] * 10
    assert lines[-1] == (
        "24 errors, 23 warnings, 23 notes not annotated: GitHub shows 10 of each a step. The report has all of them."
    )


def test_nothing_to_say() -> None:
    assert github.render(Report()) == ""


def test_untrusted_text_forms_no_command_of_its_own() -> None:
    lines = github.render(hostile(12)).split("\n")
    assert len(lines) == 12  # ten annotations, the count, and the last line feed
    for line in lines[:10]:
        assert properties(line)["file"].startswith("evil,a:b%\n::error::")
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", line)


def test_a_long_message_is_cut() -> None:
    finding = WRONG_OUTPUT.at(Location("a"), Subject("engram", "e" * 9_000), message="x" * 100_000)
    assert len(github.annotation(finding)) < 4_200
    assert "(100,000 characters in all)%0Ain engram ee" in github.annotation(finding)


def test_the_help_is_told() -> None:
    assert github.annotation(CHANELS).endswith("%0Ahelp: read `channels`, the nearest name")
