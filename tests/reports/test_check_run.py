from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.reports.github_stub import REPOSITORY, TOKEN, GitHub, serving
from tests.reports.npm_packages import OCTOKIT
from tests.reports.report_samples import CHANELS, GOOD, MAYBE, MIXED, hostile, hostile_lines, lines, many
from validator.findings import Location
from validator.reports import check_run, rest, writers
from validator.reports.rest import Target, Unpublished
from validator.suite.results import Report

BIG = many(120)


def publish(github: GitHub, report: Report = BIG, token: str = TOKEN, prefix: str = "") -> list[float]:
    """Publish; the waits that it took."""
    waits: list[float] = []
    where = Target(github.address, REPOSITORY, "c0ffee", token)
    address = check_run.publish(report, lines, where, prefix=prefix, wait=waits.append)
    assert address == f"https://github.example/{len(github.runs)}"
    return waits


def told(github: GitHub) -> list[str]:
    (run,) = github.runs
    return [one["message"] for one in run["annotations"]]


def writes(github: GitHub) -> list[str]:
    return [method for method, _, _ in github.asked if method != "GET"]


ALL = [one["message"] for one in check_run.annotated(BIG, lines)]


def test_batches_of_fifty_the_worst_first() -> None:
    with serving() as github:
        assert publish(github) == []
    (run,) = github.runs
    assert told(github) == ALL
    assert [one["annotation_level"] for one in run["annotations"]] == ["failure"] * 40 + ["warning"] * 40 + [
        "notice"
    ] * 40
    assert writes(github) == ["POST", "PATCH", "PATCH", "PATCH", "PATCH"]
    assert (run["name"], run["head_sha"]) == ("engram-validate", "c0ffee")
    assert (run["status"], run["conclusion"]) == ("completed", "failure")
    assert run["output"]["title"] == "failed: 40 errors, 40 warnings, 40 notes"


def test_a_run_that_is_repeated_updates_and_tells_nothing_twice() -> None:
    with serving() as github:
        publish(github)
        publish(github)
    assert told(github) == ALL


def test_other_findings_are_another_run() -> None:
    with serving() as github:
        publish(github)
        publish(github, GOOD)
    assert [run["conclusion"] for run in github.runs] == ["failure", "success"]


@pytest.mark.parametrize(
    ("faults", "waits"),
    [
        ([("POST", "502")], [1.0]),
        ([("POST", "503"), ("POST", "500")], [1.0, 2.0]),
        ([("POST", "lost")], [1.0]),
        ([("POST", "cut")], [1.0]),
        ([("PATCH", "cut")], [1.0]),
        ([("PATCH", "502"), ("PATCH", "cut"), ("GET", "503")], None),
        ([("PATCH", "429 retry-after=7")], [7.0]),
        ([("PATCH", "403 retry-after=9")], [9.0]),
        ([("GET", "403 x-ratelimit-remaining=0")], [60.0]),
        ([("POST", "403 secondary")], [60.0]),
        ([("GET", "lost"), ("POST", "cut"), ("PATCH", "cut")], None),
    ],
)
def test_faults_lose_nothing_and_repeat_nothing(faults: list[tuple[str, str]], waits: list[float] | None) -> None:
    with serving(*faults) as github:
        waited = publish(github)
    assert github.faults == []
    assert told(github) == ALL
    assert github.runs[0]["conclusion"] == "failure"
    assert waits is None or waited == waits


@pytest.mark.parametrize("status", ["401", "403", "404"])
def test_without_the_right_it_asks_once_and_says_what_is_needed(status: str) -> None:
    with serving(("POST", status)) as github, pytest.raises(Unpublished, match="permissions: checks: write"):
        publish(github)
    assert writes(github) == ["POST"]


def test_a_wrong_token_is_not_repeated() -> None:
    with serving() as github, pytest.raises(Unpublished, match="401"):
        publish(github, token="wrong")
    assert len(github.asked) == 1


def test_what_github_does_not_take_is_told() -> None:
    with serving(("PATCH", "422")) as github, pytest.raises(Unpublished, match=r'422: \{"message": "no"\}'):
        publish(github)


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
@pytest.mark.parametrize("fault", ["500", "lost"])
def test_patience_ends(method: str, fault: str) -> None:
    with serving(*[(method, fault)] * 50) as github, pytest.raises(Unpublished, match="also after 5 attempts"):
        publish(github)
    assert 50 - len(github.faults) == 5


def test_who_asks_for_too_much_patience_gets_none() -> None:
    with serving(("POST", "429 retry-after=3600")) as github, pytest.raises(Unpublished, match="429"):
        publish(github)


