"""Inputs that once showed something new, kept in a folder: the next run begins with them, and nights build on nights.

A file an engram and mode, a JSON document a line. Anybody may have written it: what is no regular file, too large or no
JSON counts as not there, and whoever reads holds each document against the schema.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from validator.findings import Json
from validator.suite.replacement import replace_text

MOST = 500
"""Documents of one engram and mode."""
LARGEST = 64 << 10
"""Bytes of one document."""
LARGEST_FILE = 8 << 20
"""Bytes of a file that is read."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """The folder; it need not be there."""

    folder: Path

    def read(self, engram: str, mode: str) -> tuple[Mapping[str, Json], ...]:
        """What earlier runs kept of an engram, in their order."""
        found: dict[str, Mapping[str, Json]] = {}
        for line in self._text(engram, mode).splitlines():
            document = _document(line)
            if document is not None:
                found.setdefault(repr(document), document)
        return tuple(islice(found.values(), MOST))

    def keep(self, engram: str, mode: str, documents: Iterable[Mapping[str, Json]]) -> None:
        """Put these in place of what was kept. A full disk costs the corpus, not the run."""
        lines = dict.fromkeys(json.dumps(document, separators=(",", ":")) for document in documents)
        text = "".join(f"{line}\n" for line in islice((line for line in lines if len(line) <= LARGEST), MOST))
        file = self._file(engram, mode)
        with suppress(OSError):
            replace_text(file, text)

    def _file(self, engram: str, mode: str) -> Path:
        """A name that no other engram has, and that leads nowhere else."""
        plain = re.sub(r"[^A-Za-z0-9-]", "-", engram)[:60]
        digest = hashlib.sha256(f"{mode} {engram}".encode("utf-8", "replace")).hexdigest()[:16]
        return self.folder / f"{plain}-{digest}.jsonl"

    def _text(self, engram: str, mode: str) -> str:
        """The file's text; empty where there is none that can be read. Nothing is waited for, and no link followed."""
        with suppress(OSError):
            descriptor = os.open(self._file(engram, mode), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as stream:
                about = os.fstat(descriptor)
                if stat.S_ISREG(about.st_mode) and about.st_size <= LARGEST_FILE:
                    return stream.read(LARGEST_FILE).decode("utf-8", "replace")
        return ""


def _document(line: str) -> Mapping[str, Json] | None:
    """The object in a line; None for anything else."""
    if len(line) > LARGEST:
        return None
    try:
        loaded = json.loads(line, parse_constant=_refuse)
        repr(loaded)  # what is nested too deeply cannot be worked with
    except (ValueError, RecursionError):
        return None
    return loaded if isinstance(loaded, dict) else None


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is no JSON")
