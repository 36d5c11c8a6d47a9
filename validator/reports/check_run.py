"""Findings as a check run, through GitHub's REST API: more annotations than a log may have, and with columns.

Needs a token with `checks: write`; without that right only this report is lost. A run that is repeated finds its check
run again by what it has to say, so nothing is told twice, also when a connection breaks after GitHub has heard us.
Source: docs.github.com/rest/checks (50 annotations a request, appended to those that are there).
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from validator.findings import Finding, Json, Severity
from validator.reports import summary
from validator.reports.escapes import cut, visible
from validator.reports.excerpts import Lines, last_line
from validator.reports.github import repository_path
from validator.reports.panels import body, plain
from validator.reports.tallies import counted, severities, tally, urgent, verdict
from validator.suite.results import Report

if TYPE_CHECKING:
    import requests

NAME = "engram-validate"
BATCH = 50
"""Annotations that GitHub takes in one request."""
MOST = 1_000
"""Annotations of a check run: the worst; the summary counts the rest."""
TEXT_LIMIT = 60_000
"""Bytes of a summary, a message or details, of which GitHub takes 64 KB."""
ATTEMPTS = 5
LONGEST_WAIT = 60.0
"""Seconds to wait before one more attempt; who is told to wait longer gives up."""
TIMEOUT = 30.0
LEVELS = {Severity.ERROR: "failure", Severity.WARNING: "warning", Severity.NOTE: "notice"}


class Unpublished(Exception):  # noqa: N818 - says what became of the check run
    """The check run could not be written; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which commit of which repository, and who writes."""

    api: str
    repository: str
    commit: str
    token: str


def target(environ: Mapping[str, str], token: str) -> Target:
    """The commit that the workflow is about: of a pull request its head, which is not the commit that was checked out.

    Raises Unpublished outside a workflow.
    """
    commit = environ.get("GITHUB_SHA", "")
    if event := environ.get("GITHUB_EVENT_PATH"):
        try:
            loaded = json.loads(Path(event).read_text(encoding="utf-8"))
            commit = loaded.get("pull_request", {}).get("head", {}).get("sha") or commit
        except (OSError, ValueError, AttributeError):
            pass  # the event says no more than the environment then
    repository = environ.get("GITHUB_REPOSITORY", "")
    if not (commit and repository):
        raise Unpublished("no check run: it needs GITHUB_REPOSITORY and GITHUB_SHA, which workflows have")
    return Target(environ.get("GITHUB_API_URL") or "https://api.github.com", repository, commit, token)


def annotated(report: Report, lines: Lines, prefix: str = "") -> list[dict[str, Json]]:
    """The findings in the repository as the API takes them, the worst first."""
    found = (_annotation(finding, lines, prefix) for finding in urgent(report.findings))
    return [one for one in found if one is not None][:MOST]


def _annotation(finding: Finding, lines: Lines, prefix: str) -> dict[str, Json] | None:
    location = finding.location
    path = repository_path(location.file, prefix)
    if not path:
        return None
    last, end_column = last_line(location)
    members: dict[str, Json] = {
        "path": path,
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


def output(report: Report, lines: Lines, told: int) -> dict[str, Json]:
    """The title and the text of the check run."""
    text = summary.render(report, lines, limit=TEXT_LIMIT)
    if told < len(report.findings):
        text += f"\n{counted(len(report.findings) - told, 'finding')} without an annotation.\n"
    return {"title": f"{verdict(report)}: {severities(tally(report))}"[:250], "summary": text}


def conclusion(report: Report) -> str:
    """What GitHub shows: a run that could not do its work has not succeeded either."""
    if report.interrupted:
        return "cancelled"
    return "success" if report.result == "passed" else "failure"


def publish(
    report: Report, lines: Lines, where: Target, *, prefix: str = "", wait: Callable[[float], None] = time.sleep
) -> str:
    """Write the check run, or bring it up to date; its address. Raises Unpublished."""
    notes = annotated(report, lines, prefix)
    told = output(report, lines, len(notes))
    said = json.dumps([conclusion(report), notes], sort_keys=True)
    key = f"{NAME}/{hashlib.sha256(said.encode()).hexdigest()[:32]}"
    api = _Api(where, wait)
    run = _find(api, where, key) or _create(api, where, key, told)
    address = f"check-runs/{run['id']}"
    heard = run["output"]["annotations_count"]
    while heard < len(notes):
        batch: list[Json] = [*notes[heard : heard + BATCH]]
        if api.once("PATCH", address, {"output": {**told, "annotations": batch}}) is not None:
            heard += len(batch)
        else:
            heard = max(heard, api.call("GET", address)["output"]["annotations_count"])
    done: Json = {"status": "completed", "conclusion": conclusion(report), "output": {**told}}
    return str(api.call("PATCH", address, done).get("html_url") or "")


def _find(api: _Api, where: Target, key: str) -> dict[str, Any] | None:
    """The check run that says the same already, as after a repeated run."""
    query = {"check_name": NAME, "filter": "all", "per_page": "100"}
    runs = api.call("GET", f"commits/{where.commit}/check-runs", query=query)["check_runs"]
    return next((run for run in runs if run["external_id"] == key), None)


def _create(api: _Api, where: Target, key: str, told: dict[str, Json]) -> dict[str, Any]:
    asked: Json = {
        "name": NAME,
        "head_sha": where.commit,
        "external_id": key,
        "status": "in_progress",
        "output": told,
    }
    while True:  # ends: each round that comes to nothing costs one of the attempts
        created = api.once("POST", "check-runs", asked) or _find(api, where, key)
        if created is not None:
            return created


class _Api:
    """Requests of one repository, repeated where GitHub asks for patience."""

    def __init__(self, where: Target, wait: Callable[[float], None]) -> None:
        import requests

        self.base = f"{where.api.rstrip('/')}/repos/{where.repository}"
        self.wait = wait
        self.failed = 0
        """Failures since something was written last: reading in between does not make a new start."""
        self.session = requests.Session()
        self.session.headers.update({"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"})

        def bearer(request: requests.PreparedRequest) -> requests.PreparedRequest:
            """As `auth`, so that no .netrc can put its own in the place."""
            request.headers["Authorization"] = f"Bearer {where.token}"
            return request

        self.session.auth = bearer

    def call(
        self, method: str, path: str, content: Json = None, query: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The answer to a request that may be repeated without harm. Raises Unpublished."""
        while True:
            answer = self.once(method, path, content, query)
            if answer is not None:
                return answer

    def once(
        self, method: str, path: str, content: Json = None, query: Mapping[str, str] | None = None
    ) -> dict[str, Any] | None:
        """The answer; None, after a wait, where nobody knows whether GitHub has heard it. Raises Unpublished."""
        import requests

        pause, problem = 0.0, ""
        try:
            address = f"{self.base}/{path}"
            response = self.session.request(
                method, address, json=content, params=query, timeout=TIMEOUT, allow_redirects=False
            )
            if response.ok and not response.is_redirect:
                self.failed = self.failed if method == "GET" else 0
                answer: dict[str, Any] = response.json()
                return answer
            pause, problem = _patience(response), f"GitHub answers {response.status_code}"
        except (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
            ValueError,
        ) as error:
            problem = f"GitHub cannot be reached ({type(error).__name__})"
        self.failed += 1
        pause = pause or 2.0 ** (self.failed - 1)
        if self.failed >= ATTEMPTS or pause > LONGEST_WAIT:
            raise Unpublished(f"no check run: {problem}, also after {counted(self.failed, 'attempt')}")
        self.wait(pause)
        return None


def _patience(response: requests.Response) -> float:
    """Seconds that GitHub asks to wait; 0 when it does not say. Raises Unpublished where waiting does not help."""
    status = response.status_code
    asked = response.headers.get("retry-after", "")
    limited = status == 429 or (status == 403 and (bool(asked) or response.headers.get("x-ratelimit-remaining") == "0"))
    if limited:
        reset = response.headers.get("x-ratelimit-reset", "")
        if asked.isdigit():
            return float(asked)
        return max(1.0, float(reset) - time.time()) if reset.isdigit() else LONGEST_WAIT
    if status >= 500:
        return 0.0
    if status in {401, 403, 404}:
        raise Unpublished(
            f"no check run: the token may not write one (GitHub answers {status}). It needs "
            "`permissions: checks: write`, which workflows of forks do not get; annotations in the log do not"
        )
    raise Unpublished(f"no check run: GitHub answers {status}: {cut(visible(response.text), 300)}")
