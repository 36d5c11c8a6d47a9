"""One cause, one finding: what only follows from a finding is not told beside it, and what many share is told once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from validator.findings import Finding, Json, Location

Relation: TypeAlias = Callable[[Finding, Finding], bool]


def _overlap(cause: Finding, consequence: Finding) -> bool:
    """Both are about the same characters."""
    one, other = _extent(cause.location), _extent(consequence.location)
    return cause.location.file == consequence.location.file and one[0] < other[1] and other[0] < one[1]


def _extent(location: Location) -> tuple[tuple[int, int], tuple[int, int]]:
    return (location.line, location.column), (location.end_line, location.end_column)


def _same_step(cause: Finding, consequence: Finding) -> bool:
    """Both are about one step."""
    return bool(cause.subject.step) and cause.subject == consequence.subject


def _lacks_the_need(cause: Finding, consequence: Finding) -> bool:
    """A need that names no step, and a requirement of a step that nothing makes come before."""
    return _same_step(cause, consequence) and consequence.message.endswith("by `needs`")


def _is_the_engram(cause: Finding, consequence: Finding) -> bool:
    """A misspelt `ref` or `type`, and a step that has neither."""
    edit = cause.suggestion.replacement if cause.suggestion is not None else None
    return edit in ("ref", "type") and _same_step(cause, consequence)


@dataclass(frozen=True, slots=True)
class _Pair:
    cause: str
    consequences: frozenset[str]
    related: Relation


_PAIRS = (
    _Pair("EV112", frozenset({"EV119"}), _is_the_engram),  # `reff:`
    _Pair("EV115", frozenset({"EV134"}), _overlap),  # a mode that there is not, and that the template does not support
    _Pair("EV116", frozenset({"EV126", "EV130"}), _overlap),  # no name at all, and so the name of nothing
    _Pair("EV120", frozenset({"EV235"}), _overlap),  # a template where a duration stands
    _Pair("EV123", frozenset({"EV128"}), _lacks_the_need),  # the need that is misspelt makes the requirement fail
    _Pair("EV126", frozenset({"EV217", "EV253", "EV280"}), _same_step),  # no such transport: nothing comes by it
    _Pair("EV220", frozenset({"EV210", "EV211", "EV212", "EV252"}), _overlap),  # the step that reads itself
    _Pair("EV225", frozenset({"EV228"}), _overlap),  # trim markers make text of it
    _Pair("EV228", frozenset({"EV229", "EV255"}), _overlap),  # the default makes text of it
    _Pair("EV235", frozenset({"EV130"}), _overlap),
    _Pair("EV236", frozenset({"EV242"}), _overlap),  # a wrapper without braces is the text in it
    _Pair("EV252", frozenset({"EV212", "EV216", "EV269"}), _overlap),
)


def causes(findings: Sequence[Finding]) -> list[Finding]:
    """The findings without those that follow from others, each cause as severe as the worst that follows from it."""
    by_code: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_code[finding.rule.code].append(finding)
    dropped: set[int] = set()
    raised: dict[int, Finding] = {}
    for pair in _PAIRS:
        for cause in by_code.get(pair.cause, ()):
            followers = [one for code in pair.consequences for one in by_code.get(code, ()) if pair.related(cause, one)]
            dropped.update(map(id, followers))
            worst = max((cause, *followers), key=lambda one: one.severity.rank)
            if worst.severity is not cause.severity:
                raised[id(cause)] = replace(cause, severity=worst.severity)
    return _shared(raised.get(id(one), one) for one in findings if id(one) not in dropped)


def _shared(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, those of several steps that say the same of the same characters as one that names the steps."""
    groups: dict[tuple[str, Location, str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        apart = "" if finding.subject.step else str(finding.subject)
        groups[(finding.rule.code, finding.location, finding.message, apart)].append(finding)
    return [_joined(group) for group in groups.values()]


def _joined(group: Sequence[Finding]) -> Finding:
    first = group[0]
    steps: list[Json] = list(dict.fromkeys(one.subject.step for one in group))
    if len(steps) < 2:
        return first
    return replace(
        first, message=f"{first.message} (in {len(steps)} steps)", evidence={**first.evidence, "steps": steps}
    )
