from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.reports.npm_packages import SARIF
from tests.reports.report_samples import CHANELS, GOOD, MIXED, NOTIFY, SOURCES, TOTAL, at, hostile, many
from validator.engine import engine
from validator.engine.options import Options
from validator.findings import Finding, Location, Related, Rule, Severity
from validator.reports import sarif
from validator.rules import find
from validator.suite.results import Report
from validator.suite.suppression import Suppressed

SLACK = at("catalog/slack.yaml", 8, "total")
JQ = Location("catalog/jq.yaml", 4, 7, 4, 12)
INCOMPATIBLE = Rule("EV301", "incompatible-input", Severity.WARNING, "{message}", "What is handed on is taken.")


def run(report: Report, prefix: str = "") -> dict[str, Any]:
    (only,) = json.loads(sarif.render(report, prefix=prefix))["runs"]
    found: dict[str, Any] = only
    return found


def result(finding: Finding, prefix: str = "") -> dict[str, Any]:
    (only,) = run(Report(findings=(finding,)), prefix)["results"]
    found: dict[str, Any] = only
    return found


def pairwise(*related: Related) -> Finding:
    place = at("stories/triage.yaml", 11, "steps.list.output.chanels")
    return INCOMPATIBLE.at(place, NOTIFY, message="`total` can be 1.5", evidence={"witness": 1.5}, related=related)


def test_looks(golden: Callable[[str, str], None]) -> None:
    text = sarif.render(MIXED, prefix="deploy")
    golden("sarif-mixed.json", re.sub(r'("(?:semanticV|v)ersion": )"\d+\.\d+\.\d+[^"]*"', r'\1"2.1.0"', text))


@pytest.mark.parametrize("report", [MIXED, GOOD, Report(), hostile(3), many(300)], ids=lambda report: report.result)
def test_the_official_schema_takes_it(report: Report) -> None:
    schema = json.loads(SARIF.read("lib/schemas/sarif-2.1.0-rtm.5.json"))
    log = json.loads(sarif.render(report, prefix="some/folder"))
    log["$schema"] = schema["id"]
    problems = jsonschema.Draft4Validator(schema).iter_errors(log)
    assert [f"{problem.json_path}: {problem.message[:200]}" for problem in problems] == []


def test_the_schema_is_one_that_refuses() -> None:
    schema = json.loads(SARIF.read("lib/schemas/sarif-2.1.0-rtm.5.json"))
    log = json.loads(sarif.render(MIXED))
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not jsonschema.Draft4Validator(schema).is_valid(log)


def test_fingerprints_survive_moved_lines() -> None:
    moved = replace(CHANELS, location=replace(CHANELS.location, line=90, end_line=90))
    other = replace(CHANELS, anchor=("spec", "steps", "notify", "with", "text"))
    assert result(moved)["partialFingerprints"] == result(CHANELS)["partialFingerprints"]
    assert result(other)["partialFingerprints"] != result(CHANELS)["partialFingerprints"]


def test_the_same_finding_twice_is_two_alerts() -> None:
    moved = replace(CHANELS, location=replace(CHANELS.location, line=90, end_line=90))
    hashes = [one["partialFingerprints"]["primaryLocationLineHash"] for one in run(Report((CHANELS, moved)))["results"]]
    assert hashes == [f"{CHANELS.fingerprint}:1", f"{CHANELS.fingerprint}:2"]


def test_columns_are_code_points_and_ends_exclusive() -> None:
    umlaut = at("stories/triage.yaml", 15, "Abteilung")
    region = result(replace(CHANELS, location=umlaut))["locations"][0]["physicalLocation"]["region"]
    line = SOURCES["stories/triage.yaml"].split("\n")[region["startLine"] - 1]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "Abteilung"
    assert run(MIXED)["columnKind"] == "unicodeCodePoints"


def test_an_end_before_its_start_is_no_region() -> None:
    assert sarif.region(Location("a", 7, 3)) == {"startLine": 7, "startColumn": 3, "endLine": 7, "endColumn": 3}


