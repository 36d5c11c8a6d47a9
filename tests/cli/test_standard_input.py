"""`check -`: manifests from standard input, alone or beside files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from validator.cli import main

GREETER = Path(__file__).resolve().parents[2] / "examples" / "greeter"
STORY = next((GREETER / "stories").glob("*.yaml")).read_text(encoding="utf-8")


def check(text, *arguments):
    return CliRunner().invoke(
        main, ["check", "-", "--root", str(GREETER), "--templates", "Engram.yaml", *arguments], input=text
    )


def test_a_mistake_is_shown_where_it_stands():
    done = check(STORY.replace("output.exclamations", "output.exclamation"))

    assert done.exit_code == 1
    assert "error[EV211 unresolved-field]" in done.output
    assert "--> stdin:" in done.output
    assert 'excitement: "{{ steps.greet.output.exclamation }}"' in done.output


def test_nothing_else_of_the_workspace_is_checked():
    done = check(STORY, "--format", "json")

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["summary"]["checked"] == 2, "the Engram and the Story of standard input"


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [("", 4, "nothing to check"), ("{", 2, "EV102"), (b"\xff\xfe\x00\xd8", 2, "EV101")],
)
def test_what_is_no_manifest(text, status, words):
    done = check(text)

    assert (done.exit_code, words in done.output) == (status, True), done.output


@pytest.mark.parametrize("option", ["--fix", "--diff", "--watch"])
def test_what_needs_files_is_refused(option):
    assert "standard input has none" in check(STORY, option).output
