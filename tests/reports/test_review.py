"""Edits in a review, and the one comment: nothing twice, nothing beside the diff, nothing of others touched."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.reports.github_stub import REPOSITORY, TOKEN, GitHub, serving
from tests.reports.npm_packages import OCTOKIT
from tests.reports.report_samples import CHANELS, GOOD, MAYBE, MIXED, SOURCES, hostile, hostile_lines, lines, many
from validator.findings import Finding, Location, Suggestion
from validator.reports import comment, review, writers
from validator.reports.comparison import compare
from validator.reports.excerpts import Lines
from validator.reports.rest import Target, Unpublished
from validator.suite.results import Report

RUN = "https://github.example/acme/stories/actions/runs/5"


def whole(file: str) -> dict[str, str]:
    """A file of the pull request that is new: each of its lines is in the diff."""
    text = SOURCES[file].split("\n")
    return {
        "filename": f"deploy/{file}",
        "patch": "\n".join([f"@@ -0,0 +1,{len(text)} @@", *(f"+{one}" for one in text)]),
    }


@pytest.fixture
def github() -> Iterator[GitHub]:
    with serving() as github:
        github.files.append(whole("stories/triage.yaml"))
        yield github


def target(github: GitHub, number: int = 7) -> Target:
    return Target(github.address, REPOSITORY, "c0ffee", TOKEN, number, RUN)


def suggest(github: GitHub, *findings: Finding, source: Lines = lines) -> int:
    report = Report(findings=findings or MIXED.findings)
    return review.publish(report, source, target(github), prefix="deploy", wait=lambda seconds: None)


def tell(github: GitHub, report: Report = MIXED) -> str:
    return comment.publish(report, lines, target(github), wait=lambda seconds: None)


def writes(github: GitHub) -> list[str]:
    return [f"{method} {path}" for method, path, _ in github.asked if method != "GET"]


def edit(first: int, last: int, end: int, replacement: str) -> Finding:
    place = Location("stories/triage.yaml", first, 1, last, end)
    return replace(CHANELS, anchor=(first, last, replacement), suggestion=Suggestion("x", place, replacement))


def test_an_edit_becomes_a_suggestion_on_its_line(github: GitHub) -> None:
    assert suggest(github) == 1
    (sent,) = (content for method, _, content in github.asked if method == "POST")
    assert sent == {
        "commit_id": "c0ffee",
        "event": "COMMENT",
        "body": f"engram-validate has 1 edit to suggest. [All findings]({RUN})",
        "comments": [
            {
                "path": "deploy/stories/triage.yaml",
                "line": 11,
                "side": "RIGHT",
                "body": f"<!-- engram-validate suggestion {CHANELS.fingerprint} -->\n"
                "**error** EV201 unknown-field: <code>list</code> declares no output <code>chanels</code>; it declares "
                'channels, total\n\n```suggestion\n        channel: "{{ steps.list.output.channels }}"\n```\n',
            }
        ],
    }


def test_several_lines_and_none_lost_that_are_blank(github: GitHub) -> None:
    assert suggest(github, edit(2, 3, 1, "kind: Story\n\n")) == 1
    (note,) = github.notes
    assert (note["start_line"], note["start_side"], note["line"]) == (2, "RIGHT", 3)
    assert note["body"].endswith("```suggestion\nkind: Story\n\nmetadata: {name: triage}\n```\n")


@pytest.mark.parametrize(
    "finding",
    [
        pytest.param(MAYBE, id="no edit"),
        pytest.param(edit(11, 11, 1, ""), id="no change"),
        pytest.param(edit(90, 90, 1, "x"), id="no such line"),
        pytest.param(edit(11, 11, 1, "\u202ex"), id="invisible letters"),
        pytest.param(edit(11, 11, 1, "x\n" * 60), id="too long"),
        pytest.param(replace(CHANELS, suggestion=Suggestion("x", Location("../x.yaml"), "y")), id="elsewhere"),
        pytest.param(
            replace(CHANELS, suggestion=Suggestion("x", Location("catalog/slack.yaml", 8, 1, 8, 1), "y")),
            id="not in the diff",
        ),
    ],
)
def test_what_is_no_suggestion(github: GitHub, finding: Finding) -> None:
    assert suggest(github, finding) == 0
    assert writes(github) == []


def test_lines_that_read_otherwise_in_the_pull_request_get_none(github: GitHub) -> None:
    github.files[0]["patch"] = github.files[0]["patch"].replace("chanels", "channel")
    assert suggest(github) == 0


def test_of_two_edits_of_a_line_the_worse_is_offered(github: GitHub) -> None:
    assert suggest(github, CHANELS, edit(11, 12, 1, "x")) == 1
    assert len(github.notes) == 1


def test_a_run_that_is_repeated_tells_nothing_twice_and_brings_up_to_date(github: GitHub) -> None:
    suggest(github)
    suggest(github)
    assert writes(github) == ["POST pulls/7/reviews"]
    github.notes[0]["body"] = github.notes[0]["body"].replace("channels }}", "chans }}")
    suggest(github)
    assert writes(github)[1:] == ["PATCH pulls/comments/0"]
    assert "output.channels }}" in github.notes[0]["body"]
    github.notes[0]["line"] = None  # outdated: nobody can take it any more
    suggest(github)
    assert len(github.notes) == 2


def test_who_writes_our_mark_owns_nothing_of_ours(github: GitHub) -> None:
    stranger = {"user": {"type": "User", "login": "mallory"}, "author_association": "CONTRIBUTOR", "line": 11, "id": 0}
    github.notes.append({**stranger, "body": f"{review.MARK}{CHANELS.fingerprint} -->"})
    github.comments.append({**stranger, "body": f"{comment.MARK} all is well"})
    suggest(github)
    tell(github)
    assert writes(github) == ["POST pulls/7/reviews", "POST issues/7/comments"]


@pytest.mark.parametrize(
    "faults",
    [
        [("POST", "502")],
        [("POST", "lost")],
        [("POST", "cut")],
        [("GET", "503"), ("POST", "cut"), ("GET", "lost")],
        [("POST", "429 retry-after=7"), ("POST", "403 secondary")],
    ],
)
def test_faults_lose_nothing_and_repeat_nothing(github: GitHub, faults: list[tuple[str, str]]) -> None:
    github.faults += faults
    assert suggest(github) == 1
    github.faults += faults
    assert tell(github) == "https://github.example/0"
    assert github.faults == []
    assert (len(github.notes), len(github.comments)) == (1, 1)


@pytest.mark.parametrize("status", ["401", "403", "404"])
def test_without_the_right_it_asks_once_and_says_what_is_needed(github: GitHub, status: str) -> None:
    for publish in (suggest, tell):
        github.faults.append(("POST", status))
        with pytest.raises(Unpublished, match="permissions: pull-requests: write"):
            publish(github)
    assert len(writes(github)) == 2


@pytest.mark.parametrize("fault", ["500", "lost"])
def test_patience_ends(github: GitHub, fault: str) -> None:
    for publish in (suggest, tell):
        github.faults[:] = [("POST", fault)] * 50
        with pytest.raises(Unpublished, match="also after 5 attempts"):
            publish(github)
        assert len(github.faults) == 45


def test_what_github_does_not_take_is_told(github: GitHub) -> None:
    github.faults.append(("POST", "422"))
    with pytest.raises(Unpublished, match="422"):
        suggest(github)


def test_there_is_one_comment_however_often_and_it_is_the_latest(github: GitHub) -> None:
    github.comments += [{"id": number, "body": "a word", "user": {"type": "User"}} for number in range(250)]
    tell(github)
    tell(github)
    tell(github, GOOD)
    assert writes(github) == ["POST issues/7/comments", "PATCH issues/comments/250"]
    assert github.comments[250]["body"].startswith(f"{comment.MARK}\n## ✅ engram-validate: passed")
    assert github.comments[250]["body"].endswith(f"[The whole summary]({RUN})\n")


def test_where_there_is_nothing_to_say_no_comment_is_begun(github: GitHub) -> None:
    assert tell(github, GOOD) == ""
    assert writes(github) == []


def test_a_comment_tells_what_is_new_since_the_base_branch() -> None:
    before = replace(MIXED, findings=MIXED.findings[1:])
    told = comment.body(MIXED, lines, changes=compare(MIXED, before))

    assert f"1 new, 0 fixed, {len(MIXED.findings) - 1} as before" in told


def test_a_comment_is_short() -> None:
    assert len(comment.body(many(5_000), lines, RUN).encode()) < comment.LIMIT + 200


def test_outside_a_pull_request_nobody_is_asked(github: GitHub) -> None:
    assert review.publish(MIXED, lines, target(github, 0)) == 0
    assert comment.publish(MIXED, lines, target(github, 0)) == ""
    assert github.asked == []


@pytest.mark.slow
def test_githubs_own_description_takes_every_request(github: GitHub) -> None:
    described: dict[str, Any] = json.loads(OCTOKIT.read("generated/api.github.com.json"))["paths"]
    schemas = {
        "POST pulls/7/reviews": described["/repos/{owner}/{repo}/pulls/{pull_number}/reviews"]["post"],
        "PATCH pulls/comments/0": described["/repos/{owner}/{repo}/pulls/comments/{comment_id}"]["patch"],
        "POST issues/7/comments": described["/repos/{owner}/{repo}/issues/{issue_number}/comments"]["post"],
        "PATCH issues/comments/0": described["/repos/{owner}/{repo}/issues/comments/{comment_id}"]["patch"],
    }
    github.files.append({"filename": "deploy/evil.yaml", "patch": f"@@ -0,0 +1 @@\n+{hostile_lines('')[0]}"})
    suggest(github, CHANELS, edit(2, 3, 1, "kind: Story\n"))
    suggest(github, *hostile(3).findings, source=hostile_lines)
    github.notes[0]["body"] += "x"
    suggest(github, CHANELS)
    tell(github, hostile(3))
    tell(github)
    sent = set()
    for method, path, content in github.asked:
        if method != "GET":
            schema = schemas[f"{method} {path}"]["requestBody"]["content"]["application/json"]["schema"]
            jsonschema.Draft4Validator(schema).validate(content)
            sent.add(f"{method} {path}")
    assert sent == schemas.keys()


def test_a_run_asks_for_all_of_it_and_keeps_its_log(github: GitHub, tmp_path: Path) -> None:
    event = {"pull_request": {"number": 7, "head": {"sha": "c0ffee"}, "base": {"sha": "0" * 40}}}
    (tmp_path / "event.json").write_text(json.dumps(event))
    environ = {
        "GITHUB_API_URL": github.address,
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_RUN_ID": "5",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
    }
    out, err = io.StringIO(), io.StringIO()
    outputs = writers.Outputs(
        form="github", token=TOKEN, suggestions=True, comment=True, check_run=True, prefix="deploy"
    )
    assert writers.write(MIXED, outputs, lines, out=out, err=err, environ=environ)
    assert err.getvalue() == ""
    assert (len(github.runs), len(github.notes), len(github.comments)) == (1, 1, 1)
    annotations = [line for line in out.getvalue().splitlines() if line.startswith("::error ")]
    assert ["triage.yaml" in line for line in annotations] == [True, False], "what the pull request shows comes first"
    github.faults += [("GET", "503"), *[("POST", "403")] * 3]
    out, err = io.StringIO(), io.StringIO()
    github.runs.clear()
    github.notes.clear()
    github.comments.clear()
    assert writers.write(MIXED, outputs, lines, out=out, err=err, environ=environ)
    said = [line.split(": the token")[0] for line in err.getvalue().splitlines()]
    assert said == [f"engram-validate: no {name}" for name in ("check run", "suggestions", "comment")]
    assert out.getvalue().count("\n::error ") == 2
