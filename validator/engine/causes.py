"""One cause, one finding: what only follows from a finding is not told beside it, and what many share is told once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from validator.findings import Finding, Json, Location, Severity
from validator.rules import stories
from validator.stories.packets import HOOK_FIELDS

Relation: TypeAlias = Callable[[Finding, Finding], bool]
Keys: TypeAlias = Callable[[Finding], Iterable[Hashable]]
"""What two findings have to share before it is worth looking whether one follows from the other."""


def _subject(finding: Finding) -> Iterable[Hashable]:
    return (finding.subject,)


def _manifest(finding: Finding) -> Iterable[Hashable]:
    return ((finding.subject.kind, finding.subject.name),)


def _lines(finding: Finding) -> Iterable[Hashable]:
    place = finding.location
    return ((place.file, line) for line in range(place.line, place.end_line + 1))


def _files(finding: Finding) -> Iterable[Hashable]:
    """Files that a finding points to."""
    return {finding.location.file, *(related.location.file for related in finding.related)}


def _words(finding: Finding) -> Iterable[Hashable]:
    return set(re.findall(r"`([^`]*)`", finding.message))


def _overlap(cause: Finding, consequence: Finding) -> bool:
    """Both are about the same characters."""
    return _share_characters(cause.location, consequence.location)


def _share_characters(place: Location, another: Location) -> bool:
    one, other = _extent(place), _extent(another)
    return place.file == another.file and one[0] < other[1] and other[0] < one[1]


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


def _about_its_step(cause: Finding, consequence: Finding) -> bool:
    """The second is about the step of the first, or names it."""
    step = cause.subject.step
    same = (cause.subject.kind, cause.subject.name) == (consequence.subject.kind, consequence.subject.name)
    return bool(step) and same and (consequence.subject.step == step or _mentions(consequence.message, step))


def _is_ambiguous(cause: Finding, consequence: Finding) -> bool:
    """Two steps have one name, and the second is about it; a branch named like a step is known by its parent, too."""
    return cause.severity is Severity.ERROR and _about_its_step(cause, consequence)


def _has_another_name(cause: Finding, consequence: Finding) -> bool:
    """One of two steps with the same name was meant to have the one that the second does not find, or waits by."""
    lost = consequence.rule.code != "EV127" or "which does not exist" in consequence.message
    return lost and _manifest(cause) == _manifest(consequence)


def _sends_elsewhere(cause: Finding, consequence: Finding) -> bool:
    """The step on a transport that there is not is missed among those that send on another one."""
    return _manifest(cause) == _manifest(consequence) and "no payload on this transport" in consequence.message


def _names_the_word(cause: Finding, consequence: Finding) -> bool:
    """The second names the word that is none, as the first says."""
    found = _FOUND.search(cause.message)
    return found is not None and f"`{found[1]}`" in consequence.message


def _misses_what_is_meant(cause: Finding, consequence: Finding) -> bool:
    """The first has the right word for a slip, and the second misses it there."""
    return cause.subject == consequence.subject and _mentions(consequence.message, _meant(cause))


def _misses_what_is_inside(cause: Finding, consequence: Finding) -> bool:
    """The first is a slip for `with` or `runtime`, and the second misses what stands in there."""
    inside = _meant(cause) in ("with", "runtime") and "is required" in consequence.message
    return inside and cause.subject == consequence.subject


def _waits_for_nothing(cause: Finding, consequence: Finding) -> bool:
    """The first is a slip for `needs`."""
    return _meant(cause) == "needs" and cause.subject == consequence.subject


def _stands_behind(cause: Finding, consequence: Finding) -> bool:
    """The second is about the same step, and stands behind the first."""
    return _same_step(cause, consequence) and _extent(cause.location)[0] < _extent(consequence.location)[0]


def _same_field(cause: Finding, consequence: Finding) -> bool:
    """They are about a field of one name in one line; that of an Engram's `with` is told for each step, too."""
    subject = (consequence.subject.kind, consequence.subject.name)
    same = (cause.subject.kind, cause.subject.name) == subject or f"`{cause.subject.name}`" in consequence.message
    one, other = cause.location, consequence.location
    where = (one.file, one.line) == (other.file, other.line)
    return same and where and bool(cause.anchor) and cause.anchor[-1] in consequence.anchor[-2:]


def _same_value(cause: Finding, consequence: Finding) -> bool:
    """They are about the same value, wherever in it."""
    return cause.subject == consequence.subject and bool(cause.anchor) and cause.anchor == consequence.anchor


def _asks_for_the_hook(cause: Finding, consequence: Finding) -> bool:
    """Hooks come to steps whose `if` names one, and the first says that this one does not."""
    missed = any(f"declares `{field}`" in consequence.message for field in HOOK_FIELDS)
    return missed and _same_value(cause, consequence)


def _requires_it_misspelt(cause: Finding, consequence: Finding) -> bool:
    """A schema requires a field by a slip of its name, and so the field is optional."""
    field = _meant(cause)
    if not field or not consequence.message.startswith(f"`{field}` "):
        return False
    return any(_is_behind(related.location, cause.location) for related in consequence.related)


