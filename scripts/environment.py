"""The project's own virtual environment: made once from a lock file, brought up to date when that file changes.

By hand: `python3 scripts/environment.py dev`, or `runtime`.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)


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
    states = {name: f"{name}:{state(name)}" for name in ("runtime", "dev")}
    if states[kind] in installed or states["dev"] in installed:
        return python
    say(f"setting up {folder.name} from requirements/{kind}.lock …")
    if not python.exists() and subprocess.run([sys.executable, "-m", "venv", folder], check=False).returncode:
        raise SystemExit("this Python cannot make virtual environments; on Debian: apt-get install python3-venv")
    pip: list[str | Path] = [
        python,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        "--progress-bar",
        "off",
    ]
    run([*pip, "--require-hashes", "--requirement", ROOT / "requirements" / f"{kind}.lock"])
    run([*pip, "--no-deps", "--no-build-isolation", "--editable", ROOT])
    marker.write_text(f"{states[kind]}\n", encoding="utf-8")
    return python


def state(kind: str) -> str:
    """What an environment of this kind is made of."""
    seen = hashlib.sha256(sys.version.encode())
    for file in (ROOT / "requirements" / f"{kind}.lock", ROOT / "pyproject.toml"):
        seen.update(file.read_bytes())
    return seen.hexdigest()[:16]


def run(command: list[str | Path]) -> None:
    if subprocess.run(command, check=False).returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    say(str(ready(sys.argv[1] if sys.argv[1:] else "dev")))
