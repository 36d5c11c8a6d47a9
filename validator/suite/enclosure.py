"""Where paths of a configuration may lead: it comes with the pull request, and the machine has files that are not its.

A path is judged by where it ends once every link is followed.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from validator.findings import Finding
from validator.findings import Path as Place
from validator.sources.node import Node
from validator.suite.config_mistakes import invalid_value, written_cases

GIT = ".git"
PATTERNS = ("manifests", "templates")
LONGEST = 4095
"""Bytes of a path (Linux PATH_MAX), of which a name in it has at most 255."""
STARS = 4
"""How often `**` may stand in a pattern: each multiplies the ways through a tree of folders."""
KERNEL = tuple(map(Path, ("/proc", "/sys", "/dev")))
"""Folders whose files are the machine's own, whatever lies above them."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """The folder that paths of a configuration may not leave."""

    base: Path
    """What they are relative to."""
    boundary: Path
    """The folder around them; without links."""

    @classmethod
    def around(cls, base: Path, root: Path | None = None) -> Enclosure:
        """The git repository that holds the configuration, else the workspace, else the configuration's own folder."""
        inner = Path(os.path.realpath(base))
        repository = next((folder for folder in (inner, *inner.parents) if (folder / GIT).exists()), None)
        workspace = Path(os.path.realpath(root)) if root is not None else inner
        return cls(base, repository or (workspace if inner.is_relative_to(workspace) else inner))

    def fault(self, name: str) -> str:
        """Why a path is refused; empty when it is not."""
        if reason := _malformed(name):
            return reason
        end = Path(os.path.realpath(self.base / name))
        if reason := self._kernel(name, end):
            return reason
        if not end.is_relative_to(self.boundary):
            return (
                f"`{name}` leads out of {self.boundary.name or self.boundary}; a configuration names files of its own "
                "repository only. Files elsewhere are named on the command line"
            )
        return self._git(name, end)

    def program_fault(self, name: str) -> str:
        """As `fault`, for a program: one that the machine has may be run, such as /usr/bin/python3."""
        if reason := _malformed(name):
            return reason
        end = Path(os.path.realpath(self.base / name))
        if reason := self._kernel(name, end):
            return reason
        return self._git(name, end)

    def pattern_fault(self, pattern: str) -> str:
        """As `fault`, for all that a pattern matches."""
        if reason := _malformed(pattern):
            return reason
        if not glob.has_magic(pattern):
            return self.fault(pattern)
        if pattern.count("**") > STARS:
            return f"`{_shown(pattern)}` has more than {STARS} times `**`; one is enough for folders of any depth"
        fixed = next((part for part in Path(pattern).parts if glob.has_magic(part)), "")
        stem = str(Path(*Path(pattern).parts[: Path(pattern).parts.index(fixed)]))
        if reason := self.fault(stem):
            return reason.replace(f"`{stem}`", f"`{pattern}`", 1)
        found = glob.iglob(pattern, root_dir=self.base, recursive=True)  # noqa: PTH207 - also takes absolute ones
        return next((reason for name in found if (reason := self.fault(name))), "")

    def _kernel(self, name: str, end: Path) -> str:
        written = Path(os.path.normpath(self.base / name))  # /proc/self/cwd ends elsewhere
        found = next((folder for folder in KERNEL for path in (written, end) if path.is_relative_to(folder)), None)
        return f"`{name}` leads to {found}, which holds files of the machine" if found else ""

    def _git(self, name: str, end: Path) -> str:
        inside = end.relative_to(self.boundary).parts if end.is_relative_to(self.boundary) else end.parts
        return (
            f"`{name}` leads into {GIT}, where a checkout may keep a token" if GIT in map(str.casefold, inside) else ""
        )