def _is_behind(start: Location, place: Location) -> bool:
    return start.file == place.file and _extent(start)[0] <= _extent(place)[0]


def _reads_the_key(cause: Finding, consequence: Finding) -> bool:
    """A schema requires what YAML has read as a boolean, and declares it by the same word."""
    words = re.findall(r"unquoted `([^`]*)`", cause.message)
    return cause.subject == consequence.subject and any(f"`{word}`" in consequence.message for word in words)


def _reads_the_slip(cause: Finding, consequence: Finding) -> bool:
    """A required field is there by a slip of its name, and the second is about that."""
    return _same_step(cause, consequence) and _mentions(consequence.message, str(cause.evidence.get("found") or ""))


def _loses_its_fields(cause: Finding, consequence: Finding) -> bool:
    """The first is a slip for `properties`, and the second misses what is declared in there."""
    missed = any(words in consequence.message for words in ("no field is", "but not declared"))
    return _meant(cause) == "properties" and missed


def _leaves_out_the_wait(cause: Finding, consequence: Finding) -> bool:
    return _meant(cause) == "waitForCompletion" and cause.subject == consequence.subject


def _meant(cause: Finding) -> str:
    return (cause.suggestion.replacement or "") if cause.suggestion is not None else ""


def _mentions(message: str, word: str) -> bool:
    return bool(word) and re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", message) is not None


_FOUND = re.compile(r" (?:is|says) `([^`]*)`")
_GAPS = frozenset(f"EV{number}" for number in (252, 253, 254, *range(265, 285)))
_WAITING = frozenset(f"EV{number}" for number in (128, *range(211, 220), 223, 286, 301)) | _GAPS
_TYPED = frozenset({"EV224", "EV226", "EV227", "EV228", "EV230", "EV234", "EV302"})


@dataclass(frozen=True, slots=True)
class _Pair:
    cause: str
    consequences: frozenset[str]
    related: Relation

    @property
    def by(self) -> Keys:
        """What cause and consequence share."""
        return _SHARED.get(self.related, _subject)


_SHARED: Mapping[Relation, Keys] = {
    _overlap: _lines,
    _same_field: _lines,
    _names_the_word: _words,
    _about_its_step: _manifest,
    _is_ambiguous: _manifest,
    _has_another_name: _manifest,
    _sends_elsewhere: _manifest,
    _requires_it_misspelt: _files,
    _loses_its_fields: _files,
}
"""What those relations compare that are not about one subject."""
_PAIRS = (
    _Pair("EV112", frozenset({"EV119"}), _is_the_engram),  # `reff:`
    _Pair("EV114", frozenset({"EV235", "EV250"}), _reads_the_slip),  # `untill:`
    _Pair("EV115", frozenset({"EV134"}), _overlap),  # a mode that there is not, and that the template does not support
    _Pair("EV116", frozenset({"EV126", "EV130", "EV235"}), _overlap),  # no name at all, and so the name of nothing
    _Pair("EV120", frozenset({"EV235", "EV270"}), _overlap),  # a template where a duration stands
    _Pair("EV123", frozenset({"EV128"}), _lacks_the_need),  # the need that is misspelt makes the requirement fail
    _Pair("EV123", frozenset({"EV214", "EV217"}), _misses_what_is_meant),  # and the reader has no need of what it reads
    _Pair("EV126", frozenset({"EV217", "EV253", "EV280"}), _same_step),  # no such transport: nothing comes by it
    _Pair("EV213", frozenset({"EV216"}), _overlap),
    _Pair("EV220", frozenset({"EV210", "EV211", "EV212", "EV252"}), _overlap),  # the step that reads itself
    _Pair("EV225", frozenset({"EV228"}), _overlap),  # trim markers make text of it
    _Pair("EV228", frozenset({"EV229", "EV255"}), _overlap),  # the default makes text of it
    _Pair("EV232", frozenset({"EV223"}), _asks_for_the_hook),
    _Pair("EV234", frozenset({"EV212"}), _overlap),
    _Pair("EV235", frozenset({"EV130"}), _overlap),
    _Pair("EV236", frozenset({"EV242"}), _overlap),  # a wrapper without braces is the text in it
    _Pair("EV238", frozenset({"EV227", "EV228", "EV234"}), _overlap),  # what a function refuses becomes nothing
    _Pair("EV239", frozenset({"EV227", "EV228", "EV234"}), _overlap),
    _Pair("EV252", frozenset({"EV212", "EV216", "EV269"}), _overlap),
    _Pair("EV112", frozenset({"EV114"}), _misses_what_is_meant),
    _Pair("EV112", frozenset({"EV242"}), _misses_what_is_inside),
    _Pair("EV112", _WAITING, _waits_for_nothing),
    _Pair("EV115", frozenset({"EV134", "EV235"}), _names_the_word),
    _Pair("EV119", _GAPS | {"EV215"}, _about_its_step),  # a step that is two things is no step to reason about
    _Pair("EV119", frozenset({"EV250", "EV258"}), _same_step),
    _Pair("EV119", frozenset({"EV256"}), _sends_elsewhere),
    _Pair("EV121", _GAPS | {"EV123", "EV124", "EV128"}, _is_ambiguous),  # nor is one of two with the same name
    _Pair("EV121", frozenset({"EV127", "EV218"}), _has_another_name),
    _Pair("EV125", frozenset({"EV278", "EV279"}), _about_its_step),  # it sends nothing, since it cannot be there
    _Pair("EV126", _GAPS, _about_its_step),
    _Pair("EV126", frozenset({"EV256"}), _sends_elsewhere),
    _Pair("EV128", frozenset({"EV211", "EV212", "EV213", "EV215"}), _overlap),
    _Pair("EV129", frozenset({"EV242", "EV250", "EV258"}), _stands_behind),
    _Pair("EV136", frozenset({"EV135"}), _misses_what_is_meant),
    _Pair("EV140", frozenset({"EV138"}), _reads_the_key),  # `required: [n]` and `n: {type: integer}`
    _Pair("EV143", frozenset({"EV212"}), _requires_it_misspelt),
    _Pair("EV147", frozenset({"EV302"}), _same_field),
    _Pair("EV147", frozenset({"EV250", "EV258"}), _overlap),
    _Pair("EV302", frozenset({"EV250", "EV258"}), _overlap),
    _Pair("EV242", frozenset({"EV302"}), _same_field),
    _Pair("EV242", frozenset({"EV258"}), _overlap),  # a key that is refused is more than undeclared
    _Pair("EV250", frozenset({"EV267"}), _leaves_out_the_wait),
    _Pair("EV250", frozenset({"EV242", "EV302"}), _misses_what_is_meant),
    _Pair("EV150", frozenset({"EV144", "EV242", "EV302"}), _loses_its_fields),  # `propertis:`
    _Pair("EV201", frozenset({"EV242"}), _overlap),
    _Pair("EV235", frozenset({"EV115"}), _overlap),  # braces that nobody evaluates are no value of a list
    _Pair("EV208", frozenset({"EV242"}), _overlap),
    # What cannot be evaluated has no type.
    *(_Pair(f"EV{number}", _TYPED, _same_value) for number in (201, 202, 207, 208, 221, 238, 239, 240)),
)


