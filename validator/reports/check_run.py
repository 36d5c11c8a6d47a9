"""Findings as a check run, through GitHub's REST API: more annotations than a log may have, and with columns.

Needs a token with `checks: write`; without that right only this report is lost. A run that is repeated finds its check
run again by what it has to say, so nothing is told twice, also when a connection breaks after GitHub has heard us.
Source: docs.github.com/rest/checks (50 annotations a request, appended to those that are there).
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

from validator.findings import Finding, Json, Severity
from validator.reports import summary
from validator.reports.diff import Changed
from validator.reports.escapes import cut, visible
from validator.reports.excerpts import Lines, last_line
from validator.reports.github import pressing, repository_path
from validator.reports.panels import body, plain
from validator.reports.rest import Api, Target
from validator.reports.tallies import counted, severities, tally, verdict
from validator.suite.results import Report

NAME = "engram-validate"
BATCH = 50
"""Annotations that GitHub takes in one request."""
MOST = 1_000
"""Annotations of a check run: the worst; the summary counts the rest."""
TEXT_LIMIT = 60_000
"""Bytes of a summary, a message or details, of which GitHub takes 64 KB."""
LEVELS = {Severity.ERROR: "failure", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def annotated(report: Report, lines: Lines, prefix: str = "", changed: Changed | None = None) -> list[dict[str, Json]]:
    """The findings in the repository as the API takes them, the worst first, of these what stands in the diff."""
    found = (_annotation(finding, lines, prefix) for finding in pressing(report.findings, changed or {}, prefix))
    return [one for one in found if one is not None][:MOST]


def _annotation(finding: Finding, lines: Lines, prefix: str) -> dict[str, Json] | None:
    location = finding.location
    path = repository_path(location.file, prefix)
    if not path:
        return None
    last, end_column = last_line(location)
    members: dict[str, Json] = {
        "path": visible(path),  # half a character in one path would make GitHub refuse the whole batch
        "start_line": location.line,
        "end_line": last,
        "annotation_level": LEVELS[finding.severity],
        "title": cut(visible(f"{finding.rule.code} {finding.rule.name}"), 200),
        "message": cut(visible(finding.message), TEXT_LIMIT // 4),
        "raw_details": cut(plain(body(finding, lines)), TEXT_LIMIT // 4),
    }
    if last == location.line:  # columns are allowed only within one line, their end inclusive
        members["start_column"] = location.column
        members["end_column"] = max(location.column, end_column - 1)
    return members


def output(report: Report, lines: Lines, annotations: int) -> dict[str, Json]:
    """The title and the text of the check run."""
    text = summary.render(report, lines, limit=TEXT_LIMIT)
    if annotations < len(report.findings):
        text += f"\n{counted(len(report.findings) - annotations, 'finding')} without an annotation.\n"
    return {"title": f"{verdict(report)}: {severities(tally(report))}"[:250], "summary": text}


def conclusion(report: Report) -> str:
    """What GitHub shows: a run that could not do its work has not succeeded either."""
    if report.interrupted:
        return "cancelled"
    return "success" if report.result == "passed" else "failure"


def publish(
    report: Report,
    lines: Lines,
    where: Target,
    *,
    prefix: str = "",
    changed: Changed | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> str:
    """Write the check run, or bring it up to date; its address. Raises Unpublished."""
    notes = annotated(report, lines, prefix, changed)
    content = output(report, lines, len(notes))
    identity = json.dumps([conclusion(report), notes], sort_keys=True)
    key = f"{NAME}/{hashlib.sha256(identity.encode()).hexdigest()[:32]}"
    api = Api(where, "checks: write", wait)
    run = _find(api, where, key) or _create(api, where, key, content)
    address = f"check-runs/{run['id']}"
    received = run["output"]["annotations_count"]
    while received < len(notes):
        batch: list[Json] = [*notes[received : received + BATCH]]
        if api.once("PATCH", address, {"output": {**content, "annotations": batch}}) is not None:
            received += len(batch)
        else:
            received = max(received, api.call("GET", address)["output"]["annotations_count"])
    completion: Json = {"status": "completed", "conclusion": conclusion(report), "output": {**content}}
    return str(api.call("PATCH", address, completion).get("html_url") or "")


def _find(api: Api, where: Target, key: str) -> dict[str, Any] | None:
    """The check run that says the same already, as after a repeated run."""
    query = {"check_name": NAME, "filter": "all", "per_page": "100"}
    runs = api.call("GET", f"commits/{where.commit}/check-runs", query=query)["check_runs"]
    return next((run for run in runs if run["external_id"] == key), None)


def _create(api: Api, where: Target, key: str, content: dict[str, Json]) -> dict[str, Any]:
    body: Json = {
        "name": NAME,
        "head_sha": where.commit,
        "external_id": key,
        "status": "in_progress",
        **({"details_url": where.run} if where.run else {}),
        "output": content,
    }
    while True:  # ends: each round that comes to nothing costs one of the attempts
        created = api.once("POST", "check-runs", body) or _find(api, where, key)
        if created is not None:
            return created