def test_places() -> None:
    one, several, outside = (
        check_run.annotated(Report(findings=(finding,)), lines, "deploy")
        for finding in (CHANELS, MAYBE, replace(CHANELS, location=Location("/etc/passwd")))
    )
    assert {key: value for key, value in one[0].items() if key != "raw_details"} == {
        "path": "deploy/stories/triage.yaml",
        "start_line": 11,
        "end_line": 11,
        "start_column": 40,
        "end_column": 46,
        "annotation_level": "failure",
        "title": "EV201 unknown-field",
        "message": CHANELS.message,
    }
    assert (several[0]["start_line"], several[0]["end_line"]) == (12, 15)
    assert "start_column" not in several[0]
    assert outside == []


def test_no_more_than_a_check_run_is_read_for() -> None:
    with serving() as github:
        publish(github, many(1_100))
    assert len(told(github)) == 1_000
    assert "100 findings without an annotation." in github.runs[0]["output"]["summary"]
    assert len(github.runs[0]["output"]["summary"].encode()) < 65_535


@pytest.mark.parametrize(
    ("report", "conclusion"),
    [
        (GOOD, "success"),
        (MIXED, "failure"),
        (replace(GOOD, sandbox_errors=True), "failure"),
        (replace(GOOD, interrupted=15), "cancelled"),
    ],
)
def test_conclusions(report: Report, conclusion: str) -> None:
    assert check_run.conclusion(report) == conclusion


@pytest.mark.slow
def test_githubs_own_description_takes_every_request() -> None:
    described: dict[str, Any] = json.loads(OCTOKIT.read("generated/api.github.com.json"))["paths"]
    schemas = {
        "POST": described["/repos/{owner}/{repo}/check-runs"]["post"],
        "PATCH": described["/repos/{owner}/{repo}/check-runs/{check_run_id}"]["patch"],
    }
    sent = 0
    for report in (MIXED, BIG, GOOD, hostile(3)):
        with serving() as github:
            where = Target(github.address, REPOSITORY, "c0ffee", TOKEN)
            check_run.publish(report, hostile_lines, where, wait=lambda seconds: None)
        for method, _, content in github.asked:
            if method != "GET":
                schema = schemas[method]["requestBody"]["content"]["application/json"]["schema"]
                jsonschema.Draft4Validator(schema).validate(content)
                sent += 1
    assert sent >= 12


@pytest.mark.parametrize(
    ("event", "commit"),
    [({"pull_request": {"head": {"sha": "head"}}}, "head"), ({"after": "x"}, "merge"), ([], "merge"), (None, "merge")],
)
def test_a_pull_request_is_annotated_at_its_head(tmp_path: Path, event: object, commit: str) -> None:
    file = tmp_path / "event.json"
    file.write_text("{" if event is None else json.dumps(event), encoding="utf-8")
    environ = {"GITHUB_SHA": "merge", "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_EVENT_PATH": str(file)}
    assert rest.target(environ, TOKEN) == Target("https://api.github.com", REPOSITORY, commit, TOKEN)


def test_outside_a_workflow_there_is_nothing_to_write_to() -> None:
    with pytest.raises(Unpublished, match="GITHUB_REPOSITORY"):
        rest.target({}, TOKEN)


@pytest.mark.parametrize(
    ("token", "fault", "said"),
    [
        (TOKEN, [], ""),
        (TOKEN, [("POST", "403")], "engram-validate: no check run: the token may not write it"),
        ("", [], "engram-validate: no check run: there is no token\n"),
    ],
)
def test_a_run_does_not_fail_for_its_check_run(token: str, fault: list[tuple[str, str]], said: str) -> None:
    out, err = io.StringIO(), io.StringIO()
    with serving(*fault) as github:
        environ = {"GITHUB_API_URL": github.address, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_SHA": "c0ffee"}
        outputs = writers.Outputs(form="github", check_run=True, token=token)
        assert writers.write(MIXED, outputs, lines, out=out, err=err, environ=environ)
    assert err.getvalue().startswith(said)
    assert err.getvalue().count("\n") == bool(said)
    assert "::error " in out.getvalue()
    assert len(github.runs) == (not said)
    assert TOKEN not in repr(outputs)


def test_what_the_pull_request_changed_comes_first_and_is_asked_for_once(tmp_path: Path) -> None:
    pull = {"number": 7, "head": {"sha": "c0ffee"}, "base": {"sha": "ba5e" * 10}}
    (tmp_path / "event.json").write_text(json.dumps({"pull_request": pull}), encoding="utf-8")
    with serving() as github:
        github.files.append({"filename": "catalog/057.yaml", "patch": "@@ -58 +58 @@\n+x"})
        environ = {
            "GITHUB_API_URL": github.address,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        }
        out = io.StringIO()
        outputs = writers.Outputs(form="github", check_run=True, token=TOKEN)
        assert writers.write(many(60), outputs, lines, out=out, err=io.StringIO(), environ=environ)
    (run,) = github.runs
    assert [one["path"] for one in run["annotations"][:2]] == ["catalog/057.yaml", "catalog/000.yaml"]
    assert [path for _, path, _ in github.asked if "pulls" in path] == ["pulls/7/files"]
    first = next(line for line in out.getvalue().splitlines() if line.startswith("::error "))
    assert "catalog/057.yaml" in first
