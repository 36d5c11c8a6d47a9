"""Record the picture of README.md: a terminal in which the example's mistakes are found, as SVG.

python3 scripts/picture.py
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

from environment import ROOT, ready
from usage import without_arguments

PICTURE = ROOT / "docs" / "terminal.svg"
EXAMPLE = ROOT / "examples" / "greeter"
WIDTH = 80
COMMANDS = (
    "sed s/exclamations/exclamation/ stories/*.yaml | engram-validate check - --quiet --templates Engram.yaml",
    "engram-validate run --quiet --sandbox process --explore off",
)
"""What is recorded, in the folder of the example: a story with a letter missing, and the engram as it is."""
TIMES = re.compile(r"\b\d+(?:\.\d+)? s$", re.M)
"""How long a command took: another time on each machine, so that the picture has one of its own."""
TAKEN = "1.2 s"

# Without the web fonts that rich would have fetched: a picture asks no network.
FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> int:
    PICTURE.write_text(drawn(recorded()), encoding="utf-8")
    return 0


def recorded() -> str:
    """What a terminal shows of the commands, with its colours."""
    shown = [f"\x1b[1;32m$\x1b[0m \x1b[1m{command}\x1b[0m\n{on_terminal(command).rstrip()}\n" for command in COMMANDS]
    return TIMES.sub(TAKEN, "\n".join(shown))


def on_terminal(command: str) -> str:
    """What a command prints on a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, WIDTH, 0, 0))
    folder = Path(sys.executable).parent
    unset = ("NO_COLOR", "COLUMNS", "CI", "GITHUB_ACTIONS")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment |= {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "TERM": "xterm", "FORCE_COLOR": "1"}
    with subprocess.Popen(
        ["sh", "-c", command],
        cwd=EXAMPLE,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    ):
        os.close(theirs)
        output = b""
        while piece := _read(ours):
            output += piece
    os.close(ours)
    return output.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other side has hung up
        return b""


def drawn(text: str) -> str:
    """Text with colours as an SVG; the same for the same text."""
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="standard")
    console.print(Text.from_ansi(text), soft_wrap=False)
    return console.export_svg(title="engram-validate", code_format=FORMAT, unique_id="terminal")


if __name__ == "__main__":
    without_arguments(__doc__)
    try:
        sys.exit(main())
    except ModuleNotFoundError:
        sys.exit(subprocess.run([ready("dev"), __file__], check=False).returncode)
