"""The summary as one comment on the pull request, which every later run rewrites.

Needs a token with `pull-requests: write`. It is found again by a hidden mark; where there is nothing to say, no comment
is begun.
Source: docs.github.com/rest/issues/comments.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from validator.reports import summary
from validator.reports.comparison import Comparison
from validator.reports.excerpts import Lines
from validator.reports.rest import Api, Target, ours
from validator.reports.review import RIGHT
from validator.suite.results import Report

MARK = "<!-- engram-validate summary -->"
LIMIT = 20_000
"""Bytes: less than GitHub takes, as a comment is read between others. The job summary has more."""


def body(report: Report, lines: Lines, run: str = "", changes: Comparison | None = None) -> str:
    """The comment's text; `changes` is what differs from the base branch, where that is known."""
    link = f"\n[The whole summary]({run})\n" if run else ""
    return f"{MARK}\n{summary.render(report, lines, limit=LIMIT, changes=changes)}{link}"


def publish(
    report: Report,
    lines: Lines,
    where: Target,
    *,
    changes: Comparison | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> str:
    """Write the comment or rewrite it; its address, empty where there is nothing to say. Raises Unpublished."""
    if not where.pull_request:
        return ""
    api = Api(where, RIGHT, wait)
    text = body(report, lines, where.run, changes)
    address = f"issues/{where.pull_request}/comments"
    while True:  # ends: each round that comes to nothing costs one of the attempts
        known = next((one for one in api.every(address) if ours(one, MARK)), None)
        written: dict[str, Any] | None = known
        if known is not None:
            if known["body"].strip() != text.strip():
                written = api.call("PATCH", f"issues/comments/{known['id']}", {"body": text})
        elif report.result == "passed" and not report.findings:
            return ""
        else:
            written = api.once("POST", address, {"body": text})
        if written is not None:
            return str(written.get("html_url") or "")
