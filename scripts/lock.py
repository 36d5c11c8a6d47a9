"""Compile the lock files of requirements/ from pyproject.toml, with hashes and for every platform.

python3 scripts/lock.py              what changed in pyproject.toml, keeping other versions
python3 scripts/lock.py --upgrade    everything to its newest version

Arguments are those of `uv pip compile`.
"""

from __future__ import annotations

import subprocess
import sys

from environment import ROOT, ready
from usage import answer_help

# What is needed at run time is part of what developers have, in the same versions.
LOCKS = {"dev": "--extra dev", "runtime": "--constraint requirements/dev.lock"}
OPTIONS = (
    "--universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --quiet --python-version 3.11"
)


def main() -> int:
    uv = ready("dev").parent / "uv"
    for name, extra in LOCKS.items():
        named = ["--custom-compile-command", "python3 scripts/lock.py", "--output-file", f"requirements/{name}.lock"]
        sources = ["pyproject.toml", "requirements/build.in"]
        options = [*OPTIONS.split(), *extra.split(), *named, *sys.argv[1:]]
        subprocess.run([uv, "pip", "compile", *options, *sources], cwd=ROOT, check=True)
    return 0


if __name__ == "__main__":
    answer_help(__doc__)
    sys.exit(main())
