"""`check --fix` and `check --diff` on files: what is written, what stays, what is told."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from validator.cli import main

STORY = """\
# a comment that stays
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: s}
spec:
  patern: batch   # and this one
  steps:
    - {name: wait, type: sleep, with: {duration: 1s}}
"""


@pytest.fixture
def story(tmp_path):
    file = tmp_path / "story.yaml"
    file.write_text(STORY, encoding="utf-8")
    return file


def check(root, *arguments):
    return CliRunner().invoke(main, ["check", "--root", str(root), "--quiet", *arguments])


def test_fix_writes_the_edit_and_checks_what_is_left(story):
    done = check(story.parent, "--fix")

    assert story.read_text(encoding="utf-8") == STORY.replace("patern", "pattern")
    assert "1 edit made in 1 file" in done.stderr
    assert "patern" not in done.stdout
    assert check(story.parent, "--diff").stdout == ""


def test_what_is_left_is_not_looked_for_twice(story, monkeypatch):
    from validator.engine import engine

    runs, run = [], engine.run

    def counted(*arguments):
        runs.append(arguments)
        return run(*arguments)

    monkeypatch.setattr(engine, "run", counted)

    assert check(story.parent, "--fix").exit_code in {0, 1}
    assert len(runs) == 2, "once to find the edit, once to see what is left"


def test_diff_shows_it_and_changes_nothing(story):
    done = check(story.parent, "--diff")

    assert done.exit_code == 1
    assert "-  patern: batch   # and this one\n+  pattern: batch   # and this one\n" in done.stdout
    assert story.read_text(encoding="utf-8") == STORY


def test_mark_mode_and_line_ends_stay(story):
    content = b"\xef\xbb\xbf" + STORY.replace("\n", "\r\n").encode()
    story.write_bytes(content)
    story.chmod(0o640)

    check(story.parent, "--fix")

    assert story.read_bytes() == content.replace(b"patern", b"pattern")
    assert story.stat().st_mode & 0o777 == 0o640
    assert list(story.parent.iterdir()) == [story]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_stays(story, encoding):
    content = "\N{ZERO WIDTH NO-BREAK SPACE}" + STORY
    story.write_bytes(content.encode(encoding))

    check(story.parent, "--fix")

    assert story.read_bytes() == content.replace("patern", "pattern").encode(encoding)


def test_a_file_outside_is_left_alone(story, tmp_path_factory):
    """A link that leads out of the workspace is no way to write there."""
    outside = tmp_path_factory.mktemp("outside") / "story.yaml"
    outside.write_text(STORY, encoding="utf-8")
    story.unlink()
    story.symlink_to(outside)

    check(story.parent, "--fix")

    assert outside.read_text(encoding="utf-8") == STORY


def test_they_exclude_each_other(story):
    done = check(story.parent, "--fix", "--watch")

    assert done.exit_code == 2
    assert "exclude each other" in done.stderr
