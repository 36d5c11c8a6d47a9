"""What git leaves out of a commit: environments and caches, whether they are folders or links to folders."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("linked", [False, True], ids=["folder", "link"])
@pytest.mark.parametrize("name", [".venv", ".cache"])
def test_a_worktree_commits_no_environment(name: str, linked: bool, tmp_path: Path) -> None:
    """A committed link would replace the folder of each checkout it is merged into, as git overwrites ignored files."""
    checkout, shared = tmp_path / "checkout", tmp_path / "shared"
    for folder in (checkout, shared):
        folder.mkdir()
    (shared / "file").touch()
    git(checkout, "init", "--quiet")
    shutil.copy(ROOT / ".gitignore", checkout)
    if linked:
        (checkout / name).symlink_to(shared)
    else:
        shutil.copytree(shared, checkout / name)

    git(checkout, "add", "--all")

    assert git(checkout, "ls-files").split() == [".gitignore"]
