"""Where a report's reader can go: the page of a rule, a line of a file, the run that found it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from validator.findings import Location
from validator.reports.rest import run_address
from validator.suite import git

SITE = "https://bubu.github.io/engram-validate"
"""The published documentation."""
PATIENCE = 10.0
"""Seconds for git."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What was looked at, when, and where its files can be opened; empty where it is not known."""

    repository: str = ""
    commit: str = ""
    branch: str = ""
    run: str = ""
    """The address of the workflow run."""
    date: str = ""
    """The time of the report in UTC, such as `2026-11-29 14:03 UTC`."""
    files: str = ""
    """The address of the workspace root, to which a path is added; empty where nothing can open a file."""

    @property
    def on_host(self) -> bool:
        """Whether files are opened at the repository's host, not in an editor."""
        return self.files.startswith("http")

    def address(self, location: Location) -> str:
        """Where this line can be opened; empty where nothing can open it."""
        if not self.files or location.file.startswith(("/", "..")):
            return ""
        place = f"#L{location.line}" if self.on_host else f":{location.line}:{location.column}"
        return f"{self.files}/{quote(location.file, errors='replace')}{place}"


def rule_page(code: str) -> str:
    """The address of the page of a rule."""
    return f"{SITE}/rules/{quote(code)}/"


def origin(environ: Mapping[str, str], root: Path, prefix: str, now: datetime) -> Origin:
    """What the workflow says of itself; on a laptop what git says, with links that open the file in an editor."""
    date = now.strftime("%Y-%m-%d %H:%M UTC")
    server, repository, commit = (
        environ.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA")
    )
    if server.startswith("https://") and repository and commit:
        base = "/".join(part for part in (quote(repository), "blob", quote(commit), quote(prefix.strip("/"))) if part)
        branch = environ.get("GITHUB_HEAD_REF") or environ.get("GITHUB_REF_NAME", "")
        return Origin(repository, commit, branch, run_address(environ), date, f"{server}/{base}")
    where = os.path.realpath(root).replace(os.sep, "/")
    return Origin(
        repository=Path(where).name,
        commit=_git(root, "rev-parse", "HEAD"),
        branch=_git(root, "rev-parse", "--abbrev-ref", "HEAD"),
        date=date,
        files="vscode://file/" + quote(where.lstrip("/")),
    )


def _git(root: Path, *arguments: str) -> str:
    try:
        return git.ask(root, *arguments, seconds=PATIENCE).decode("utf-8", "replace").strip()
    except git.GitError:
        return ""
