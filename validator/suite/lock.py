"""`engram-validate.lock`: the digest that each image from a registry had, so that a tag which moves is seen."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

NAME = "engram-validate.lock"
VERSION = 1
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class InvalidLock(ValueError):  # noqa: N818 - the lock is at fault, as its name says
    """A file that is no lock; the message says why, and what to do."""


def read(folder: Path) -> dict[str, str]:
    """Digests by reference, from the lock of a folder; empty when there is none.

    Raises InvalidLock when the file is not of this form, and OSError when it cannot be read.
    """
    file = folder / NAME
    if not file.is_file():
        return {}
    try:
        loaded = json.loads(file.read_text(encoding="utf-8"))
        version, images = loaded["version"], dict(loaded["images"])
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidLock(f"{NAME} is no lock ({error}); write it anew with `engram-validate lock`") from error
    if version != VERSION:
        raise InvalidLock(f"{NAME}: expected version {VERSION}, found {version!r}")
    for reference, digest in images.items():
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
            raise InvalidLock(f"{NAME}: {reference} has no digest, but {digest!r}; write it anew")
    return images


def render(images: Mapping[str, str]) -> str:
    """The text of a lock; stable, so that a change of it can be reviewed."""
    return json.dumps({"version": VERSION, "images": dict(sorted(images.items()))}, indent=2) + "\n"
