"""What a release needs to know, and the one file that it changes. Used by .github/workflows/release.yml.

python3 scripts/release.py check          may main be released? Prints version, tag and moving tag, as a step's outputs
python3 scripts/release.py notes          prints what the changelog says of this version
python3 scripts/release.py pin DIGEST     makes action.yml name the image of this version by its digest
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from environment import ROOT
from usage import answer_help, refuse

IMAGE = "ghcr.io/bubu/engram-validate"
FROM_SOURCE = "  image: Dockerfile\n"
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class RefusedError(Exception):
    """This cannot be released; the message says what to do."""


def main(arguments: list[str]) -> int:
    answer_help(__doc__, arguments)
    try:
        match arguments:
            case ["check"]:
                sys.stdout.write(check(ROOT, tags(ROOT)))
            case ["notes"]:
                sys.stdout.write(notes(read(ROOT / "CHANGELOG.md"), version(ROOT)))
            case ["pin", digest]:
                action = ROOT / "action.yml"
                action.write_text(pinned(read(action), version(ROOT), digest), encoding="utf-8")
            case _:
                return refuse(__doc__, f"unknown arguments {' '.join(arguments)}" if arguments else "no arguments")
    except RefusedError as reason:
        print(f"cannot release: {reason}", file=sys.stderr)
        return 1
    return 0


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def version(root: Path) -> str:
    """The version of the checkout. Raises RefusedError for one that is not MAJOR.MINOR.PATCH."""
    found = re.search(r'^__version__ = "(.*)"$', read(root / "validator" / "__init__.py"), re.M)
    if not (found and VERSION.fullmatch(found[1])):
        raise RefusedError("`__version__` in validator/__init__.py must be MAJOR.MINOR.PATCH, such as 1.2.3")
    return found[1]


def tags(root: Path) -> set[str]:
    listed = subprocess.run(["git", "tag", "--list"], cwd=root, capture_output=True, text=True, check=True)
    return set(listed.stdout.split())


def check(root: Path, existing: Collection[str]) -> str:
    """The outputs of the step, `name=value` a line. Raises RefusedError for a version that is out, or has no notes."""
    current = version(root)
    if f"v{current}" in existing:
        raise RefusedError(f"v{current} is out already; raise `__version__` in validator/__init__.py")
    notes(read(root / "CHANGELOG.md"), current)
    return f"version={current}\ntag=v{current}\nmoving={moving(current, existing)}\n"


def moving(current: str, existing: Collection[str]) -> str:
    """The tag of the major version, such as `v1`; empty where a newer version of it is out, which it must not leave."""
    major = current.partition(".")[0]
    released = [tag[1:] for tag in existing if tag.startswith(f"v{major}.") and VERSION.fullmatch(tag[1:])]
    return "" if any(numbers(other) > numbers(current) for other in released) else f"v{major}"


def numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def notes(changelog: str, current: str) -> str:
    """The section of this version. Raises RefusedError where there is none, or nothing in it."""
    found = re.search(rf"^## {re.escape(current)}\b[^\n]*\n(.*?)(?=^## |\Z)", changelog, re.M | re.S)
    if not (found and found[1].strip()):
        raise RefusedError(f"CHANGELOG.md says nothing of {current}; rename `## Unreleased` to `## {current}`")
    return found[1].strip() + "\n"


def pinned(action: str, current: str, digest: str) -> str:
    """action.yml with the image of a release. Raises RefusedError for an action that is not main's, or no digest."""
    if not DIGEST.fullmatch(digest):
        raise RefusedError(f"expected the digest of an image, sha256 and 64 hexadecimal digits, found `{digest}`")
    if action.count(FROM_SOURCE) != 1:
        raise RefusedError(f"expected `{FROM_SOURCE.strip()}` once in action.yml: releases are made from main")
    return action.replace(FROM_SOURCE, f"  image: docker://{IMAGE}@{digest} # v{current}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
