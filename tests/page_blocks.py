"""What the pages of the rules show of running engrams: their code, their images and their cases.

scripts/fixtures.py reads it too, so it needs nothing but Python.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGES = Path(__file__).resolve().parent.parent / "validator" / "rules" / "pages"
SHOWN = re.compile(
    r"^```(?P<language>go|python|dockerfile|yaml(?= \w+ cases)) (?P<verdict>fails|passes)(?: cases)?\n"
    r"(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a page."""

    code: str
    fails: bool
    number: int
    """Among those of its page that fail, or do not."""
    language: str
    """`yaml` is a configuration whose cases break the rule, or keep it."""
    text: str
    line: int
    """Of the page, on which the text begins."""

    @property
    def name(self) -> str:
        """`EV612-fails`, `EV612-fails-2`."""
        return name(self.code, self.fails, self.number)


def name(code: str, fails: bool, number: int) -> str:
    """The name of an example and of its test."""
    return f"{code}-{'fails' if fails else 'passes'}" + (f"-{number}" if number > 1 else "")


def blocks() -> Iterator[Block]:
    """All of them, page by page."""
    for page in sorted(PAGES.glob("EV*.md")):
        counts: Counter[str] = Counter()
        text = page.read_text(encoding="utf-8")
        for found in SHOWN.finditer(text):
            verdict = found["verdict"]
            counts[verdict] += 1
            line = text.count("\n", 0, found.start("text")) + 1
            yield Block(page.stem, verdict == "fails", counts[verdict], found["language"], found["text"], line)
