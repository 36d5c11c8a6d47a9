"""What has changed since a git revision, as git itself tells."""

from __future__ import annotations

from pathlib import Path

from validator.engine.options import UsageError
from validator.suite import git


def changed_files(root: Path, revision: str) -> tuple[str, ...]:
    """Paths below `root`, with forward slashes, that differ from where this branch left `revision`.

    Counted are commits since, what is not committed yet, and files that git does not know and does not ignore. A file
    that was renamed counts under both names. Raises UsageError with the next step where git cannot tell.
    """
    if revision.startswith("-") or "\0" in revision:
        raise UsageError(f"--changed-since: {revision!r} is no git revision")
    base = _git(root, "merge-base", revision, "HEAD", asking=revision).strip()
    told = _git(
        root, "diff", "--no-ext-diff", "--name-only", "--no-renames", "--relative", "-z", base, "--", asking=revision
    )
    told += _git(root, "ls-files", "--others", "--exclude-standard", "-z", asking=revision)
    return tuple(sorted({name for name in told.split("\0") if name}))


def _git(root: Path, *arguments: str, asking: str) -> str:
    try:
        return git.ask(root, *arguments).decode("utf-8", "surrogateescape")
    except git.GitError as error:
        raise UsageError(f"--changed-since {asking}: {_advice(' '.join(str(error).split()))}") from error


def _advice(said: str) -> str:
    if "not a git repository" in said:
        return "this is no git repository, so nothing is known of changes"
    if "Not a valid" in said or "unknown revision" in said or "bad revision" in said or not said:
        return (
            "git does not know this revision, or no commit that it shares with HEAD; a workflow's checkout is shallow:"
            f" give actions/checkout `fetch-depth: 0` ({said or 'no common commit'})"
        )
    return said
