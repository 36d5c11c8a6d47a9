"""Set up and pass the tests.

    python3 scripts/test.py                      all, in as many processes as there are cores
    python3 scripts/test.py --fast               only quick ones that need no image, Docker, Go or browser
    python3 scripts/test.py --nightly            all, and all examples of laws (tests/depth.py), as each night
    python3 scripts/test.py tests/cli -k help    those that pytest's arguments choose, in one process

Tests of the real thing build fixture engrams with Go and run them in Docker; where one is missing they are skipped,
with the reason. ENGRAM_VALIDATE_REQUIRE=docker,go makes such a skip a failure. Tests that share an image, a daemon or
a module's fixtures stay in one process (the group that tests/conftest.py gives them).

A few tests that failed beside all others run once more, alone: a test that then passes is named as flaky. It is a fault
of the test, or of the program, to be mended; it is not one of the change that is being tested.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from environment import ROOT, ready
from usage import answer_help

NIGHTLY = "--nightly"
FEW = 5
"""More failures than these are nobody's bad luck: none runs again."""
FAILURES = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
"""Where pytest keeps which tests failed, as JSON; pytest-xdist adds the group of each to its name, after an @."""


def main(arguments: list[str]) -> int:
    """Run pytest; return its exit status."""
    if any(each and (ROOT / each.partition("::")[0]).exists() for each in arguments):
        return pytest(arguments)
    FAILURES.unlink(missing_ok=True)
    status = pytest(["-n", str(os.cpu_count() or 1), "--dist", "loadgroup", *arguments])
    failed = failures()
    if status != 1 or not 0 < len(failed) <= FEW:
        return status
    print(f"\n{len(failed)} failed beside the others and run once more, alone:", *failed, sep="\n  ", flush=True)
    again = pytest(failed)
    if again == 0:
        print("\nflaky, passed alone:", *failed, sep="\n  ", flush=True)
    return again


def pytest(arguments: list[str]) -> int:
    """Run pytest in one process or, by ``-n``, in several; return its exit status."""
    command: list[str | Path] = [ready("dev"), "-m", "pytest", *(each for each in arguments if each != NIGHTLY)]
    return subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode


def failures() -> list[str]:
    """The tests that failed in the last run, as arguments for pytest."""
    if not FAILURES.exists():
        return []
    return [re.sub(r"@[\w-]+$", "", each) for each in json.loads(FAILURES.read_text("utf-8"))]


def environment() -> dict[str, str]:
    """Ours, with a cache of compiled modules: hundreds of tests start a Python, and most of that was compiling."""
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    nightly = {"ENGRAM_VALIDATE_NIGHTLY": "1"} if NIGHTLY in sys.argv else {}
    return ours | nightly | {"PYTHONPYCACHEPREFIX": str(ROOT / ".cache" / "pycache")}


if __name__ == "__main__":
    answer_help(__doc__)
    sys.exit(main(sys.argv[1:]))
