"""The project's own virtual environment: made once from a lock file, brought up to date when that file changes.

    python3 scripts/environment.py            for developers: requirements/dev.lock
    python3 scripts/environment.py runtime    what engram-validate needs to run: requirements/runtime.lock

Prints the Python of the environment.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from progress import Progress, follow, say
from usage import answer_help, refuse

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
KINDS = ("dev", "runtime")
MOST_INSTALLERS = 4
COLLECTING = re.compile(r"Collecting ([\w.-]+)")
COMPILED_LATER = [] if sys.dont_write_bytecode else ["--no-compile"]
"""Most modules of the libraries are never imported: Python compiles the others when it first needs them."""


def main(arguments: list[str]) -> int:
    answer_help(__doc__, arguments)
    if len(arguments) > 1 or not set(arguments) <= set(KINDS):
        return refuse(__doc__, f"unknown argument {' '.join(arguments)}; expected {' or '.join(KINDS)}")
    say(str(ready(arguments[0] if arguments else "dev")))
    return 0


def ready(kind: str) -> Path:
    """Make `.venv` hold what requirements/<kind>.lock says; return its Python.

    `kind` is `runtime` or `dev`; an environment for `dev` serves `runtime` too. Exits with a plain sentence where
    Python is too old or cannot make environments.
    """
    if sys.version_info < OLDEST:
        raise SystemExit(f"Python {'.'.join(map(str, OLDEST))} or newer is needed; this is {sys.version.split()[0]}")
    folder = Path(os.environ.get("ENGRAM_VALIDATE_VENV") or ROOT / ".venv")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    marker = folder / "installed"
    installed = set(marker.read_text(encoding="utf-8").split()) if marker.exists() and python.exists() else set()
    states = {name: f"{name}:{state(name)}" for name in KINDS}
    if states[kind] in installed or states["dev"] in installed:
        return python
    say(f"setting up {folder.name} from requirements/{kind}.lock …")
    pip = installer(folder, python)
    locked = requirements((ROOT / "requirements" / f"{kind}.lock").read_text(encoding="utf-8"))
    install(pip, locked)
    run([*pip, "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", ROOT])
    marker.write_text(f"{states[kind]}\n", encoding="utf-8")
    return python


def installer(folder: Path, python: Path) -> list[str | Path]:
    """pip for the environment in `folder`, which is made where there is none. Exits where Python cannot make one.

    This Python's own pip can install into it; where there is none, the environment gets one, which takes seconds.
    """
    ours: list[str | Path] = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    outside = subprocess.run([*ours, "--python", sys.executable, "--version"], capture_output=True, check=False)
    shared = outside.returncode == 0
    make: list[str | Path] = [sys.executable, "-m", "venv", *(["--without-pip"] if shared else []), folder]
    if not python.exists() and subprocess.run(make, check=False).returncode:
        raise SystemExit("this Python cannot make virtual environments; on Debian: apt-get install python3-venv")
    return [*ours, "--python", python] if shared else [python, *ours[1:]]


def requirements(lock: str) -> list[str]:
    """The entries of a lock file, each a requirement with its hashes."""
    lines = [line for line in lock.splitlines(keepends=True) if not line.lstrip().startswith("#")]
    return re.findall(r"^\S.*\n(?:[ \t].*\n)*", "".join(lines), re.M)


def install(pip: list[str | Path], locked: list[str]) -> None:
    """Install the entries side by side: pip spends most of its time in one core, reading lists of versions."""
    count = min(os.cpu_count() or 1, MOST_INSTALLERS)
    progress = Progress()
    found: list[str] = []

    def collect(line: str) -> None:
        if match := COLLECTING.match(line):
            found.append(match[1])
            progress.show(f"  {len(found)} of {len(locked)} packages: {match[1]}")
        elif line.startswith("Installing"):
            progress.show("  unpacking …")

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(count) as pool:
        # All parts of an environment are known and pinned, so that pip need not look for others (`--no-deps`).
        options = ["--progress-bar", "off", *COMPILED_LATER, "--no-deps", "--require-hashes", "--requirement"]
        jobs = []
        for number in range(count):
            part = Path(folder) / f"{number}.lock"
            part.write_text("".join(locked[number::count]), encoding="utf-8")
            jobs.append(pool.submit(followed, [*pip, "install", *options, part], collect))
    progress.end()
    for job in jobs:
        job.result()


def followed(command: list[str | Path], receive: Callable[[str], None]) -> None:
    """Run a command, and pass each line of its output to `receive`. Exits with its output where it fails."""
    status, lines = follow(command, receive)
    if status:
        raise SystemExit(f"{''.join(lines[-20:])}{' '.join(map(str, command))} failed")


def state(kind: str) -> str:
    """What an environment of this kind is made of."""
    seen = hashlib.sha256(sys.version.encode())
    for file in (ROOT / "requirements" / f"{kind}.lock", ROOT / "pyproject.toml"):
        seen.update(file.read_bytes())
    return seen.hexdigest()[:16]


def run(command: list[str | Path]) -> None:
    if subprocess.run(command, check=False).returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
