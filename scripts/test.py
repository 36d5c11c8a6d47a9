"""Set up and pass the tests.

    python3 scripts/test.py                      all, in one process
    python3 scripts/test.py --fast               only quick ones that need no image, Docker, Go or browser, on all cores
    python3 scripts/test.py --nightly            all, and all examples of laws (tests/depth.py), as each night
    python3 scripts/test.py tests/cli -k help    those that pytest's arguments choose, in one process

Tests of the real thing build fixture engrams with Go and run them in Docker; where one is missing they are skipped,
with the reason. ENGRAM_VALIDATE_REQUIRE=docker,go makes such a skip a failure. Tests that share an image, a daemon or
a module's fixtures have to stay in one process, and pytest-xdist cannot group them under pytest 9.2.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from environment import ROOT, ready

NIGHTLY = "--nightly"


def main(arguments: list[str]) -> int:
    """Run pytest; return its exit status."""
    shared = ["-n", str(os.cpu_count() or 1)] if "--fast" in arguments else []
    given = [each for each in arguments if each != NIGHTLY]
    command: list[str | Path] = [ready("dev"), "-m", "pytest", *shared, *given]
    return subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode


def environment() -> dict[str, str]:
    """Ours, with a cache of compiled modules: hundreds of tests start a Python, and most of that was compiling."""
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    nightly = {"ENGRAM_VALIDATE_NIGHTLY": "1"} if NIGHTLY in sys.argv else {}
    return ours | nightly | {"PYTHONPYCACHEPREFIX": str(ROOT / ".cache" / "pycache")}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
