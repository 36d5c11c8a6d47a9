"""File storage of cases: what large inputs go into and offloaded outputs come out of (contract/runtime.md 1.6).

An engram is a stranger with a folder: it may leave links, pipes and huge files in it. So each case gets a folder that
nobody has seen before, and nothing in it is opened through a link.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from validator.sandbox.harness import jsontext

FILE_LIMIT = 1000
BYTE_LIMIT = 64 << 20
"""How much of what an engram stored is read back."""
_NAMED = 10
DEPTH_LIMIT = 32
"""Folders below each other that are looked into."""
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
"""Opens a pipe, too, without waiting for its other end."""


def prepare(root: str, files: Mapping[str, Any]) -> str:
    """Make the folder of a case, writable for an engram of another user, and put files into it; its path."""
    folder = str(Path(root, secrets.token_hex(16)))
    _make(folder)
    folders: set[tuple[str, ...]] = set()
    for key, document in files.items():
        *parents, name = key.split("/")
        for length in range(1, len(parents) + 1):
            if (below := tuple(parents[:length])) not in folders:
                _make(str(Path(folder, *below)))
                folders.add(below)
        with os.fdopen(os.open(Path(folder, *parents, name), NEW, 0o644), "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o644)
            json.dump({"contentType": "json", "data": document}, file)
    return folder


@dataclass(slots=True)
class Stored:
    """What an engram has put into its storage."""

    files: dict[str, Any] = field(default_factory=dict)
    """Storage key -> document."""
    unread: list[str] = field(default_factory=list)
    """Keys of files for which there is no room; at most ten."""
    _left: int = field(default_factory=lambda: BYTE_LIMIT)

    def take(self, key: str, name: str, folder: int) -> None:
        """Read a file of a folder that is open, as far as there is room."""
        content = _read(name, folder, self._left) if len(self.files) < FILE_LIMIT else None
        if content is None:
            self.leave(key)
        elif isinstance(content, bytes):
            self._left -= len(content)
            self.files[key] = _document(content)
        elif content:
            self.files[key] = {"unreadable": content}

    def leave(self, key: str) -> None:
        """Remember a file that is not read."""
        if len(self.unread) < _NAMED:
            self.unread.append(key)


def collect(folder: str, given: Mapping[str, Any]) -> Stored:
    """Everything that was not given; then the folder goes."""
    stored = Stored()
    for at, folders, names, handle in os.fwalk(folder):
        below = os.path.relpath(at, folder)
        folders.sort()
        if below.count("/") >= DEPTH_LIMIT and folders:
            stored.leave(os.path.normpath(os.path.join(below, folders[0])))  # noqa: PTH118 - a key, not a path
            folders.clear()
        for name in sorted(names):
            key = os.path.normpath(os.path.join(below, name))  # noqa: PTH118 - a key, not a path
            if key not in given:
                stored.take(key, name, handle)
    shutil.rmtree(folder, ignore_errors=True)
    return stored


def _document(content: bytes) -> Any:
    try:
        return jsontext.read(content)
    except ValueError as error:
        return {"unreadable": str(error)}


def _make(folder: str) -> None:
    """A new folder for anybody. Raises FileExistsError: what is there already is somebody else's."""
    os.mkdir(folder)  # noqa: PTH102 - as the rest of this module
    handle = os.open(folder, FOLDER)
    try:
        os.fchmod(handle, 0o777)
    finally:
        os.close(handle)


def _read(name: str, folder: int, limit: int) -> bytes | str | None:
    """The content of a plain file; else why it cannot be read, empty for what is none, None for one too large."""
    try:
        handle = os.open(name, PLAIN, dir_fd=folder)
    except OSError as error:
        return "" if _is_special(name, folder) else str(error.strerror)
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            return ""
        if status.st_size > limit:
            return None
        return file.read(limit)


def _is_special(name: str, folder: int) -> bool:
    """Whether it is no plain file."""
    try:
        return not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return True
