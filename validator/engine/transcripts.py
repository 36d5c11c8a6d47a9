"""The transcripts of a run as files: one for each streaming run, below a folder for each template."""

from __future__ import annotations

import re
import threading
from pathlib import Path

from validator.engine.options import UsageError
from validator.sandbox import transcript
from validator.suite.scheduler import CaseReport

LONGEST = 100
"""Characters of a file's name before its number and ending."""


class Transcripts:
    """Writes what case_reports bring along; nothing without a folder. Threads may share it.

    Raises UsageError when there cannot be such a folder.
    """

    def __init__(self, folder: Path | None) -> None:
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UsageError(f"--transcripts {folder}: {error.strerror}") from error
        self._folder = folder
        self._lock = threading.Lock()
        self._taken: set[Path] = set()

    def write(self, template: str, case_report: CaseReport) -> None:
        """One file a transcript. Raises OSError when it cannot be written."""
        for name, rows in case_report.transcripts if self._folder is not None else ():
            path = self._path(template, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8") as file:
                file.writelines(f"{transcript.line(row)}\n" for row in rows)

    def _path(self, template: str, name: str) -> Path:
        """A file of its own, also for cases whose names differ only in what no file name may hold."""
        assert self._folder is not None
        stem = _safe(name)
        with self._lock:
            path, number = self._folder / _safe(template) / f"{stem}.jsonl", 1
            while path in self._taken:
                number += 1
                path = path.with_name(f"{stem}-{number}.jsonl")
            self._taken.add(path)
        return path


def _safe(name: str) -> str:
    """Letters, digits, dashes, dots within: nothing that leads elsewhere or needs quotes."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-.")[:LONGEST] or "unnamed"
