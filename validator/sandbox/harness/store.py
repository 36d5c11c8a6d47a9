"""File storage of cases: what large inputs go into and offloaded outputs come out of (contract/runtime.md 1.6)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from validator.sandbox.harness import jsontext

FILE_LIMIT = 1000
BYTE_LIMIT = 64 << 20
"""How much of what an engram stored is read back."""


def prepare(root: str, case: str, files: dict[str, Any]) -> str:
    """Make the folder of a case, writable for an engram of another user, and put files into it; its path."""
    folder = Path(root) / case
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o777)
    for key, document in files.items():
        path = folder / key
        for parent in reversed(path.relative_to(folder).parents[:-1]):
            (folder / parent).mkdir(exist_ok=True)
            (folder / parent).chmod(0o777)
        path.write_text(json.dumps({"contentType": "json", "data": document}), encoding="utf-8")
        path.chmod(0o644)
    return str(folder)


def collect(root: str, case: str, given: dict[str, Any]) -> dict[str, Any]:
    """Storage key -> document, of everything that was not given; then the folder goes."""
    folder = Path(root) / case
    found: dict[str, Any] = {}
    size = 0
    for path in sorted(folder.rglob("*")):
        # An engram may leave anything here: links, pipes, huge files. Only plain small files are read.
        if path.is_symlink() or not path.is_file():
            continue
        key = path.relative_to(folder).as_posix()
        size += path.stat().st_size
        if key in given or len(found) >= FILE_LIMIT or size > BYTE_LIMIT:
            continue
        try:
            found[key] = jsontext.read(path.read_bytes())
        except (OSError, ValueError) as error:
            found[key] = {"unreadable": str(error)}
    shutil.rmtree(folder, ignore_errors=True)
    return found
