"""What README.md and docs/ say is so: tables, links, and the commands that are marked as tested."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reader import missing

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(ROOT.glob("docs/**/*.md")),
    *ROOT.glob("examples/*/*.md"),
]
TESTED = re.compile(r"<!-- tested: status (\d) -->\n```console\n(.*?)```", re.S)
IN_THE_IMAGE = re.compile(r"<!-- in the image: status (\d) -->\n```console\n(.*?)```", re.S)
RELEASED = re.compile(r"ghcr\.io/bubu/engram-validate:\S+")
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def commands(mark: re.Pattern[str]) -> Iterator[object]:
    """Each command with this mark, the exit status and the lines that the page shows; `…` stands for lines left out."""
    for page in PAGES:
        for status, block in mark.findall(page.read_text(encoding="utf-8")):
            for command in block.split("$ ")[1:]:
                line, *shown = command.rstrip("\n").split("\n")
                lines = [text for text in shown if text != "…"]
                yield pytest.param(line, int(status), lines, id=f"{page.name}: {line}")


@pytest.mark.slow
@pytest.mark.parametrize(("line", "status", "shown"), [*commands(TESTED)])
def test_commands_do_what_the_page_says(line: str, status: int, shown: list[str]) -> None:
    does_what_the_page_says(shlex.split(line), status, shown)


@pytest.mark.docker
@pytest.mark.timeout(600)  # the image is built first
@pytest.mark.parametrize(("line", "status", "shown"), [*commands(IN_THE_IMAGE)])
def test_the_image_is_the_command(line: str, status: int, shown: list[str], action_image: str) -> None:
    assert RELEASED.search(line)
    words = shlex.split(RELEASED.sub(action_image, line))
    folder = str(ROOT / "examples" / "greeter")

    does_what_the_page_says([word.replace("$PWD", folder) for word in words], status, shown)


def does_what_the_page_says(words: list[str], status: int, shown: list[str]) -> None:
    """Call the command in the root of this checkout."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    printed = done.stdout.splitlines()

    assert done.returncode == status, done.stdout + done.stderr
    assert missing(shown, printed) == []
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("page", "row"),
    [
        ("README.md", "| `image-overrides` |"),
        ("docs/configuration.md", "| `images` |"),
        ("docs/workflows.md", "| `check-run` |"),
        ("docs/rules.md", "`incompatible-input`"),
        ("docs/streaming.md", "| `slow-reader` |"),
    ],
)
def test_the_tables_are_those_of_their_sources(page: str, row: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    program = (
        "import pathlib, sys; sys.path.insert(0, 'scripts'); import readme\n"
        "sys.stdout.write(readme.with_tables(sys.stdin.read(), pathlib.Path('.')))"
    )
    made = subprocess.run(
        [sys.executable, "-c", program], input=text, cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert row in text
    assert text == made.stdout, "run python3 scripts/readme.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    prose = re.sub(r"`[^`\n]*`", "", page.read_text(encoding="utf-8"))
    links = [link for link in LINK.findall(prose) if "://" not in link]

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_exit_statuses_are_those_of_the_program() -> None:
    from validator.suite.results import Status

    rows = re.findall(r"^\| (\d) \| ", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)

    assert [int(row) for row in rows] == sorted(Status)
