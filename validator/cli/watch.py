"""`--watch`: check or run again whenever a manifest changes. The kernel tells of changes; nothing looks for them."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from validator.sources.discovery import SKIPPED, SUFFIXES

CLEAR = "\x1b[2J\x1b[3J\x1b[H"
PATIENCE = 1000
"""Milliseconds after which a change is looked at, though more keep coming."""
QUIET = 100
"""Milliseconds without a further change after which the changes are looked at."""
MOST_NAMED = 5
_COPIES = ("~", ".swp", ".tmp", ".part", ".pyc")
"""Endings of files that editors and interpreters make beside those that people write."""
_WORDS = {1: "new", 2: "changed", 3: "deleted"}


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched: a root, folders elsewhere that were named, and files that are none of our sources."""

    root: Path
    elsewhere: tuple[Path, ...] = ()
    written: tuple[Path, ...] = ()
    """Reports, and folders of records, that we write ourselves: looking at them would never end."""
    programs: bool = False
    """Whether every file may be a part of an engram that is run."""

    @property
    def folders(self) -> tuple[Path, ...]:
        """Every folder to watch, each with all that is below."""
        return (self.root, *self.elsewhere)

    def concerns(self, path: Path) -> bool:
        """Whether a file may be a manifest, the configuration or a program; the copies that editors make are not."""
        of_ours = path.name.lower().endswith(SUFFIXES)
        ours = any(path.is_relative_to(written) for written in self.written)
        if ours or not (of_ours or (self.programs and not path.name.endswith(_COPIES))):
            return False
        base = next((folder for folder in self.folders if path.is_relative_to(folder)), None)
        if base is None:
            return False
        *folders, name = path.relative_to(base).parts
        hidden = any(folder.startswith(".") or folder in SKIPPED for folder in folders)
        return not hidden and (not name.startswith(".") or name == ".engram-validate.yaml")

    def message(self, changes: Collection[tuple[int, str]]) -> str:
        """The changes that matter, for people; empty when none does. A file that was replaced has changed."""
        kinds: dict[str, set[int]] = {}
        for kind, name in changes:
            if self.concerns(Path(name)):
                kinds.setdefault(os.path.relpath(name, self.root), set()).add(kind)
        words = [f"{name} ({_WORDS[_kind(self.root / name, found)]})" for name, found in sorted(kinds.items())]
        more = f" and {len(words) - MOST_NAMED} more" if len(words) > MOST_NAMED else ""
        return ", ".join(words[:MOST_NAMED]) + more


def watched(root: Path, patterns: Iterable[str], written: Iterable[str], *, programs: bool = False) -> Watched:
    """What to watch for a run below `root` that was given these patterns and writes these files."""
    outside = {_folder(root / pattern) for pattern in patterns}
    elsewhere = tuple(sorted(folder for folder in outside if folder.is_dir() and not folder.is_relative_to(root)))
    return Watched(root, elsewhere, tuple(Path(name).resolve() for name in written if name), programs)


def keep_checking(what: Watched, check: Callable[[], int]) -> None:
    """Check now, and after every change, until an interrupt.

    Raises click.UsageError where changes cannot be watched.
    """
    from watchfiles._rust_notify import RustNotify  # the documented interface of its backend

    try:
        # Watching begins before the first check: what changes meanwhile is looked at afterwards.
        with RustNotify([str(folder) for folder in what.folders], False, False, 0, True, True) as notify:
            _show(what, check, "")
            for message in _changes(what, notify.watch):
                _show(what, check, message)
    except KeyboardInterrupt:
        pass
    except (OSError, RuntimeError) as error:
        raise click.UsageError(
            f"changes below {what.root} cannot be watched: {error}; on Linux, `sysctl fs.inotify.max_user_watches` "
            "says how many folders may be"
        ) from error


def _changes(what: Watched, watch: Callable[..., object]) -> Iterator[str]:
    while True:
        changes = watch(PATIENCE, QUIET, 0, None)
        if not isinstance(changes, set):
            return  # an interrupt
        if message := what.message(changes):
            yield message


def _show(what: Watched, check: Callable[[], int], message: str) -> None:
    from validator.reports.escapes import inline

    if sys.stdout.isatty():
        sys.stdout.write(CLEAR)
    sys.stdout.flush()
    if message:
        click.echo(f"{inline(message)}\n", err=True)
    try:
        check()
    except click.UsageError as error:  # of a configuration that is being written, too
        click.echo(f"error: {inline(error.format_message())}", err=True)
    click.echo(f"watching {inline(str(what.root))} (Ctrl-C ends)", err=True)


def _kind(file: Path, kinds: Collection[int]) -> int:
    if not os.path.lexists(file):
        return 3
    return 1 if kinds == {1} else 2


def _folder(pattern: Path) -> Path:
    """The folder that everything which a path or glob can mean lies below."""
    parts: Sequence[str] = pattern.parts
    fixed = next((index for index, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    folder = Path(os.path.abspath(Path(*parts[:fixed])))  # noqa: PTH100 - links are watched by the name they go by
    return folder if folder.is_dir() else folder.parent
