"""Dockerfiles, as far as one has to know before a daemon builds them: what is fetched, on what, and by which builder.

Source: the Dockerfile reference of Docker, and its classic builder (moby, builder/dockerfile): parser directives,
continuation lines, here-documents, which only BuildKit knows, and the substitution of ARG and ENV.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

_DIRECTIVE = re.compile(r"#\s*(\w+)\s*=\s*(.+?)\s*$")
_HEREDOC = re.compile(r"<<-?\s*([\"']?)([\w.]+)\1")
_VARIABLE = re.compile(r"\\(.)|\$(?:(\w+)|\{(\w+)(?:(:?[-+?])([^{}]*))?\})")
_REMOTE = re.compile(r"(?i)(?:[a-z][a-z0-9+.-]*://|[\w-]+@[\w.-]+:|github\.com/)")
_SYNTAX = re.compile(r"(?i)\s*(?:#|//)\s*syntax\s*=\s*(.*?)\s*$")
_FRONTEND = re.compile(r"(?:docker\.io/)?docker/dockerfile(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?")
_DELIMITER = re.compile(r"<<(?=\s|<|$)|(?<=<)<<|<<-?([\"']?)[\w.]+\1(?=[\s;|&)>,]|$)")


_DOCUMENTED = ("RUN", "COPY", "ADD", "ONBUILD")
"""What may have a here-document."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, its lines joined."""

    line: int
    """Where it begins, from 1."""
    name: str
    """In upper case."""
    flags: tuple[str, ...]
    """What begins with `--`, before all else."""
    rest: str
    onbuild: bool = False
    """It runs when another stage or image is built on this one."""

    def __str__(self) -> str:
        text = " ".join((self.name, *self.flags, self.rest))
        return text if len(text) <= 80 else f"{text[:79]}…"


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """All instructions, and what cannot be told from them."""

    instructions: tuple[Instruction, ...]
    heredoc: Instruction | None = None
    """The first with a here-document. The classic builder takes its lines for instructions."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build of some stages takes."""

    bases: tuple[str, ...] = ()
    """Images that it is built on or copies from, by reference; those whose names are not known are left out."""
    fetches: tuple[tuple[Instruction, str], ...] = ()
    """What the daemon would fetch from anywhere, and from where; empty where a variable of the base image decides."""
    modern: tuple[Instruction, ...] = ()
    """What BuildKit alone understands."""
    arguments: frozenset[str] = frozenset()
    """The names that ARG declares."""


def parse(text: str) -> Dockerfile:
    """The instructions of a Dockerfile, by the rules of the classic builder."""
    lines = text.removeprefix("\ufeff").split("\n")
    escape = _escape(lines)
    found: list[Instruction] = []
    heredoc: Instruction | None = None
    joined, begin = "", 0
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("#") or not line.strip():
            continue  # also amid an instruction
        begin = begin or number
        stripped = line.rstrip()
        if stripped.endswith(escape):
            joined += stripped[:-1]
            continue
        found.append(_instruction(begin, joined + line))
        if heredoc is None and found[-1].name in _DOCUMENTED and _opens(found[-1], lines[number:]):
            heredoc = found[-1]
        joined, begin = "", 0
    if joined.strip():
        found.append(_instruction(begin, joined))
    return Dockerfile(tuple(found), heredoc)


def plan(dockerfile: Dockerfile, target: str, given: Mapping[str, str]) -> Plan:
    """What a build up to a stage does; an empty target means all stages.

    The lines of a here-document are taken for instructions. They may hide nothing: what they say of stages and of
    variables is believed only where it leads to more.
    """
    stages = _Stages(given)
    target = target if dockerfile.heredoc is None else ""
    for instruction in dockerfile.instructions:
        if instruction.name == "FROM" and target and stages.reached(target):
            break
        stages.take(instruction)
    if dockerfile.heredoc is not None:
        stages.modern.append(dockerfile.heredoc)
        stages.fetches += [(each, "") for each in dockerfile.instructions if _varies(each)]
    modern = sorted(dict.fromkeys(stages.modern), key=lambda each: each.line)
    return Plan(tuple(dict.fromkeys(stages.bases)), tuple(stages.fetches), tuple(modern), frozenset(stages.declared))


