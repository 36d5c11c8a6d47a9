"""Semantic versions and constraints, as Masterminds/semver 3.4 reads and compares them.

Source: templating.md, section 4 (`semver`, `semverCompare`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest

from validator.templates.errors import CallError, UnsupportedError
from validator.templates.gonumbers import MAX_UINT64

_TAIL = r"(-([0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*))?(\+([0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*))?"
_VERSION = re.compile(r"v?([0-9]+)(\.[0-9]+)?(\.[0-9]+)?" + _TAIL + r"\Z")
_PLAIN = r"v?[0-9xX|*]+(?:\.[0-9xX|*]+)?(?:\.[0-9xX|*]+)?" + re.sub(r"\((?!\?)", "(?:", _TAIL)
_GROUPED = r"v?([0-9xX|*]+)(\.[0-9xX|*]+)?(\.[0-9xX|*]+)?" + _TAIL
# The empty alternative stands second, so that `>` and the others are found only after it fails: as in the original.
_OPERATORS = r"=||!=|>|<|>=|=>|<=|=<|~|~>|\^"
_SPACE = r"[\t\n\f\r ]"
_ONE = re.compile(rf"{_SPACE}*({_OPERATORS}){_SPACE}*({_GROUPED}){_SPACE}*\Z")
_EACH = re.compile(rf"(?:{_OPERATORS}){_SPACE}*(?:{_PLAIN})")
_RANGE = re.compile(rf"{_SPACE}*({_PLAIN}){_SPACE}+-{_SPACE}+({_PLAIN}){_SPACE}*")
_SPACES = re.compile(rf"{_SPACE}+")
# Matched against text whose spaces are single and never beside a comma: the original allows more, but means the same.
_WHOLE = re.compile(rf" ?(?:{_OPERATORS}) ?(?:{_PLAIN})(?:[ ,](?:{_OPERATORS}) ?(?:{_PLAIN}))*[ ]?\Z")
_WILD = frozenset({"x", "X", "*"})
_MAX_LENGTH = 256
"""Longer texts are refused an answer: the expressions above may backtrack where Go's do not."""


@dataclass(frozen=True, slots=True)
class Version:
    """A parsed version."""

    major: int
    minor: int
    patch: int
    pre: str
    metadata: str
    original: str

    def __str__(self) -> str:
        pre = f"-{self.pre}" if self.pre else ""
        metadata = f"+{self.metadata}" if self.metadata else ""
        return f"{self.major}.{self.minor}.{self.patch}{pre}{metadata}"


def parse_version(text: str) -> Version:
    """Read a version, leniently: `v1`, `1.2` and leading zeros pass.

    Raises CallError with the library's message.
    """
    if len(text) > _MAX_LENGTH:
        raise UnsupportedError("a version of this length")
    match = _VERSION.match(text)
    if not match:
        raise CallError("invalid semantic version")
    major, minor, patch = (int((part or "0").removeprefix(".")) for part in match.group(1, 2, 3))
    if max(major, minor, patch) > MAX_UINT64:
        raise CallError("error parsing version segment: value out of range")
    pre = match[5] or ""
    for part in pre.split("."):
        if len(part) > 1 and part[0] == "0" and part.isdigit():
            raise CallError("version segment starts with 0")
    return Version(major, minor, patch, pre, match[7] or "", text)


def compare(left: Version, right: Version) -> int:
    """-1, 0 or 1; metadata does not count."""
    mine, theirs = (left.major, left.minor, left.patch), (right.major, right.minor, right.patch)
    if mine != theirs:
        return 1 if mine > theirs else -1
    if not left.pre or not right.pre:
        return bool(right.pre) - bool(left.pre)
    return _compare_pre(left.pre, right.pre)


def _compare_pre(left: str, right: str) -> int:
    for mine, theirs in zip_longest(left.split("."), right.split("."), fillvalue=""):
        if mine != theirs:
            return 1 if _is_later(mine, theirs) else -1
    return 0


def _is_later(mine: str, theirs: str) -> bool:
    """Of two identifiers that differ: numbers by value, before text; none at all before any."""
    if not mine or not theirs:
        return bool(mine)
    numeric = _is_uint(mine), _is_uint(theirs)
    if numeric == (True, True):
        return int(mine) > int(theirs)
    return mine > theirs if numeric == (False, False) else numeric[1]


def _is_uint(text: str) -> bool:
    return text.isdigit() and int(text) <= MAX_UINT64


