"""Recordings of realtime steps in files, one file a case: what `--record` writes and `--replay` reads."""

from __future__ import annotations

import json
from pathlib import Path

from validator.engine.options import UsageError
from validator.engine.stories.records import file_of
from validator.suite.realtime.recordings import NONE, Recording, document, recording
from validator.suite.realtime.running import Ran


def write(folder: Path, story: str, ran: Ran) -> None:
    """Keep what the engrams of a case have sent. Raises UsageError when the file cannot be written."""
    path = file_of(folder, story, ran.case.name)
    steps = document(ran.played, ran.pods.keys())
    text = json.dumps({"story": story, "case": ran.case.name, "packets": steps}, ensure_ascii=False, indent=2)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--record {folder}: {error}") from error


def read(folder: Path | None, story: str, case: str) -> Recording:
    """What is kept of a case; nothing when there is none. Raises UsageError for a file that cannot be used."""
    if folder is None:
        return NONE
    path = file_of(folder, story, case)
    try:
        return recording(json.loads(path.read_text(encoding="utf-8"))["packets"])
    except FileNotFoundError:
        return NONE
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"--replay {folder}: {path.name} is no record of packets ({error!r})") from error
