"""A virtual environment that is a link in the checkout, as people make who share one among checkouts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_harness_starts_by_a_link(fixture_binaries: Path, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT / "validator", checkout / "validator", ignore=shutil.ignore_patterns("__pycache__"))
    (checkout / ".venv").symlink_to(sys.prefix)
    shutil.copy(ROOT / "tests" / "fixtures" / "engrams" / "conforming" / "Engram.yaml", checkout)
    images = {"conforming": {"process": str(fixture_binaries / "conforming")}}
    (checkout / "engram-validate.yaml").write_text(json.dumps({"images": images}), encoding="utf-8")
    python = checkout / ".venv" / "bin" / "python"

    done = subprocess.run(
        [python, "-m", "validator", "run", "--sandbox", "process", "--explore", "off"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
