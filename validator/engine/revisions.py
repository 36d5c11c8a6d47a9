"""What has changed since a git revision, as git itself tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from validator.engine.options import UsageError
from validator.sources.discovery import SUFFIXES
from validator.sources.documents import unpacked
from validator.sources.files import decode
from validator.sources.manifests import view
from validator.sources.reader import read
from validator.sources.text import SourceText
from validator.suite import git

_NO_COMMIT = re.compile(r"0{7,64}|.*/|\s*")
"""What workflows have where there is no revision: zeros before a branch's first push, `origin/` without a base."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs from an older revision."""

    files: tuple[str, ...]
    """Paths below the root, with forward slashes."""
    defined: frozenset[tuple[str, str]] = frozenset()
    """Kind and name of the objects that these files defined in the older revision."""


def names_no_commit(revision: str) -> bool:
    """Whether this stands for no revision at all, so that there is nothing to compare with."""
    return _NO_COMMIT.fullmatch(revision) is not None


def changes_since(root: Path, revision: str) -> Changes:
    """What differs from where this branch left `revision`.

    Counted are commits since, what is not committed yet, and files that git does not know and does not ignore. A file
    that was renamed counts under both names. Raises UsageError with the next step where git cannot tell.
    """
    if revision.startswith("-") or "\0" in revision:
        raise UsageError(f"--changed-since: {revision!r} is no git revision")
    base = _git(root, "merge-base", revision, "HEAD", asking=revision).strip()
    differing = ("diff", "--no-ext-diff", "--name-only", "--no-renames", "--relative", "-z")
    changed = _names(_git(root, *differing, base, "--", asking=revision))
    older = _names(_git(root, *differing, "--diff-filter=a", base, "--", asking=revision))
    unknown = _names(_git(root, "ls-files", "--others", "--exclude-standard", "-z", asking=revision))
    defined = {each for name in older if name.lower().endswith(SUFFIXES) for each in _defined(root, base, name)}
    return Changes(tuple(sorted({*changed, *unknown})), frozenset(defined))


def _names(output: str) -> list[str]:
    return [name for name in output.split("\0") if name]


def _defined(root: Path, base: str, name: str) -> Iterator[tuple[str, str]]:
    """Kind and name of the objects in a file of the older revision, as far as it can be read."""
    try:
        text = decode(git.ask(root, "cat-file", "blob", f"{base}:./{name}"), "replace")
    except git.GitError:
        return
    for document in read(SourceText(name, text)).documents:
        for each in unpacked(document):
            manifest = view(each.root)
            if manifest.kind and manifest.name:
                yield manifest.kind, manifest.name


def _git(root: Path, *arguments: str, asking: str) -> str:
    try:
        return git.ask(root, *arguments).decode("utf-8", "surrogateescape")
    except git.GitError as error:
        raise UsageError(f"--changed-since {asking}: {_advice(root, ' '.join(str(error).split()))}") from error


def _advice(root: Path, message: str) -> str:
    if "not a git repository" in message:
        return "this is no git repository, so nothing is known of changes"
    if message and not any(words in message for words in ("Not a valid", "unknown revision", "bad revision")):
        return message
    if _is_shallow(root):
        return (
            "git does not know this revision, or no commit that it shares with HEAD, and the checkout is shallow:"
            f" give actions/checkout `fetch-depth: 0` ({message or 'no common commit'})"
        )
    if not message:
        return "it shares no commit with HEAD: name a revision that this branch comes from"
    return f"git does not know this revision: look for a slip, or fetch it first with `git fetch` ({message})"


def _is_shallow(root: Path) -> bool:
    try:
        return git.ask(root, "rev-parse", "--is-shallow-repository").strip() == b"true"
    except git.GitError:
        return False
