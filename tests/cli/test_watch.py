"""`check --watch` as a story author has it: a real process, real changes; waiting is by what it prints."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.cli.test_init import engram_validate, lay, story, template
from validator.cli import main
from validator.cli.watch import Watched

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
FILES = {"fetch.yaml": template("fetch", "ghcr.io/acme/fetch:1"), "stories/triage.yaml": story("fetch")}
ENGRAM = (
    "apiVersion: bubustack.io/v1alpha1\nkind: Engram\nmetadata: {name: fetch}\nspec: {templateRef: {name: fetch}}\n"
)


class Watching:
    def __init__(self, running, output):
        self.running = running
        self.output = output

    def next(self):
        """What it prints until it waits again."""
        lines = []
        for line in self.output:
            lines.append(line)
            if line.startswith("watching "):
                return "".join(lines)
        raise AssertionError("it ended:\n" + "".join(lines))

    def until(self, words):
        """The first check that says this; changes may come in more than one piece."""
        while words not in (said := self.next()):
            pass
        return said


@contextmanager
def watching(root, *arguments, terminal=False, command=("check",)):
    ours, stdout = pty.openpty() if terminal else os.pipe()
    with subprocess.Popen(
        [sys.executable, "-m", "validator", *command, "--watch", *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"},
        stdout=stdout,
        stderr=subprocess.STDOUT,
    ) as running:
        os.close(stdout)
        try:
            with os.fdopen(ours, encoding="utf-8", newline=None) as output:
                yield Watching(running, output)
        finally:
            running.kill()


@pytest.fixture
def repository(tmp_path):
    lay(tmp_path, {**FILES, "engrams.yaml": ENGRAM})
    return tmp_path


def test_a_change_is_checked_and_named(repository):
    file = repository / "stories" / "triage.yaml"
    with watching(repository) as watch:
        assert "passed" in watch.next()
        file.write_text(story("fetch").replace("ref: {", "reff: {"))
        said = watch.until("failed")
        assert "stories/triage.yaml (changed)" in said
        assert "reff" in said
        file.write_text("kind: Story\napiVersion: bubustack.io/v1alpha1\nspec: [\n")  # half of it is written
        assert "EV102" in watch.until("some files could not be read")
        file.unlink()
        assert "stories/triage.yaml (deleted)" in watch.until("passed")
        file.write_text(story("fetch"))
        assert "stories/triage.yaml (new)" in watch.until("passed")
        (repository / "notes.md").write_text("no manifest")
        (repository / "engram-validate.yaml").write_text("fail-on: fatal\n")
        assert "EV181" in watch.until("engram-validate.yaml (new)")


def test_an_interrupt_ends_it_without_a_word(repository):
    with watching(repository) as watch:
        watch.next()
        watch.running.send_signal(signal.SIGINT)
        assert watch.running.wait(timeout=60) == 0
        assert watch.output.read().strip() == ""


def test_reports_that_it_writes_are_no_change(repository):
    with watching(repository, "--json", "report.json") as watch:
        watch.next()
        (repository / "stories" / "other.yaml").write_text(story("fetch").replace("triage", "other"))
        said = watch.until("other.yaml")
        assert "report.json" not in said
        assert (repository / "report.json").exists()


def test_a_story_is_run_again_and_what_is_new_is_told(repository):
    cases = "stories: {triage: [{name: all, steps: {fetch: {output: {}}}, expect: {phase: Failed}}]}\n"
    config = repository / "engram-validate.yaml"
    with watching(repository, command=("story", "run")) as watch:
        watch.next()
        config.write_text(cases)
        assert "triage: all: failed" in watch.until("engram-validate.yaml (new)")
    with watching(repository) as watch:
        assert "EV720" in watch.next()
        config.write_text(cases.replace("Failed", "Succeeded"))
        assert " 1 fixed" in watch.until("passed")


def test_templates_of_another_repository_are_watched(repository, tmp_path_factory):
    catalogue = tmp_path_factory.mktemp("catalogue")
    (repository / "fetch.yaml").rename(catalogue / "fetch.yaml")
    with watching(repository, "--templates", f"{catalogue}/*.yaml") as watch:
        watch.next()
        (catalogue / "fetch.yaml").write_text(template("fetch", "ghcr.io/acme/fetch:2"))
        assert "fetch.yaml (changed)" in watch.next()


def test_a_terminal_is_cleared_and_a_pipe_is_not(repository):
    with watching(repository, terminal=True) as watch:
        assert "\x1b[2J" in watch.next()
    with watching(repository) as watch:
        assert "\x1b" not in watch.next()


CONCERNS = [
    ("stories/a.yaml", True), ("a.YML", True), ("a.json", True), (".engram-validate.yaml", True), ("a.md", False),
    (".a.yaml.swp", False), (".#a.yaml", False), ("a.yaml~", False), (".git/a.yaml", False),
    ("node_modules/a.yaml", False), ("report.json", False),
]  # fmt: skip


@pytest.mark.parametrize(("name", "concerns"), CONCERNS)
def test_only_sources_count(tmp_path, name, concerns):
    what = Watched(tmp_path, written=(tmp_path / "report.json",))
    assert what.concerns(tmp_path / name) is concerns


@pytest.mark.parametrize(
    ("name", "concerns"), [("engram.py", True), ("a.yaml", True), ("engram.py~", False), (".git/index", False)]
)
def test_programs_count_where_they_are_run(tmp_path, name, concerns):
    assert Watched(tmp_path, programs=True).concerns(tmp_path / name) is concerns


def test_what_cannot_be_watched_is_refused(repository):
    refused = CliRunner().invoke(main, ["check", "-", "--watch", "--root", str(repository)], input="")
    assert (refused.exit_code, "standard input has none" in refused.output) == (2, True)
    both = ["--watch", "--baseline", "old.json", "--update-baseline"]
    assert engram_validate(repository, "check", *both).exit_code == 2