def foreign(text: str, given: Mapping[str, str]) -> str:
    """Why BuildKit may read a file otherwise than `plan` does, in the words of a reason; empty where both agree.

    What is hidden from `plan` could fetch: a frontend of a stranger's, settings of BuildKit's own, and here-documents
    whose end may be taken for part of an instruction, or for a comment.
    """
    if name := next((name for name in given if name.upper().startswith("BUILDKIT_")), ""):
        return f"the build argument {name} is for BuildKit itself"
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if line.strip() and not line.lstrip().startswith(("#", "//")):
            if line.lstrip().startswith("{"):
                return f"line {number} is no Dockerfile's"
            break
        found = _SYNTAX.match(line)
        if found is not None and not _FRONTEND.fullmatch(found[1]):
            return f"line {number} names another frontend than docker/dockerfile"
    for instruction in parse(text).instructions:
        words = instruction.rest if instruction.name in _DOCUMENTED else ""
        if words.count("<<") > len(_DELIMITER.findall(words)):
            return f"line {instruction.line}, `{instruction}`, ends a here-document with more than a plain word"
    return ""


def fetches(instruction: Instruction, variables: Mapping[str, str]) -> Iterator[str]:
    """From where an ADD fetches: addresses and repositories; an empty one where only the base image knows."""
    if instruction.name != "ADD":
        return
    for word in _words(instruction.rest)[:-1]:
        value, known = substituted(word, variables)
        if _REMOTE.match(value) or re.search(r"\.git(#|$)", value):
            yield value
        elif not known:
            yield ""


def onbuild(trigger: str) -> Instruction:
    """An instruction that an image runs when another is built on it, as its configuration has it."""
    return replace(_instruction(1, trigger), onbuild=True)


def substituted(text: str, variables: Mapping[str, str]) -> tuple[str, bool]:
    """The text with its variables replaced, and whether what it begins with is known."""
    known = True

    def value(match: re.Match[str]) -> str:
        nonlocal known
        if match[1] is not None:
            return match[1]
        name, operator, other = match[2] or match[3], match[4] or "", match[5] or ""
        found = variables.get(name)
        present = found is not None and (found != "" or not operator.startswith(":"))
        if operator.endswith("+"):
            return substituted(other, variables)[0] if present else ""
        if present:
            return found or ""
        if operator.endswith("-"):
            return substituted(other, variables)[0]
        known = known and match.start() > 0
        return ""

    result = _VARIABLE.sub(value, text)
    return result, known


