"""A workflow as a runner sees it: `act` runs it on a real daemon, without network.

What a runner gets from GitHub is given by folders of this checkout: the action and its reusable workflows, with an
image that was built before, and stand-ins for the storage of artifacts and caches (tests/fixtures/actions).
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STAND_INS = ROOT / "tests" / "fixtures" / "actions"
SELF = "bubu/engram-validate"
FOREIGN = re.compile(r"uses: (actions/(?:upload-artifact|download-artifact|cache))(?:/\w+)?@(\w+)")
GIT = ("git", "-c", "user.name=test", "-c", "user.email=test@example.invalid", "-c", "init.defaultBranch=main")


@dataclass(frozen=True)
class Job:
    """What a workflow came to."""

    status: int
    log: str
    entries: list[dict[str, Any]]
    """What the runner understood: workflow commands and outputs, one a line of its log."""

    @property
    def annotations(self) -> list[tuple[str, str, str]]:
        found = [entry for entry in self.entries if entry.get("command") in ("error", "warning", "notice")]
        return [
            (entry["command"], entry["kvPairs"].get("file", ""), entry["kvPairs"].get("line", "")) for entry in found
        ]

    @property
    def summary(self) -> str:
        return "".join(entry["content"] for entry in self.entries if entry.get("command") == "summary")

    @property
    def outputs(self) -> dict[str, str]:
        return {entry["name"]: entry["arg"] for entry in self.entries if entry.get("command") == "set-output"}


@dataclass(frozen=True)
class Runner:
    """Runs the workflows of a repository that has been copied out of examples/."""

    base: str
    """The image that jobs run in."""
    folder: Path
    provided: Path
    """What stands for this project on GitHub."""
    storage: str = field(default_factory=lambda: f"engram-validate-test-{uuid.uuid4().hex[:12]}")
    """The volume that stands for GitHub's storage."""

    def run(self, repository: Path, event: str, *, number: int = 1) -> Job:
        """Commit the repository as it is, and let `event` happen to it for the `number`th time."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        (home / ".actrc").touch()
        commit(repository)
        done = subprocess.run(
            [Path(sys.executable).parent / "act", event, *self._options(number)],
            cwd=repository,
            env=os.environ | {"HOME": str(home), "XDG_CACHE_HOME": str(home), "DOCKER_BUILDKIT": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        entries = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return Job(done.returncode, "\n".join([*map(said, entries), done.stderr]), entries)

    def _options(self, number: int) -> Iterator[str]:
        yield from ("--pull=false", "--rm", "--action-offline-mode", "--json", "--no-cache-server")
        yield from ("--env", f"GITHUB_RUN_ID={number}")
        yield from ("-P", f"ubuntu-latest={self.base}", "--container-options", f"-v {self.storage}:/storage")
        yield from ("--local-repository", f"{SELF}@v1={self.provided}")
        texts = [path.read_text(encoding="utf-8") for path in self.provided.glob(".github/workflows/*.yml")]
        for action, pin in {found for text in texts for found in FOREIGN.findall(text)}:
            yield from ("--local-repository", f"{action}@{pin}={STAND_INS / action.partition('/')[2]}")

    def stored(self, pattern: str) -> dict[str, bytes]:
        """The files of artifacts and caches, by their path in the storage."""
        volume = f"{self.storage}:/storage:ro"
        read = ["docker", "run", "--rm", "--volume", volume, self.base, "tar", "c", "-C", "/storage", "."]
        done = subprocess.run(read, capture_output=True, check=True)
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            members = [member for member in archive if member.isfile() and re.search(pattern, member.name)]
            return {member.name.removeprefix("./"): archive.extractfile(member).read() for member in members}  # type: ignore[union-attr]


def said(entry: Mapping[str, Any]) -> str:
    """What the runner's log shows for an entry; a value to be masked stands in the entry only."""
    text = entry.get("msg") if entry.get("command") == "add-mask" else entry.get("raw") or entry.get("msg")
    return str(text or "").rstrip()


@contextmanager
def runner(base: str, image: str, folder: Path) -> Iterator[Runner]:
    """A runner for one test; what it leaves on the daemon is removed."""
    provided = folder / "engram-validate"
    (provided / ".github").mkdir(parents=True)
    shutil.copytree(ROOT / ".github" / "workflows", provided / ".github" / "workflows")
    action = (ROOT / "action.yml").read_text(encoding="utf-8")
    (provided / "action.yml").write_text(
        action.replace("image: Dockerfile", f"image: docker://{image}"), encoding="utf-8"
    )
    made = Runner(base, folder, provided)
    try:
        yield made
    finally:
        for leftover in (["volume", "rm", made.storage, "act-toolcache"], ["rmi", "act-dockeraction"]):
            subprocess.run(["docker", *leftover], capture_output=True, check=False)


def example(name: str, folder: Path) -> Path:
    """A repository with the content of an example."""
    ignored = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(ROOT / "examples" / name, folder / name, ignore=ignored))


def commit(repository: Path) -> None:
    """Commit everything as it is."""
    for command in (["init", "-q"], ["add", "--all", "--force"], ["commit", "-q", "--allow-empty", "-m", "as it is"]):
        subprocess.run([*GIT, *command], cwd=repository, check=True)


def mistake(file: Path, right: str, wrong: str) -> int:
    """Write something wrong in place of what is right, once; the line."""
    text = file.read_text(encoding="utf-8")
    assert text.count(right) == 1, f"{file.name} has {text.count(right)} times {right}"
    file.write_text(text.replace(right, wrong), encoding="utf-8")
    return text[: text.index(right)].count("\n") + 1
