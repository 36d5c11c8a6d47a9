"""Lines folded between words, so that a terminal need not break them within one."""

from __future__ import annotations

import io

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

_HANG = 2
"""Cells by which what continues a line stands further in than its begin."""
_NARROWEST = 20
"""Cells of text that stay beside the indent, however deep that is."""


def folded(line: Text, width: int) -> list[Text]:
    """The line as lines of at most `width` cells; what continues it is indented. A word wider than that is cut."""
    if cell_len(line.plain) <= width:
        return [line]
    indent = min(_indent(line), max(0, width - _NARROWEST))
    rows = line[indent:].wrap(_CELLS, width - indent, overflow="fold")
    # A tab is as wide as the terminal likes, and lines of source keep theirs: they were fitted when they were made.
    margin = Text(" " * indent)
    return [line[:indent] + row if not index else margin + row for index, row in enumerate(rows)]


def _indent(line: Text) -> int:
    """Cells before the text of a line: its blanks and the sign of the gutter, else a little."""
    text = line.plain
    blank = len(text) - len(text.lstrip(" "))
    sign = text[blank : blank + 4].split(" ", 1)[0]
    if sign in {"=", "|", ":", "-->", ":::"}:
        return blank + len(sign) + 1
    return blank + _HANG if blank else _HANG


_CELLS = Console(width=80, color_system=None)
"""What Text.wrap asks for; it writes nothing."""


def fitted(text: str, width: int) -> str:
    """Lines, with or without colours, each folded to `width` cells where it is longer."""
    return "\n".join(row for line in text.split("\n") for row in _fitted(line, width))


def _fitted(line: str, width: int) -> list[str]:
    if "\x1b" not in line:
        return [line] if cell_len(line) <= width else [row.plain.rstrip() for row in folded(Text(line), width)]
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, color_system="standard", no_color=False)
    for row in folded(Text.from_ansi(line), width):
        console.print(row, soft_wrap=True)
    return out.getvalue().rstrip("\n").split("\n")