@dataclass(slots=True)
class _Stages:
    """Goes through the instructions, with the variables that each of them sees."""

    given: Mapping[str, str]
    outside: dict[str, str] = field(default_factory=dict)
    """Of ARG before the first FROM."""
    variables: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    bases: list[str] = field(default_factory=list)
    fetches: list[tuple[Instruction, str]] = field(default_factory=list)
    modern: list[Instruction] = field(default_factory=list)
    declared: set[str] = field(default_factory=set)
    count: int = 0

    def reached(self, target: str) -> bool:
        """Whether the stage that is being read is the target, by name or number."""
        named = bool(self.names) and self.names[-1] == target.lower()
        return self.count > 0 and (named or target == str(self.count - 1))

    def take(self, instruction: Instruction) -> None:
        """One instruction more."""
        if _needs_buildkit(instruction, self.outside):
            self.modern.append(instruction)
        match instruction.name:
            case "FROM":
                self._begin(instruction)
            case "ARG":
                self._declare(instruction)
            case "ENV":
                self._set(instruction)
            case "ONBUILD":
                self.take(replace(_instruction(instruction.line, instruction.rest), onbuild=True))
            case "ADD":
                self.fetches += [(instruction, where) for where in fetches(instruction, self.variables)]
            case "COPY":
                self._take_from(next((flag[7:] for flag in instruction.flags if flag.startswith("--from=")), ""))
            case "RUN":
                for mount in (flag[8:] for flag in instruction.flags if flag.startswith("--mount=")):
                    self._take_from(next((word[5:] for word in mount.split(",") if word.startswith("from=")), ""))

    def _begin(self, instruction: Instruction) -> None:
        words = instruction.rest.split()
        base, known = substituted(words[0], self.outside) if words else ("", False)
        if base and known and base.lower() not in (*self.names, "scratch"):
            self.bases.append(base)
        self.names.append(words[2].lower() if len(words) == 3 and words[1].lower() == "as" else "")
        self.variables = {}
        self.count += 1

    def _declare(self, instruction: Instruction) -> None:
        for word in _words(instruction.rest):
            name, sign, default = word.partition("=")
            self.declared.add(name)
            scope = self.variables if self.count else self.outside
            if name in self.given:
                scope[name] = self.given[name]
            elif sign:
                scope[name] = substituted(default, scope)[0]
            elif self.count and name in self.outside:
                scope[name] = self.outside[name]
            elif name not in scope:
                scope[name] = ""

    def _set(self, instruction: Instruction) -> None:
        words = _words(instruction.rest)
        if words and "=" not in words[0]:
            words = [f"{words[0]}={instruction.rest.partition(words[0])[2].strip()}"]
        values = {name: substituted(value, self.variables)[0] for name, _, value in (w.partition("=") for w in words)}
        self.variables |= values

    def _take_from(self, source: str) -> None:
        if source and not source.isdigit() and source.lower() not in self.names and "$" not in source:
            self.bases.append(source)


def _varies(instruction: Instruction) -> bool:
    """Whether a variable has a say in what an ADD brings."""
    if instruction.name == "ONBUILD":
        return _varies(_instruction(instruction.line, instruction.rest))
    return instruction.name == "ADD" and any("$" in word for word in _words(instruction.rest)[:-1])


def _needs_buildkit(instruction: Instruction, outside: Mapping[str, str]) -> bool:
    flags = {flag.partition("=")[0] for flag in instruction.flags}
    match instruction.name:
        case "RUN":
            return bool(flags & {"--mount", "--network", "--security", "--device"})
        case "ADD" | "COPY":
            return bool(flags - {"--from", "--chown"})
        case "FROM":
            platform = next((flag for flag in instruction.flags if flag.startswith("--platform=")), "")
            return any((match[2] or match[3]) not in outside for match in _VARIABLE.finditer(platform) if not match[1])
    return False


def _escape(lines: Sequence[str]) -> str:
    """What continues a line: a directive at the very top may say."""
    for line in lines:
        found = _DIRECTIVE.fullmatch(line.strip())
        if found is None:
            break
        if found[1].lower() == "escape":
            return found[2]
    return "\\"


def _instruction(line: int, text: str) -> Instruction:
    name, *following = text.strip().split(None, 1)
    flags, rest = [], following[0].strip() if following else ""
    while rest.startswith("--"):
        flag, *following = rest.split(None, 1)
        flags.append(flag)
        rest = following[0] if following else ""
    return Instruction(line, name.upper(), tuple(flags), rest)


def _opens(instruction: Instruction, below: Sequence[str]) -> bool:
    """Whether a here-document begins in an instruction: only where a line below ends it."""
    ends = {line.strip() for line in below}
    return any(match[2] in ends for match in _HEREDOC.finditer(instruction.rest))


def _words(rest: str) -> list[str]:
    """The words of an instruction: a JSON array, or words as a shell splits them, without substitution."""
    if rest.startswith("["):
        try:
            loaded = json.loads(rest)
        except ValueError:
            loaded = None
        if isinstance(loaded, list):
            return [word for word in loaded if isinstance(word, str)]
    try:
        lexer = shlex.shlex(rest, posix=True, punctuation_chars=False)
        lexer.whitespace_split, lexer.commenters, lexer.escape = True, "", ""
        return list(lexer)
    except ValueError:
        return rest.split()
