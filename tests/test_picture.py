"""The picture of README.md is what the commands print today, and asks no network."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "terminal.svg"
COLOR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.slow
def test_the_picture_shows_what_the_commands_print() -> None:
    program = "import sys; sys.path.insert(0, 'scripts'); import picture; sys.stdout.write(picture.recorded())"
    made = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    texts = ElementTree.fromstring(PICTURE.read_text(encoding="utf-8")).iter("{http://www.w3.org/2000/svg}text")
    _, *lines = ("".join(text.itertext()) for text in texts)  # the first is the title

    assert _words("".join(lines)) == _words(COLOR.sub("", made.stdout)), "run python3 scripts/picture.py"


def test_it_fetches_nothing() -> None:
    text = PICTURE.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert re.findall(r"https?:|url\((?!#)|href|<script|<image", text) == []


def _words(text: str) -> str:
    """All but the blanks: a picture has lines where a text has line feeds."""
    return re.sub(r"\s+", "", text)
