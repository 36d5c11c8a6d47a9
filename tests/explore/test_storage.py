"""A search leaves nothing where it is run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hypothesis.configuration import storage_directory

from validator.explore.chance import random_inputs

ROOT = Path(__file__).resolve().parents[2]
SEARCH = """
from validator.explore.chance import random_inputs
schema = {"type": "object", "properties": {"text": {"type": "string"}, "score": {"type": "number"}}}
print(len(list(random_inputs(schema, 20, 1))))
"""


def test_no_file_is_left_in_the_folder(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("HYPOTHESIS_STORAGE_DIRECTORY", None)

    done = subprocess.run(
        [sys.executable, "-c", SEARCH], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )

    assert int(done.stdout) > 1
    assert list(tmp_path.iterdir()) == []


def test_who_uses_hypothesis_too_keeps_its_folder() -> None:
    before = storage_directory("examples", intent_to_write=False).path

    assert list(random_inputs({"type": "object"}, 5, 1))

    assert storage_directory("examples", intent_to_write=False).path == before
