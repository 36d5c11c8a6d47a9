from __future__ import annotations

import subprocess
from pathlib import Path

from validator.reports import diff

PATCH = (
    "@@ -3,4 +3,5 @@ spec:\n three\n-old\n+new\n+newer\n \\ five\n@@ -20 +21 @@\n+last\n\\ No newline at end of file"
)


def test_the_lines_that_a_patch_shows_are_those_of_the_new_file() -> None:
    assert diff.shown(PATCH) == {3: "three", 4: "new", 5: "newer", 6: "\\ five", 21: "last"}


def test_a_file_without_a_patch_shows_nothing() -> None:
    files = [{"filename": "a", "patch": PATCH}, {"filename": "large"}]
    assert diff.of_files(files) == {"a": diff.shown(PATCH), "large": {}}


def test_a_checkout_is_asked_as_git_tells_it(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
        done = subprocess.run(
            ["git", "-C", str(tmp_path), *who, *arguments], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    git("init", "-q")
    (tmp_path / "ä b.yaml").write_text("one\ntwo\nthree\n", encoding="utf-8")
    (tmp_path / "same.yaml").write_text("x\n")
    git("add", ".")
    git("commit", "-qm", "base")
    base = git("rev-parse", "HEAD")
    (tmp_path / "ä b.yaml").write_text("one\n2\nthree\n+++ same.yaml\n", encoding="utf-8")
    git("commit", "-qam", "head")
    assert diff.of_checkout(tmp_path, base) == {"ä b.yaml": {1: "one", 2: "2", 3: "three", 4: "+++ same.yaml"}}
    assert diff.of_checkout(tmp_path, "0" * 40) == {}
    assert diff.of_checkout(tmp_path, "--output=x") == {}
    assert diff.of_checkout(tmp_path / "absent", base) == {}
