"""What a pull request can affect, on a real git repository: everything that leads to what has changed, and no more."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from validator.engine import engine
from validator.engine.options import STATIC, Options, UsageError
from validator.engine.preparation import prepare
from validator.engine.sharing import shared

TEMPLATE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {{name: {name}}}
spec:
  image: example.invalid/{name}:1
  supportedModes: [job]
  inputSchema: {{type: object, properties: {{text: {{type: string}}}}}}
  outputSchema: {{type: object, properties: {{text: {{type: string}}}}}}
"""
ENGRAM = """\
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {{name: {name}}}
spec: {{templateRef: {{name: {name}}}, mode: job}}
"""
STORY = """\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {{name: {name}}}
spec:
  steps:
    - {{name: first, ref: {{name: {first}}}}}
    - {{name: then, ref: {{name: {then}}}, with: {{text: "{{{{ steps.first.output.txet }}}}"}}}}
"""
CONFIG = """\
images:
  speak: {build: speak}
cases:
  listen: [{name: hears, inputs: {text: hi}, services: {api: {http: [{response: {file: recorded/a.json}}]}}}]
"""


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "init.defaultBranch=main")
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    done = subprocess.run(["git", *identity, *arguments], cwd=root, env=environment, capture_output=True, check=True)
    return done.stdout.decode()


@pytest.fixture
def repository(committed_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(committed_once, tmp_path / "repository"))


