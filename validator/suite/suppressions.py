"""Findings that somebody decided not to hear: by a comment, by an `ignore:` of the configuration, or by a baseline.

A suppression that silences nothing is itself reported, so that it never hides the next mistake.
"""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from validator import rules
from validator.findings import Finding, Json, Location, Rule, Subject, Suggestion
from validator.rules.suppressions import (
    MALFORMED_SUPPRESSION,
    OUTDATED_BASELINE,
    UNKNOWN_SUPPRESSED_RULE,
    UNUSED_SUPPRESSION,
)
from validator.suite.comments import IgnoreComment, comments
from validator.suite.suppression import Suppressed, Suppression

if TYPE_CHECKING:
    from validator.suite.config import Ignore

BASELINE_VERSION = 1
MOST_NAMED = 20


class Applied(NamedTuple):
    """Findings after the suppressions."""

    remaining: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]
    extra: tuple[Finding, ...]
    """About the suppressions themselves."""
    idle: tuple[Suppression, ...] = ()
    """Those that silence nothing."""


class InvalidBaseline(ValueError):  # noqa: N818 - the baseline is at fault, as its name says
    """A file that is no baseline; the message says why."""


def from_comments(
    files: Iterable[str], lines: Callable[[str], Sequence[str]]
) -> tuple[list[Suppression], list[Finding]]:
    """The suppressions that comments in these YAML files ask for, and what is wrong with those comments."""
    suppressions: list[Suppression] = []
    findings: list[Finding] = []
    for file in files:
        for comment in comments(file, lines(file)):
            suppressions += _of_comment(comment)
            if not comment.rules:
                findings.append(_malformed(comment, lines(file)))
    return suppressions, findings


def _of_comment(comment: IgnoreComment) -> Iterator[Suppression]:
    remove = comment.removal if len(comment.rules) == 1 else None
    for rule, location in comment.rules:
        yield Suppression(
            by="comment",
            rule=rule,
            location=location,
            reason=comment.reason,
            file=location.file,
            lines=(comment.first_line, comment.last_line),
            edit=Suggestion("remove the comment", remove, "")
            if remove
            else Suggestion(f"take {rule} out of the comment"),
        )


def _malformed(comment: IgnoreComment, lines: Sequence[str]) -> Finding:
    place = comment.location
    found = lines[place.line - 1][place.column - 1 : place.end_column - 1]
    suggestion = None
    match = re.match(r"#[ \t]*engram-validate[ \t]*:[ \t]*ignore[ \t:=]*((?:EV\d{3}[ \t,]*)+)(.*)$", found)
    if match:
        names = ", ".join(re.findall(r"EV\d{3}", match[1]))
        replacement = f"# engram-validate: ignore[{names}] {match[2]}".rstrip()
        suggestion = Suggestion("put the rules into brackets", place, replacement)
    return MALFORMED_SUPPRESSION.at(place, Subject("file", place.file), found=found, suggestion=suggestion)


def from_config(ignores: Iterable[Ignore]) -> list[Suppression]:
    """The suppressions that `ignore:` of the configuration asks for."""
    return [
        Suppression(
            by="config",
            rule=ignore.rule,
            location=ignore.location,
            reason=ignore.reason,
            glob=ignore.file,
            subject=ignore.subject,
            step=ignore.step,
            edit=Suggestion("remove the entry"),
        )
        for ignore in ignores
    ]


