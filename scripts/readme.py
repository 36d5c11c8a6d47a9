"""Write the tables of inputs and outputs into README.md, from action.yml.

python3 scripts/readme.py
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from environment import ROOT, ready

README = ROOT / "README.md"


def main() -> int:
    text = README.read_text(encoding="utf-8")
    README.write_text(with_tables(text, ROOT / "action.yml"), encoding="utf-8")
    return 0


def with_tables(text: str, action: Path) -> str:
    """The README with its tables as action.yml has them."""
    import yaml

    described = yaml.safe_load(action.read_text(encoding="utf-8"))
    for kind in ("inputs", "outputs"):
        marked = re.compile(rf"(<!-- {kind} -->\n).*?(<!-- end of {kind} -->)", re.S)
        found = table(kind, described[kind])
        text = marked.sub(lambda match, found=found: f"{match[1]}{found}{match[2]}", text)  # type: ignore[misc]
    return text


def table(kind: str, entries: dict[str, dict[str, str]]) -> str:
    """One row an input or output."""
    rows = []
    for name, entry in entries.items():
        default = f" Default: `{entry['default']}`." if "default" in entry else ""
        rows.append(f"| `{name}` | {' '.join(entry['description'].split())}{default} |")
    return "\n".join([f"| {kind[:-1]} | meaning |", "|---|---|", *rows, ""])


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ModuleNotFoundError:
        sys.exit(subprocess.run([ready("dev"), __file__], check=False).returncode)