@pytest.fixture(scope="module")
def committed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four engrams; `morning` uses two of them, `evening` the others, each with a mistake of its own."""
    root = tmp_path_factory.mktemp("before") / "repository"
    for name in ("hear", "speak", "listen", "write"):
        (root / name).mkdir(parents=True)
        (root / name / "Engram.yaml").write_text(TEMPLATE.format(name=name))
        (root / name / "use.yaml").write_text(ENGRAM.format(name=name))
    (root / "speak" / "Dockerfile").write_text("FROM scratch\n")
    (root / "recorded").mkdir()
    (root / "recorded" / "a.json").write_text("{}")
    (root / "README.md").write_text("# read me\n")
    (root / "engram-validate.yaml").write_text(CONFIG)
    for name, first, then in (("morning", "hear", "speak"), ("evening", "listen", "write")):
        (root / f"{name}.yaml").write_text(STORY.format(name=name, first=first, then=then))
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "before")
    git(root, "switch", "-q", "-c", "change")
    return root


def edit(name: str, before: str = "kind:", after: str = "# changed\nkind:") -> Callable[[Path], None]:
    def change(root: Path) -> None:
        file = root / name
        text = file.read_text()
        assert before in text
        file.write_text(text.replace(before, after, 1))

    return change


def remove(name: str) -> Callable[[Path], None]:
    return lambda root: (root / name).unlink()


CASES: dict[str, tuple[Callable[[Path], object], set[str], set[str]]] = {
    # what changes: which stories are looked at, which engrams are run
    "nothing that matters": (edit("README.md", "read", "do read"), set(), set()),
    "a story": (edit("morning.yaml"), {"morning"}, {"hear", "speak"}),
    "an engram": (edit("listen/use.yaml"), {"evening"}, {"listen", "write"}),
    "a template": (edit("hear/Engram.yaml"), {"morning"}, {"hear", "speak"}),
    "a build context": (edit("speak/Dockerfile", "FROM", "FROM "), set(), {"speak"}),
    "a recorded answer": (edit("recorded/a.json", "{", "{ "), set(), {"listen"}),
    "the configuration": (
        edit("engram-validate.yaml", "images:", "# more\nimages:"),
        {"morning", "evening"},
        {"hear", "speak", "listen", "write"},
    ),
    "a configuration that is gone": (
        remove("engram-validate.yaml"),
        {"morning", "evening"},
        {"hear", "speak", "listen", "write"},
    ),
    "an engram that is gone": (remove("listen/use.yaml"), {"evening"}, {"write"}),
    "an engram of another name": (
        edit("listen/use.yaml", "metadata: {name: listen}", "metadata: {name: lissen}"),
        {"evening"},
        {"write"},
    ),
    "a story that is gone": (remove("evening.yaml"), set(), set()),
    "a folder of another name": (
        lambda root: (root / "hear").rename(root / "ear"),
        {"morning"},
        {"hear", "speak"},
    ),
    "a new story": (
        lambda root: (root / "noon.yaml").write_text(STORY.format(name="noon", first="hear", then="hear")),
        {"noon"},
        {"hear"},
    ),
}


@pytest.mark.parametrize("committed", [True, False], ids=["committed", "not committed"])
@pytest.mark.parametrize("what", CASES)
def test_what_is_looked_at(what: str, committed: bool, repository: Path) -> None:
    change, stories, engrams = CASES[what]
    change(repository)
    if committed:
        git(repository, "add", "-A")
        git(repository, "commit", "-q", "-m", "the change")
    options = Options(root=repository, changed_since="main")

    share = shared(prepare(options))
    report = engine.run(replace(options, checks=STATIC))
    assert {unit.name for unit in share.units} == engrams
    assert {finding.subject.name for finding in report.findings if finding.subject.kind == "story"} == stories
    assert {graph.name for graph in report.stories} == stories
    whole = engine.run(Options(root=repository, checks=STATIC))
    assert all(finding in whole.findings for finding in report.findings)
    left = [each for each in report.unchecked if "--changed-since" in each.reason]
    assert len(left) == ("configuration" not in what), "said once, and never as a pass"


def test_main_may_have_moved_on(repository: Path) -> None:
    git(repository, "switch", "-q", "main")
    edit("evening.yaml")(repository)
    git(repository, "commit", "-q", "-a", "-m", "somebody else's")
    git(repository, "switch", "-q", "change")
    edit("morning.yaml")(repository)

    report = engine.run(Options(root=repository, changed_since="main", checks=STATIC))
    assert {graph.name for graph in report.stories} == {"morning"}


def test_a_workspace_below_the_root_of_the_repository(repository: Path) -> None:
    edit("speak/Engram.yaml")(repository)

    report = engine.run(Options(root=repository / "speak", changed_since="main", checks=STATIC))
    assert [case.subject.name for case in report.cases if case.subject.kind == "template"] == ["speak"]


@pytest.mark.parametrize(
    ("revision", "said"),
    [
        ("no-such-branch", "git does not know this revision: look for a slip"),
        ("main^{tree}", "git does not know this revision"),
        ("--output=/tmp/x", "is no git revision"),
    ],
)
def test_a_revision_that_git_does_not_know(revision: str, said: str, repository: Path) -> None:
    with pytest.raises(UsageError, match=said):
        engine.run(Options(root=repository, changed_since=revision, checks=STATIC))


def test_a_shallow_checkout(repository: Path, tmp_path: Path) -> None:
    edit("morning.yaml")(repository)
    git(repository, "commit", "-q", "-a", "-m", "the change")
    git(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", f"file://{repository}", "shallow")

    with pytest.raises(UsageError, match="fetch-depth: 0"):
        engine.run(Options(root=tmp_path / "shallow", changed_since="origin/main", checks=STATIC))


@pytest.mark.parametrize("revision", ["0" * 40, "0" * 64, "origin/", " "])
def test_a_revision_that_is_none(revision: str, repository: Path) -> None:
    """Everything is looked at, and the report says so."""
    report = engine.run(Options(root=repository, changed_since=revision, checks=STATIC))
    whole = engine.run(Options(root=repository, checks=STATIC))
    assert report.findings == whole.findings
    assert [each.reason for each in report.unchecked if each not in whole.unchecked] == [
        "it names no commit, as before the first push of a branch: everything is looked at"
    ]


def test_branches_without_a_common_commit(repository: Path) -> None:
    git(repository, "checkout", "-q", "--orphan", "other")
    git(repository, "commit", "-q", "-m", "another beginning")
    with pytest.raises(UsageError, match="it shares no commit with HEAD"):
        engine.run(Options(root=repository, changed_since="main", checks=STATIC))


@pytest.mark.parametrize("gone", ["hear/Engram.yaml", "hear/use.yaml"])
def test_what_a_change_removes_is_missed(gone: str, tmp_path: Path) -> None:
    """Also where the workspace holds nothing of its kind any more, so that it might come from elsewhere."""
    (tmp_path / "hear").mkdir()
    (tmp_path / "hear" / "Engram.yaml").write_text(TEMPLATE.format(name="hear"))
    (tmp_path / "hear" / "use.yaml").write_text(ENGRAM.format(name="hear"))
    (tmp_path / "story.yaml").write_text(STORY.format(name="morning", first="hear", then="hear"))
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "before")
    (tmp_path / gone).unlink()
    report = engine.run(Options(root=tmp_path, changed_since="main", checks=STATIC))
    codes = {finding.rule.code for finding in report.findings if "`hear`" in finding.message}
    assert codes == {"EV131" if "Engram" in gone else "EV130"}
    assert not [each for each in report.unchecked if each.what in ("Engram hear", "EngramTemplate hear")]


def test_no_repository_at_all(tmp_path: Path) -> None:
    (tmp_path / "Engram.yaml").write_text(TEMPLATE.format(name="hear"))

    with pytest.raises(UsageError, match="this is no git repository"):
        engine.run(Options(root=tmp_path, changed_since="main", checks=STATIC))