@dataclass(frozen=True, slots=True)
class Constraint:
    """One comparison: an operator and a version, parts of which may be wild."""

    operator: str
    version: Version
    dirty: bool
    minor_dirty: bool
    patch_dirty: bool

    def holds(self, version: Version, *, with_pre: bool) -> bool:
        """Whether `version` satisfies it; pre-releases only where a constraint of the group names one."""
        if version.pre and not with_pre:
            return False
        match self.operator:
            case "!=":
                return self._differs(version)
            case ">":
                return self._greater(version)
            case "<":
                return compare(version, self.version) < 0
            case ">=" | "=>":
                return compare(version, self.version) >= 0
            case "<=" | "=<":
                return self._at_most(version)
            case "~" | "~>":
                return self._tilde(version)
            case "^":
                return self._caret(version)
            case _:
                return self._tilde(version) if self.dirty else compare(version, self.version) == 0

    def _differs(self, version: Version) -> bool:
        mine = self.version
        if self.dirty:
            if mine.major != version.major:
                return True
            if mine.minor != version.minor and not self.minor_dirty:
                return True
            if self.minor_dirty:
                return False
            if mine.patch != version.patch and not self.patch_dirty:
                return True
            if self.patch_dirty:
                return bool(version.pre or mine.pre) and _compare_pre(version.pre, mine.pre) != 0
        return compare(version, mine) != 0

    def _greater(self, version: Version) -> bool:
        mine = self.version
        if not self.dirty:
            return compare(version, mine) == 1
        if version.major != mine.major:
            return version.major > mine.major
        if self.minor_dirty:
            return False
        if self.patch_dirty:
            return version.minor > mine.minor
        return compare(version, mine) == 1

    def _at_most(self, version: Version) -> bool:
        mine = self.version
        if not self.dirty:
            return compare(version, mine) <= 0
        if version.major > mine.major:
            return False
        return not (version.major == mine.major and version.minor > mine.minor and not self.minor_dirty)

    def _tilde(self, version: Version) -> bool:
        mine = self.version
        if compare(version, mine) < 0:
            return False
        if (mine.major, mine.minor, mine.patch) == (0, 0, 0) and not self.minor_dirty and not self.patch_dirty:
            return True
        return version.major == mine.major and (version.minor == mine.minor or self.minor_dirty)

    def _caret(self, version: Version) -> bool:
        mine = self.version
        if compare(version, mine) < 0:
            return False
        if mine.major > 0 or self.minor_dirty:
            return version.major == mine.major
        if version.major > 0:
            return False
        if mine.minor > 0 or self.patch_dirty:
            return version.minor == mine.minor
        return version.minor == 0 and mine.patch == version.patch


def parse_constraints(text: str) -> tuple[tuple[Constraint, ...], ...]:
    """Groups of constraints: one group must hold as a whole. Raises CallError for an improper constraint."""
    if len(text) > _MAX_LENGTH:
        raise UnsupportedError("a version constraint of this length")
    rewritten = text
    for match in _RANGE.finditer(text):
        rewritten = rewritten.replace(match[0], f">= {match[1]}, <= {match[2]} ", 1)
    groups = []
    for group in rewritten.split("||"):
        if not _WHOLE.match(_SPACES.sub(" ", group).replace(" ,", ",").replace(", ", ",")):
            raise CallError(f"improper constraint: {group}")
        groups.append(tuple(_parse_constraint(piece) for piece in (_EACH.findall(group) or [group])))
    return tuple(groups)


def _parse_constraint(text: str) -> Constraint:
    match = _ONE.match(text)
    if not match:
        raise CallError(f"improper constraint: {text}")
    operator, whole, major, minor, patch, pre = match.group(1, 2, 3, 4, 5, 6)
    pre = pre or ""
    dirty = minor_dirty = patch_dirty = False
    if major in _WILD:
        whole, dirty = f"0.0.0{pre}", True
    elif not minor or minor[1:] in _WILD:
        whole, dirty, minor_dirty = f"{major}.0.0{pre}", True, True
    elif not patch or patch[1:] in _WILD:
        whole, dirty, patch_dirty = f"{major}{minor}.0{pre}", True, True
    try:
        version = parse_version(whole)
    except CallError:
        raise CallError("constraint parser error") from None
    return Constraint(operator, version, dirty, minor_dirty, patch_dirty)


def satisfies(constraint: str, version: str) -> bool:
    """`semverCompare`. Raises CallError as the library does: first for the constraint, then for the version."""
    groups = parse_constraints(constraint)
    parsed = parse_version(version)
    return any(
        all(item.holds(parsed, with_pre=any(other.version.pre for other in group)) for item in group)
        for group in groups
    )
