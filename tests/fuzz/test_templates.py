"""A short run of the fuzzer: the long one is started by hand."""

import subprocess
import sys
from pathlib import Path

from tests.depth import examples


def test_no_crash_and_no_slow_answer() -> None:
    script = Path(__file__).parent / "templates.py"
    done = subprocess.run(
        [sys.executable, str(script), "--count", str(examples(4000))], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
