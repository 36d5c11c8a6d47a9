"""Files of earlier runs, replaced whole: who reads one meanwhile finds the old text or the new."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def replace_text(file: Path, text: str) -> None:
    """Write the file, and the folders that it lies in. Raises OSError; then the old file is there still."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, suffix=".part")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(name).chmod(0o644)  # a later step of a workflow keeps it, as somebody else than root
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
