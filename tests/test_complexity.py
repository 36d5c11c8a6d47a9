"""No function is harder to read than cognitive complexity 20 (complexipy), apart from parsers.

`tests/complexity.txt` lists those; one leaves the list when it is split, and none comes in.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST = 20


def test_no_function_is_harder_to_read_than_allowed() -> None:
    tool = Path(sys.executable).parent / "complexipy"
    options = f"validator --max-complexity-allowed {MOST} --failed --plain --color no"
    done = subprocess.run([tool, *options.split()], cwd=ROOT, capture_output=True, text=True, check=False)
    found = {" ".join(line.split()[:2]) for line in done.stdout.splitlines() if line.startswith("validator/")}
    listed = (ROOT / "tests" / "complexity.txt").read_text(encoding="utf-8").splitlines()
    allowed = {" ".join(line.split()[:2]) for line in listed}

    assert [line for line in listed if not line.endswith(" parser")] == []
    assert found - allowed == set(), "split these functions"
    assert allowed - found == set(), "these are mended: take them out of tests/complexity.txt"
