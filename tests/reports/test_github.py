from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.reports.report_samples import CHANELS, MIXED, WRONG_OUTPUT, hostile, many
from validator.findings import Finding, Location, Subject
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


def test_the_limits_of_github_are_kept_and_the_rest_is_counted_where_everybody_sees_it() -> None:
    run = "https://github.example/acme/stories/actions/runs/5"
    *shown, rest = github.render(many(100), run=run).splitlines()
    assert [line.split(" ")[0] for line in shown] == ["::error"] * 10 + ["::warning"] * 10 + ["::notice"] * 9
    assert rest == (
        "::notice title=engram-validate::24 errors, 23 warnings, 24 notes not annotated: "
        f"GitHub shows 10 of each a step. The summary has all of them: {run}"
    )
    assert github.render(many(100)).endswith("The report has all of them.\n")
    assert "not annotated" not in github.render(many(30))


def test_what_the_pull_request_changed_comes_first_among_equals() -> None:
    report = many(60)
    changed = {f"deploy/catalog/{number:03}.yaml": {number + 1: ""} for number in (57, 58, 59)}
    lines = github.render(report, prefix="deploy", changed=changed).splitlines()
    for line, number in ((lines[0], 57), (lines[10], 58), (lines[20], 59)):
        assert f"catalog/{number:03}.yaml" in line
    assert "catalog/000.yaml" in lines[1]


def test_a_rule_broken_at_one_place_in_many_cases_takes_one_annotation() -> None:
    place = Location("a.yaml", 3, 1, 3, 4)
    findings = [WRONG_OUTPUT.at(place, Subject("engram", "e", case=f"case {n}"), message=f"m{n % 2}") for n in range(9)]
    other = WRONG_OUTPUT.at(replace(place, column=2), Subject("engram", "e"), message="other")
    first, second = github.render(Report(findings=(*findings, other))).splitlines()
    assert "::m0%0Ain engram e, case case 0; " in first
    assert first.endswith("also in engram e, case case 6: the same; and 5 more of this rule here")
    assert second.endswith("::other%0Ain engram e")
    assert "8 errors" not in first
    rest = github.render(Report(findings=(*findings, other)), limit=1).splitlines()[-1]
    assert rest.startswith("::notice title=engram-validate::1 error not annotated")


def test_nothing_to_say() -> None:
    assert github.render(Report()) == ""


def test_untrusted_text_forms_no_command_of_its_own() -> None:
    lines = github.render(hostile(12)).split("\n")
    assert len(lines) == 12  # ten annotations, the count, and the last line feed
    assert lines[10].startswith("::notice title=engram-validate::2 errors not annotated")
    for line in lines[:10]:
        assert properties(line)["file"].startswith("evil,a:b%\n::error::")
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", line)


def test_a_long_message_is_cut() -> None:
    finding = WRONG_OUTPUT.at(Location("a"), Subject("engram", "e" * 9_000), message="x" * 100_000)
    assert len(github.annotation(finding)) < 4_200
    assert "(100,000 characters in all)%0Ain engram ee" in github.annotation(finding)


def test_the_help_is_told() -> None:
    assert github.annotation(CHANELS).endswith("%0Ahelp: read `channels`, the nearest name")


@pytest.mark.parametrize("finding", [*MIXED.findings, *hostile().findings])
def test_an_annotation_has_at_most_three_lines(finding: Finding) -> None:
    others = [replace(finding, subject=replace(finding.subject, case=str(number))) for number in range(9)]
    for annotation in (github.annotation(finding), github.annotation(finding, "", others)):
        assert "\n" not in annotation
        assert annotation.rpartition("::")[2].count("%0A") <= 2
