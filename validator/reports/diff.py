"""Which lines a pull request shows: GitHub puts annotations beside these, and takes suggestions for no others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from validator.suite import git

Changed: TypeAlias = Mapping[str, Mapping[int, str]]
"""By path from the repository's root, the lines that a diff shows of the new file, with their text."""

_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")
PATIENCE = 30
"""Seconds for git."""


def shown(patch: str) -> dict[int, str]:
    """The lines of the new file in the hunks of one file's patch, by number."""
    lines: dict[int, str] = {}
    number = 0
    for line in patch.split("\n"):
        if hunk := _HUNK.match(line):
            number = int(hunk[1])
        elif number and line[:1] in {" ", "+"}:
            lines[number] = line[1:].removesuffix("\r")
            number += 1
    return lines


def of_files(files: Iterable[Mapping[str, Any]]) -> Changed:
    """The answer of `GET /repos/…/pulls/…/files`; files that are too large have no patch there."""
    return {str(file["filename"]): shown(str(file.get("patch") or "")) for file in files}


def of_text(text: str) -> Changed:
    """What `git diff --no-prefix` prints. Names that git would quote are left out: nothing depends on them."""
    found: dict[str, dict[int, str]] = {}
    for part in re.split(r"(?m)^diff --git ", text)[1:]:
        head, _, patch = part.partition("\n@@ ")
        if name := re.search(r"(?m)^\+\+\+ ([^\"\t\n]+)\t?$", head):
            found[name[1]] = shown(f"@@ {patch}")
    return found


def of_checkout(root: Path, base: str) -> Changed:
    """The lines that differ from a commit, with three around, by git; nothing where there is no git or no such commit.

    `actions/checkout` brings the base with `fetch-depth: 2` or more.
    """
    if not re.fullmatch(r"[0-9a-f]{40,64}", base):
        return {}
    options = ("--no-ext-diff", "--no-textconv", "--no-color", "--no-prefix")
    try:
        output = git.ask(root, "diff", *options, base, "--", seconds=PATIENCE)
    except git.GitError:
        return {}
    return of_text(output.decode("utf-8", "replace"))