def from_baseline(text: str, file: str) -> list[Suppression]:
    """The suppressions of a baseline file.

    Raises InvalidBaseline when the text is no baseline of this version.
    """
    try:
        loaded = json.loads(text)
        version = loaded["version"]
        entries = [_of_entry(entry, file) for entry in loaded["findings"]]
    except json.JSONDecodeError as error:
        raise InvalidBaseline(f"it is no JSON, from line {error.lineno} on: {error.msg}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        expected = "expected what --update-baseline writes: `version`, and `findings` with `rule`, `file` and `message`"
        raise InvalidBaseline(f"it is no baseline: {expected}") from error
    if version != BASELINE_VERSION:
        raise InvalidBaseline(f"expected a baseline of version {BASELINE_VERSION}, found {version!r}")
    return entries


def _of_entry(entry: Mapping[str, Any], file: str) -> Suppression:
    return Suppression(
        by="baseline",
        rule=str(entry["rule"]),
        location=Location(file),
        fingerprint=str(entry["fingerprint"]),
        count=int(entry.get("count", 1)),
        message=f"{entry['rule']} {entry['file']}: {entry['message']}",
    )


def baseline(findings: Iterable[Finding]) -> str:
    """The text of a baseline that silences these findings; stable, so that a change of it can be reviewed."""
    entries: dict[str, dict[str, Json]] = {}
    counts: Counter[str] = Counter()
    for finding in findings:
        counts[finding.fingerprint] += 1
        entries[finding.fingerprint] = {
            "rule": finding.rule.code,
            "file": finding.location.file,
            "message": finding.message,
            "fingerprint": finding.fingerprint,
        }
    for fingerprint, entry in entries.items():
        if counts[fingerprint] > 1:
            entry["count"] = counts[fingerprint]
    ordered = sorted(entries.values(), key=lambda entry: [str(value) for value in entry.values()])
    return json.dumps({"version": BASELINE_VERSION, "findings": ordered}, indent=2) + "\n"


def apply(
    findings: Iterable[Finding],
    suppressions: Iterable[Suppression],
    *,
    is_covered: Callable[[Rule], bool] = lambda rule: True,
) -> Applied:
    """Take out the findings that are suppressed, and say which suppressions silence nothing.

    `is_covered` tells whether the checks of a rule ran on everything: when they did not (static checks only, a shard, a
    broken sandbox), a suppression of it is not called unused.
    """
    every = tuple(dict.fromkeys(suppressions))
    index = _Index(every)
    used: set[Suppression] = set()
    remaining: list[Finding] = []
    suppressed: list[Suppressed] = []
    for finding in findings:
        matching, silencing = index.look_up(finding)
        used.update(matching)
        if silencing is None:
            remaining.append(finding)
        else:
            suppressed.append(Suppressed(finding, silencing.by, silencing.reason, silencing.location))
    idle = tuple(item for item in every if item not in used)
    extra = [*map(_unknown, index.unknown), *unused(idle, is_covered)]
    return Applied(
        tuple(remaining), tuple(suppressed), tuple(sorted(extra, key=lambda finding: finding.sort_key)), idle
    )


class _Index:
    """Suppressions by what a finding knows: its rule and its fingerprint. Counts what a baseline has left."""

    def __init__(self, suppressions: Iterable[Suppression]) -> None:
        self.by_rule: dict[str, list[Suppression]] = defaultdict(list)
        self.by_fingerprint: dict[str, Suppression] = {}
        self.unknown: list[Suppression] = []
        for item in suppressions:
            rule = rules.find(item.rule)
            if item.fingerprint:
                self.by_fingerprint.setdefault(item.fingerprint, item)
            elif rule is None:
                self.unknown.append(item)
            else:
                self.by_rule[rule.code].append(item)
        self.left = {fingerprint: item.count for fingerprint, item in self.by_fingerprint.items()}

    def look_up(self, finding: Finding) -> tuple[list[Suppression], Suppression | None]:
        """All suppressions that fit the finding, and the one that silences it: comments and configuration go first."""
        matching = [item for item in self.by_rule.get(finding.rule.code, ()) if item.matches(finding)]
        silencing = matching[0] if matching else None
        if self.by_fingerprint and (known := self.by_fingerprint.get(finding.fingerprint)):
            matching.append(known)
            if silencing is None and self.left[known.fingerprint] > 0:
                self.left[known.fingerprint] -= 1
                silencing = known
        return matching, silencing


def unused(idle: Iterable[Suppression], is_covered: Callable[[Rule], bool]) -> Iterator[Finding]:
    """What there is to say of suppressions that silence nothing, as far as their rules were judged."""
    outdated: dict[Location, list[Suppression]] = defaultdict(list)
    for item in idle:
        rule = rules.find(item.rule)
        if rule is not None and not is_covered(rule):
            continue
        if item.by == "baseline":
            outdated[item.location].append(item)
        elif rule is not None:
            yield UNUSED_SUPPRESSION.at(
                item.location,
                _subject(item),
                anchor=tuple(part for part in (item.glob, item.subject, item.step, item.reason) if part),
                rule=f"{rule.code} {rule.name}",
                suggestion=item.edit,
            )
    for location, items in outdated.items():
        yield _outdated(location, items)


def _outdated(location: Location, items: Sequence[Suppression]) -> Finding:
    named: list[Json] = [item.message for item in items[:MOST_NAMED]]
    evidence: Mapping[str, Json] = {"no longer found": named}
    return OUTDATED_BASELINE.at(
        location,
        Subject("file", location.file),
        count="1 finding" if len(items) == 1 else f"{len(items)} findings",
        are="is" if len(items) == 1 else "are",
        evidence=evidence,
        suggestion=Suggestion("write the baseline anew with --update-baseline"),
    )


def _unknown(item: Suppression) -> Finding:
    names = [name for rule in rules.catalogue().values() for name in (rule.code, rule.name)]
    nearest = difflib.get_close_matches(item.rule, names, 1, 0.5)
    suggestion = None
    if nearest and item.by == "comment":
        suggestion = Suggestion(f"write {nearest[0]}", item.location, nearest[0])
    return UNKNOWN_SUPPRESSED_RULE.at(
        item.location,
        _subject(item),
        rule=item.rule,
        nearest=f"did you mean `{nearest[0]}`?" if nearest else "`engram-validate explain` lists all rules",
        suggestion=suggestion,
    )


def _subject(item: Suppression) -> Subject:
    return Subject("config" if item.by == "config" else "file", item.location.file)