@pytest.mark.parametrize(
    ("file", "prefix", "uri", "based"),
    [
        ("stories/a.yaml", "", "stories/a.yaml", True),
        ("stories/a.yaml", "deploy/prod", "deploy/prod/stories/a.yaml", True),
        ("../b.yaml", "deploy", "b.yaml", True),
        ("../b.yaml", "", "../b.yaml", False),
        ("/etc/x y.yaml", "deploy", "file:///etc/x%20y.yaml", False),
        ("a:b #1%?.yaml", "", "a%3Ab%20%231%25%3F.yaml", True),
        ("über.yaml", "", "%C3%BCber.yaml", True),
    ],
)
def test_paths_are_the_repositorys(file: str, prefix: str, uri: str, based: bool) -> None:
    found = result(replace(CHANELS, location=Location(file)), prefix)["locations"][0]["physicalLocation"]
    assert found["artifactLocation"] == {"uri": uri, **({"uriBaseId": "%SRCROOT%"} if based else {})}


def test_a_pair_is_a_way_from_upstream_over_the_template_to_downstream() -> None:
    finding = pairwise(Related(SLACK, "`slack` allows it"), Related(JQ, "`jq` does not take it"))
    (flow,) = result(finding)["codeFlows"]
    steps = [step["location"] for step in flow["threadFlows"][0]["locations"]]
    assert [step["physicalLocation"]["artifactLocation"]["uri"] for step in steps] == [
        "catalog/slack.yaml",
        "stories/triage.yaml",
        "catalog/jq.yaml",
    ]
    assert steps[0]["message"]["text"] == "`slack` allows it"
    assert steps[2]["message"]["text"] == "`jq` does not take it"
    assert [one["id"] for one in result(finding)["relatedLocations"]] == [1, 2]


def test_a_pair_at_the_producers_line_starts_there() -> None:
    (flow,) = result(pairwise(Related(JQ, "`jq` does not take it")))["codeFlows"]
    files = [step["location"]["physicalLocation"] for step in flow["threadFlows"][0]["locations"]]
    assert [file["artifactLocation"]["uri"] for file in files] == ["stories/triage.yaml", "catalog/jq.yaml"]


def test_real_pairs_flow() -> None:
    root = Path(__file__).parents[1] / "golden" / "pairwise"
    report = engine.run(Options(root=root, checks=("pairwise",)))
    flows = [
        [step["location"] for step in one["codeFlows"][0]["threadFlows"][0]["locations"]]
        for one in run(report)["results"]
        if one["ruleId"] == "EV301"
    ]
    assert len(flows) > 5
    for first, template, last in flows:
        assert "allows it" in first["message"]["text"]
        assert template["message"]["text"].startswith("it is handed on here, in story")
        assert "does not take it" in last["message"]["text"]
    schema = json.loads(SARIF.read("lib/schemas/sarif-2.1.0-rtm.5.json"))
    log = {**json.loads(sarif.render(report)), "$schema": schema["id"]}
    assert jsonschema.Draft4Validator(schema).is_valid(log)


def test_fingerprints_of_a_real_run_survive_lines_above(tmp_path: Path) -> None:
    found: list[dict[str, str]] = []
    lines: list[int] = []
    for above in ("", "# a comment\n\n# another one\n"):
        for file in (Path(__file__).parents[1] / "golden" / "pairwise").rglob("*.yaml"):
            (tmp_path / file.name).write_text(above + file.read_text(encoding="utf-8"), encoding="utf-8")
        results = run(engine.run(Options(root=tmp_path, checks=("pairwise",))))["results"]
        found.append({one["partialFingerprints"]["engramValidate/v1"]: one["ruleId"] for one in results})
        lines.append(sum(one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in results))
    assert found[0] == found[1]
    assert len(found[0]) > 5
    assert lines[1] > lines[0]


def test_only_pairs_flow() -> None:
    assert "codeFlows" not in result(CHANELS)
    assert "codeFlows" not in result(pairwise())