def _malformed(name: str) -> str:
    """Why a text can be no path anywhere; empty when it can."""
    try:
        written = os.fsencode(name)
    except UnicodeEncodeError:
        return f"{_shown(name)!r} is no path"
    if "\0" in name:
        return f"{_shown(name)!r} is no path"
    longest = max(map(len, written.split(b"/")))
    if len(written) > LONGEST or longest > 255:
        return f"`{_shown(name)}` is no path: one has at most {LONGEST} bytes, and each name in it at most 255"
    return ""


def _shown(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:60]}…"


def faults(node: Node, enclosure: Enclosure) -> Iterator[Finding]:
    """Every path of the configuration that leads where it may not."""
    for path, reason in _refused(node.value, enclosure):
        yield invalid_value(node, path, reason)


def _refused(value: Any, enclosure: Enclosure) -> Iterator[tuple[Place, str]]:
    whole = value if isinstance(value, dict) else {}
    for key in PATTERNS:
        for index, pattern in enumerate(_sequence(whole.get(key))):
            if isinstance(pattern, str) and (reason := enclosure.pattern_fault(pattern)):
                yield (key, index), reason
    if isinstance(whole.get("baseline"), str) and (reason := enclosure.fault(whole["baseline"])):
        yield ("baseline",), reason
    for name, image in _mapping(whole.get("images")).items():
        for path, reason in _image(_mapping(image), enclosure):
            yield ("images", name, *path), reason
    for place, case in written_cases(value):
        for path, name in _recorded(case):
            if reason := enclosure.fault(name):
                yield (*place, *path), reason


def _image(image: Mapping[str, Any], enclosure: Enclosure) -> Iterator[tuple[Place, str]]:
    for key in ("load", "template"):
        if isinstance(image.get(key), str) and (reason := enclosure.fault(image[key])):
            yield (key,), reason
    build = image.get("build")
    if isinstance(build, str) and (reason := enclosure.fault(build) or _dockerfile(build, "Dockerfile", enclosure)):
        yield ("build",), reason
    if isinstance(build, dict) and isinstance(context := build.get("context", "."), str):
        if reason := enclosure.fault(context):
            yield ("build", "context"), reason
        elif reason := _dockerfile(context, build.get("dockerfile", "Dockerfile"), enclosure):
            yield ("build", "dockerfile") if "dockerfile" in build else ("build",), reason
    process = image.get("process")
    program = process[0] if isinstance(process, list) and process else process
    if isinstance(program, str) and (reason := enclosure.program_fault(program)):
        yield ("process", 0) if isinstance(process, list) else ("process",), reason


def _dockerfile(context: str, name: Any, enclosure: Enclosure) -> str:
    return enclosure.fault(os.path.join(context, name)) if isinstance(name, str) else ""  # noqa: PTH118 - as written


def _recorded(case: Any) -> Iterator[tuple[Place, str]]:
    """Each `file` that a case reads: recorded answers, and the bytes of packets."""
    if not isinstance(case, dict):
        return
    for name, service in _mapping(case.get("services")).items():
        for kind in ("http", "https"):
            for index, exchange in enumerate(_sequence(_mapping(service).get(kind))):
                written = _mapping(exchange)
                place: Place = ("services", name, kind, index)
                yield from _file(written.get("response"), (*place, "response"))
                for nth, response in enumerate(_sequence(written.get("responses"))):
                    yield from _file(response, (*place, "responses", nth))
    for index, packet in enumerate(_sequence(case.get("send"))):
        yield from _frames(packet, ("send", index))
    for number, session in enumerate(_sequence(case.get("sessions"))):
        for index, packet in enumerate(_sequence(session)):
            yield from _frames(packet, ("sessions", number, index))


def _frames(packet: Any, place: Place) -> Iterator[tuple[Place, str]]:
    for kind in ("binary", "audio"):
        yield from _file(_mapping(packet).get(kind), (*place, kind))


def _file(holder: Any, place: Place) -> Iterator[tuple[Place, str]]:
    name = _mapping(holder).get("file")
    if isinstance(name, str):
        yield (*place, "file"), name


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _sequence(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
