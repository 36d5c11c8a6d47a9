"""Set up and pass the tests.

    python3 scripts/test.py [arguments of pytest]

Tests of the real thing build fixture engrams with Go and run them in Docker; where one is missing they are skipped,
with the reason. ENGRAM_VALIDATE_REQUIRE=docker,go makes such a skip a failure.
"""

from __future__ import annotations

import subprocess
import sys

from environment import ROOT, ready

if __name__ == "__main__":
    sys.exit(subprocess.run([ready("dev"), "-m", "pytest", *sys.argv[1:]], cwd=ROOT, check=False).returncode)
