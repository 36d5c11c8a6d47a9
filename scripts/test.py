"""Set up and pass the tests.

    python3 scripts/test.py                      all, in as many processes as there are cores
    python3 scripts/test.py --fast               only quick ones that need no image, Docker, Go or browser
    python3 scripts/test.py --nightly            all, and all examples of laws (tests/depth.py), as each night
    python3 scripts/test.py tests/cli -k help    those that pytest's arguments choose, in one process

Tests of the real thing build fixture engrams with Go and run them in Docker; where one is missing they are skipped,
with the reason. ENGRAM_VALIDATE_REQUIRE=docker,go makes such a skip a failure. Tests that share an image, a daemon or
a module's fixtures stay in one process (the group that tests/conftest.py gives them).
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
    shared = ["-n", str(os.cpu_count() or 1), "--dist", "loadgroup"]
    chosen = any(each and (ROOT / each.partition("::")[0]).exists() for each in arguments)
    command: list[str | Path] = [
        ready("dev"),
        "-m",
        "pytest",
        *([] if chosen else shared),
        *(each for each in arguments if each != NIGHTLY),
    ]
    return subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode


def environment() -> dict[str, str]:
    """Ours, with a cache of compiled modules: hundreds of tests start a Python, and most of that was compiling."""
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    nightly = {"ENGRAM_VALIDATE_NIGHTLY": "1"} if NIGHTLY in sys.argv else {}
    return ours | nightly | {"PYTHONPYCACHEPREFIX": str(ROOT / ".cache" / "pycache")}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