def causes(findings: Sequence[Finding]) -> list[Finding]:
    """The findings without those that follow from others, each cause as severe as the worst that follows from it."""
    by_code: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_code[finding.rule.code].append(finding)
    dropped: set[int] = set()
    raised: dict[int, Finding] = {}
    for pair in _PAIRS:
        for cause, followers in _followed(pair, by_code):
            dropped.update(map(id, followers))
            worst = max((cause, *followers), key=lambda one: one.severity.rank)
            if worst.severity is not cause.severity:
                raised[id(cause)] = replace(cause, severity=worst.severity)
    return _shared(raised.get(id(one), one) for one in findings if id(one) not in dropped)


def _followed(pair: _Pair, by_code: Mapping[str, Sequence[Finding]]) -> Iterator[tuple[Finding, list[Finding]]]:
    """Each cause of a pair with the findings that follow from it."""
    found = by_code.get(pair.cause, ())
    near = _near(pair.by, (one for code in pair.consequences for one in by_code.get(code, ()))) if found else {}
    for cause in found if near else ():
        candidates = {id(one): one for key in pair.by(cause) for one in near.get(key, ())}
        yield cause, [one for one in candidates.values() if pair.related(cause, one)]


def _near(by: Keys, findings: Iterable[Finding]) -> dict[Hashable, list[Finding]]:
    """The findings by their keys, so that a cause is compared with those near it only."""
    found: dict[Hashable, list[Finding]] = defaultdict(list)
    for finding in findings:
        for key in by(finding):
            found[key].append(finding)
    return found


def before_runs(findings: Sequence[Finding]) -> list[Finding]:
    """The findings without what runs of stories come to at characters of which a static check says what is wrong.

    A run that fails there shows nothing else, and what its case expects of it, it expects in vain.
    """
    wrong: dict[Hashable, list[Finding]] = _near(
        _lines, (one for one in findings if one.rule.code < "EV4" and one.severity is Severity.ERROR)
    )
    return [one for one in findings if not any(_has_finding(place, wrong) for place in _failures(one))]


def _failures(finding: Finding) -> Iterator[Location]:
    """Where a run failed by which a finding is shown."""
    if finding.rule in (stories.RUN_FAILS, stories.NEVER_ENDS):
        yield finding.location
    elif finding.rule in (stories.NOT_AS_EXPECTED, stories.UNUSED_ATTEMPT):
        yield from (one.location for one in finding.related if one.message == stories.FAILS_HERE)


def _has_finding(place: Location, wrong: dict[Hashable, list[Finding]]) -> bool:
    lines = range(place.line, place.end_line + 1)
    return any(_share_characters(one.location, place) for line in lines for one in wrong.get((place.file, line), ()))


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
