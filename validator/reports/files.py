"""Files of reports: put in place whole or not at all, and what a killed run has left beside them goes."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from validator.file_locks import lock

PART = ".engram-validate-part"
"""How the name of a file ends that is not whole yet."""


def append(path: Path, text: str) -> None:
    """Add the text, all of it or nothing: half of it, on a full disk, would hide that the rest is missing.

    Raises OSError.
    """
    _make_folder(path.parent)
    size = path.stat().st_size if path.is_file() else None
    new = not path.exists()
    try:
        with path.open("ab") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
    except OSError:
        with contextlib.suppress(OSError):
            if new:
                path.unlink()
            elif size is not None:
                os.truncate(path, size)
        raise


def replace(path: Path, text: str) -> None:
    """Put the text in the file's place at once. Devices and pipes, which cannot be replaced, are written to.

    Raises OSError.
    """
    data = text.encode("utf-8", "backslashreplace")
    path = Path(os.path.realpath(path))  # `resolve` raises for a link to itself
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            file.write(data)
        return
    _make_folder(path.parent)
    sweep(path)
    with part(path) as file:
        file.write(data)
        file.flush()
        name = Path(file.name)
        name.chmod(0o644)  # later steps of a pipeline read it as somebody else
        name.replace(path)


@contextlib.contextmanager
def part(path: Path) -> Iterator[BinaryIO]:
    """A new file beside a report, to be moved to its place, else removed.

    It is locked while the block runs: the kernel unlocks what a killed process has held, so `sweep` knows it.
    """
    while True:
        descriptor, name = tempfile.mkstemp(prefix=_prefix(path), suffix=PART, dir=path.parent)
        os.close(descriptor)
        with Path(name).open("wb") as file:
            lock(file, wait=True)
            if os.fstat(file.fileno()).st_nlink:
                try:
                    yield file
                finally:
                    with contextlib.suppress(OSError):
                        Path(name).unlink()
                return
            # Another run took it for left over before it was locked.


def sweep(path: Path) -> None:
    """Remove what runs that were killed have left beside a report; what a living one writes stays."""
    for left in path.parent.glob(f"{glob.escape(_prefix(path))}*{PART}"):
        with contextlib.suppress(OSError), left.open("rb") as file:
            if lock(file, wait=False):
                left.unlink()


def _prefix(path: Path) -> str:
    return f".{path.name[:40]}."


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from error
