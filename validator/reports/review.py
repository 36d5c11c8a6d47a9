"""Edits as suggestions in a review of the pull request, which its author takes with one click.

Needs a token with `pull-requests: write`. A suggestion stands where GitHub takes one, on lines of the diff, and only
where these read as the file that was checked: a checkout is often the merge with the base, whose lines may be others.
Each is found again by a hidden mark with its finding's fingerprint, so it is brought up to date and never told twice.
Source: docs.github.com/rest/pulls/reviews, /rest/pulls/comments.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from validator.findings import Finding, Json
from validator.reports import diff
from validator.reports.escapes import cut, markdown, message, visible
from validator.reports.excerpts import Lines, edited
from validator.reports.github import repository_path
from validator.reports.rest import Api, Target, ours
from validator.reports.tallies import counted, urgent
from validator.suite.results import Report

RIGHT = "pull-requests: write"
MOST = 20
"""Suggestions of one run: the worst. More would bury what people say to each other."""
MOST_LINES = 40
"""An edit of more lines is no suggestion that anybody reads."""
MARK = "<!-- engram-validate suggestion "
_MARK = re.compile(re.escape(MARK) + r"([0-9a-f]{16}) -->")
_FENCE = re.compile("`{3,}")


@dataclass(frozen=True, slots=True)
class Proposal:
    """One edit as GitHub takes it."""

    fingerprint: str
    path: str
    first: int
    last: int
    before: tuple[str, ...]
    body: str


def proposals(report: Report, lines: Lines, prefix: str = "") -> Iterator[Proposal]:
    """The edits of all findings, the worst first; of several of one line the first, as only one can be taken."""
    taken: set[tuple[str, int]] = set()
    for finding in urgent(report.findings):
        place = finding.suggestion.location if finding.suggestion else None
        change = edited(finding.suggestion, lines) if finding.suggestion else None
        path = repository_path(place.file, prefix) if place else ""
        if place is None or change is None or not path:
            continue
        before, after = change
        numbers = {(path, number) for number in range(place.line, place.end_line + 1)}
        if numbers & taken or before == after or not _plain(after) or _masked(before, after):
            continue
        taken |= numbers
        yield Proposal(finding.fingerprint, path, place.line, place.end_line, before, _body(finding, after))


def _plain(after: tuple[str, ...]) -> bool:
    """Whether everybody sees all that they would commit: nothing invisible, nothing that was not decoded."""
    return len(after) <= MOST_LINES and not any(visible(line) != line or "\ufffd" in line for line in after)


def _masked(before: tuple[str, ...], after: tuple[str, ...]) -> bool:
    """Whether a secret was taken out of the edit: it would be written into the file as stars."""
    return "***" in "".join(after) and "***" not in "".join(before)


def _body(finding: Finding, after: tuple[str, ...]) -> str:
    """The comment; its fence is longer than any in the edit, so that no edit can leave it."""
    fence = "`" * max(3, *(len(found) + 1 for line in after for found in _FENCE.findall(line)), 3)
    title = f"**{finding.severity.value}** {markdown(f'{finding.rule.code} {finding.rule.name}')}"
    block = "\n".join([f"{fence}suggestion", *after, fence])
    return f"{MARK}{finding.fingerprint} -->\n{title}: {message(cut(finding.message, 1_000))}\n\n{block}\n"


def fitting(found: Iterable[Proposal], changed: diff.Changed) -> list[Proposal]:
    """Those on lines that the diff shows as they were read."""
    return [
        one
        for one in found
        if [*one.before] == [changed.get(one.path, {}).get(number) for number in range(one.first, one.last + 1)]
    ]


def publish(
    report: Report, lines: Lines, where: Target, *, prefix: str = "", wait: Callable[[float], None] = time.sleep
) -> int:
    """Write the suggestions that are new, bring the others up to date; how many stand now. Raises Unpublished."""
    if not where.pull_request:
        return 0
    every = [*proposals(report, lines, prefix)]
    if not every:
        return 0
    api = Api(where, RIGHT, wait)
    pull = f"pulls/{where.pull_request}"
    wanted = fitting(every, diff.of_files(api.every(f"{pull}/files")))[:MOST]
    while wanted:  # ends: each round that comes to nothing costs one of the attempts
        known = _known(api.every(f"{pull}/comments"))
        for one in wanted:
            comment = known.get(one.fingerprint)
            if comment is not None and comment["body"].strip() != one.body.strip():
                api.call("PATCH", f"pulls/comments/{comment['id']}", {"body": one.body})
        new = [one for one in wanted if one.fingerprint not in known]
        if not new or api.once("POST", f"{pull}/reviews", _review(new, where)) is not None:
            break
    return len(wanted)


def _known(comments: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Our comments that still stand on a line, by fingerprint; an outdated one can no longer be taken."""
    found = {}
    for comment in comments:
        mark = _MARK.match(str(comment.get("body") or ""))
        if mark and ours(comment, MARK) and comment.get("line"):
            found[mark[1]] = comment
    return found


def _review(new: list[Proposal], where: Target) -> Json:
    """One review for all, as each comment of its own would be a notification of its own."""
    body = f"engram-validate has {counted(len(new), 'edit')} to suggest." + (
        f" [All findings]({where.run})" * bool(where.run)
    )
    return {
        "commit_id": where.commit,
        "event": "COMMENT",
        "body": body,
        "comments": [_comment(one) for one in new],
    }


def _comment(one: Proposal) -> dict[str, Json]:
    place: dict[str, Json] = {"path": one.path, "line": one.last, "side": "RIGHT", "body": one.body}
    return place if one.first == one.last else {**place, "start_line": one.first, "start_side": "RIGHT"}