def test_an_edit_is_a_fix_that_mends_the_text() -> None:
    (fix,) = result(CHANELS)["fixes"]
    (change,) = fix["artifactChanges"]
    (replacement,) = change["replacements"]
    gone = replacement["deletedRegion"]
    line = SOURCES["stories/triage.yaml"].split("\n")[gone["startLine"] - 1]
    mended = line[: gone["startColumn"] - 1] + replacement["insertedContent"]["text"] + line[gone["endColumn"] - 1 :]
    assert mended.strip() == 'channel: "{{ steps.list.output.channels }}"'
    assert "fixes" not in result(TOTAL), "a suggestion in words edits nothing"


@pytest.mark.parametrize(("by", "kind"), [("comment", "inSource"), ("config", "external"), ("baseline", "external")])
def test_what_is_suppressed_says_by_whom(by: str, kind: str) -> None:
    (found,) = run(Report(suppressed=(Suppressed(TOTAL, by, "known", Location("x.yaml", 3)),)))["results"]
    (suppression,) = found["suppressions"]
    assert suppression["kind"] == kind
    assert suppression["justification"] == "known"
    assert suppression["location"]["physicalLocation"]["region"]["startLine"] == 3
    assert "suppressions" not in result(TOTAL)


def test_a_rule_has_its_page_as_help() -> None:
    rule = find("EV201")
    assert rule is not None
    (found,) = run(Report(findings=(rule.at(Location("a"), NOTIFY, **dict.fromkeys(facts(rule), "x")),)))["tool"][
        "driver"
    ]["rules"]
    assert found["help"]["markdown"].startswith("# EV201 ")
    assert "This fails:\n\n```yaml\n" in found["help"]["markdown"]
    assert found["fullDescription"]["text"].endswith(".")
    assert found["defaultConfiguration"] == {"level": rule.severity.value}


def facts(rule: Rule) -> list[str]:
    return re.findall(r"\{(\w+)", rule.message)


def test_rules_are_told_once_and_found_by_index() -> None:
    told = run(MIXED)
    rules = [rule["id"] for rule in told["tool"]["driver"]["rules"]]
    assert rules == ["EV110", "EV201", "EV302", "EV401"]
    assert all(rules[one["ruleIndex"]] == one["ruleId"] for one in told["results"])


def test_what_could_not_be_checked_is_neither_a_result_nor_forgotten() -> None:
    (invocation,) = run(MIXED)["invocations"]
    assert len(run(MIXED)["results"]) == len(MIXED.findings) + len(MIXED.suppressed)
    told = [one["message"]["text"] for one in invocation["toolExecutionNotifications"]]
    assert "Could not be checked: outputSchema of http of template http: the template declares none" in told


@pytest.mark.parametrize(
    ("report", "successful", "code"),
    [
        (MIXED, True, 1),
        (GOOD, True, 0),
        (replace(GOOD, sandbox_errors=True), False, 3),
        (replace(GOOD, usage_errors=True), False, 2),
        (replace(GOOD, interrupted=15), False, 143),
    ],
)
def test_a_run_that_did_not_work_says_so(report: Report, successful: bool, code: int) -> None:
    (invocation,) = run(report)["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (successful, code)


def test_no_more_results_than_github_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_RESULTS", 90)
    told = run(many(100))
    assert len(told["results"]) == 90
    assert told["results"][0]["level"] == "error"
    (remark,) = told["invocations"][0]["toolExecutionNotifications"]
    assert remark["message"]["text"].startswith("10 findings left out for lack of room")


def test_untrusted_text_is_no_link_and_moves_nothing() -> None:
    text = sarif.render(hostile())
    assert text.isascii()
    message = result(replace(TOTAL, message="see [here](https://evil.example) {0} \u202e [1] {{ x }}"))["message"][
        "text"
    ]
    assert message.startswith(r"see \[here](https://evil.example) {{0}} \u202e [1] {{ x }}" + "\n")
