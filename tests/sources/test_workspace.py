"""What a repository holds, what of it is read, and what refers to what."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from validator.rules import manifests as rules
from validator.sources.limits import Limits
from validator.sources.manifests import EngramTemplate
from validator.sources.workspace import Workspace, load

TEMPLATE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: fetch}
spec: {version: 1.0.0, supportedModes: [job], image: "ghcr.io/acme/fetch:1.0.0"}
"""
ENGRAM = """\
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: http, namespace: %s}
spec: {templateRef: {name: fetch}}
"""
STORY = """\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: triage, namespace: a}
spec:
  steps:
  - {name: here, ref: {name: http}}
  - {name: there, ref: {name: http, namespace: b}}
  - {name: nowhere, ref: {name: nothing}}
  - {name: split, type: parallel, with: {steps: [{name: branch, ref: {name: http}}]}}
"""


def _write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".yaml").write_text(text, encoding="utf-8")


def _files(workspace: Workspace) -> list[str]:
    return [document.manifest.file for document in workspace.documents]


def _problems(workspace: Workspace) -> list[tuple[str, str]]:
    return [(problem.rule.code, problem.location.file) for problem in workspace.problems]


def test_from_step_to_image(tmp_path: Path) -> None:
    _write(tmp_path, template=TEMPLATE, a=ENGRAM % "a", b=ENGRAM % "b", stories__triage=STORY)
    workspace = load(tmp_path)
    assert _files(workspace) == ["a.yaml", "b.yaml", "stories/triage.yaml", "template.yaml"]
    (story,) = workspace.stories
    engrams = [workspace.engram_of(story, step) for step in story.every_step()]
    assert [engram.file if engram else None for engram in engrams] == ["a.yaml", "b.yaml", None, None, "a.yaml"]
    template = workspace.step_template(story, story.steps[0])
    assert template is not None
    assert template.image == "ghcr.io/acme/fetch:1.0.0"
    assert [step.name for _, step, _ in workspace.uses_of(template)] == ["here", "there", "branch"]


@pytest.mark.parametrize(
    ("story", "engram", "found"),
    [("a", "a", True), ("a", "b", False), ("", "a", True), ("a", "", True), ("", "", True)],
)
def test_namespaces(tmp_path: Path, story: str, engram: str, found: bool) -> None:
    text = STORY.replace("namespace: a}", f"namespace: '{story}'}}")
    _write(tmp_path, e=ENGRAM % f"'{engram}'", s=text)
    workspace = load(tmp_path)
    (only,) = workspace.stories
    assert (workspace.engram_of(only, only.steps[0]) is not None) is found


def test_templates_of_other_repositories(tmp_path: Path) -> None:
    own = tmp_path / "own"
    _write(tmp_path, own__e=ENGRAM % "a", catalog__t=TEMPLATE)
    workspace = load(own, templates=["../catalog/*.yaml"])
    assert _files(workspace) == ["e.yaml"]
    template = workspace.template_of(workspace.engrams[0])
    assert template is not None
    assert (template.own, template.file) == (False, "../catalog/t.yaml")


def test_an_own_template_goes_before_a_provided_one(tmp_path: Path) -> None:
    _write(tmp_path, a_catalog__t=TEMPLATE.replace("1.0.0", "0.9.0"), mine__t=TEMPLATE)
    workspace = load(tmp_path, ["mine"], ["a_catalog"])
    found = workspace.find(EngramTemplate, "fetch")
    assert found is not None
    assert found.version == "1.0.0"


def test_what_discovery_passes_over(tmp_path: Path) -> None:
    _write(
        tmp_path,
        t=TEMPLATE,
        node_modules__x=TEMPLATE,
        vendor__x=TEMPLATE,
        chart__templates__story="{{- if .Values.on }}\n" + STORY.replace("triage", "{{ .Release.Name }}"),
        other__workflow="on: [push]\njobs: {a: {b: [}}\n",
        other__deployment="apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n",
    )
    _write(tmp_path / ".git", x=TEMPLATE)
    workspace = load(tmp_path)
    assert not workspace.problems
    assert _files(workspace) == ["t.yaml"]


def test_patches_of_kustomize_are_no_manifests(tmp_path: Path) -> None:
    patch = "apiVersion: bubustack.io/v1alpha1\nkind: Engram\nmetadata: {name: http}\nspec: {mode: deployment}\n"
    _write(
        tmp_path,
        base__e=ENGRAM % "a",
        over__kustomization="patches: [{path: mode.yaml}]\npatchesStrategicMerge: [sub/more.yaml]\n",
        over__mode=patch,
        over__sub__more=patch,
    )
    assert _files(load(tmp_path)) == ["base/e.yaml"]
    assert _files(load(tmp_path / "base", [".."])) == ["e.yaml"]


def test_a_chart_that_is_named_is_reported(tmp_path: Path) -> None:
    _write(tmp_path, story="{{- if .Values.on }}\n" + STORY)
    assert _problems(load(tmp_path)) == []
    assert _problems(load(tmp_path, ["story.yaml"])) == [("EV102", "story.yaml")]


def test_links_do_not_lead_out(tmp_path: Path) -> None:
    _write(tmp_path, outside__t=TEMPLATE, repo__inside__s=STORY)
    repo = tmp_path / "repo"
    (repo / "linked.yaml").symlink_to(tmp_path / "outside" / "t.yaml")
    (repo / "directory").symlink_to(tmp_path / "outside")
    (repo / "again.yaml").symlink_to(repo / "inside" / "s.yaml")
    (repo / "nowhere.yaml").symlink_to("inside/gone.yaml")
    (repo / "loop.yaml").symlink_to("loop.yaml")
    workspace = load(repo)
    assert _files(workspace) == ["again.yaml", "inside/s.yaml"]
    assert [(one.what, "out of the repository" in one.reason) for one in workspace.passed_over] == [
        ("linked.yaml", True)
    ]
    assert [problem.message for problem in workspace.problems] == [
        "cannot read loop.yaml: it is a link that leads nowhere",
        "cannot read nowhere.yaml: it is a link that leads nowhere",
    ]


def test_globs_files_and_directories(tmp_path: Path) -> None:
    _write(tmp_path, Engram=TEMPLATE, stories__deep__s=STORY, examples__e=ENGRAM % "a")
    assert _files(load(tmp_path, ["Engram.yaml", "stories/**/*.yaml"])) == ["Engram.yaml", "stories/deep/s.yaml"]
    assert _files(load(tmp_path, ["stories"])) == ["stories/deep/s.yaml"]
    assert _files(load(tmp_path, [str(tmp_path / "examples" / "*.yaml")])) == ["examples/e.yaml"]


def test_unreadable_files_cost_no_other(tmp_path: Path) -> None:
    _write(tmp_path, good=TEMPLATE, broken="kind: Story\napiVersion: bubustack.io/v1alpha1\nspec: [\n")
    (tmp_path / "latin.yaml").write_bytes(b"apiVersion: bubustack.io/v1alpha1\nkind: Story # caf\xe9\n")
    names = ["good.yaml", "broken.yaml", "latin.yaml", "missing.yaml", "none/*.yaml"]
    workspace = load(tmp_path, names)
    assert _files(workspace) == ["good.yaml"]
    assert _problems(workspace) == [
        ("EV102", "broken.yaml"),
        ("EV101", "latin.yaml"),
        ("EV101", "missing.yaml"),
        ("EV101", "none/*.yaml"),
    ]
    assert all(problem.rule in rules.UNUSABLE for problem in workspace.problems)
    places = [(problem.location.line, problem.location.column) for problem in workspace.problems]
    assert places == [(3, 7), (2, 18), (1, 1), (1, 1)]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    _write(tmp_path, good=TEMPLATE, closed=STORY)
    (tmp_path / "closed.yaml").chmod(0)
    assert _problems(load(tmp_path)) == [("EV101", "closed.yaml")]


def test_a_huge_manifest_is_refused_before_it_is_read(tmp_path: Path) -> None:
    _write(tmp_path, good=TEMPLATE)
    with (tmp_path / "huge.yaml").open("wb") as stream:
        stream.write(b"apiVersion: bubustack.io/v1alpha1\nkind: Story\n")
        stream.truncate(100 * 1024 * 1024)
    with (tmp_path / "data.json").open("wb") as stream:
        stream.truncate(100 * 1024 * 1024)
    workspace = load(tmp_path)
    assert _files(workspace) == ["good.yaml"]
    assert [problem.message for problem in workspace.problems] == [
        "huge.yaml is 100.0 MiB: manifests over 5.0 MiB are not read"
    ]


def test_the_limit_can_be_set(tmp_path: Path) -> None:
    _write(tmp_path, good=TEMPLATE)
    assert _problems(load(tmp_path, limits=Limits(file_bytes=10))) == []
    assert _problems(load(tmp_path, ["good.yaml"], limits=Limits(file_bytes=10))) == [("EV104", "good.yaml")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_byte_order_marks(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "t.yaml").write_bytes(TEMPLATE.encode(encoding))
    for paths in (["t.yaml"], []):
        workspace = load(tmp_path, paths)
        assert not workspace.problems
        assert str(workspace.templates[0].name_location) == "t.yaml:3:18"


def test_what_is_no_ordinary_file_is_never_opened(tmp_path: Path) -> None:
    _write(tmp_path, good=TEMPLATE)
    os.mkfifo(tmp_path / "pipe.yaml")
    os.mkfifo(tmp_path / "kustomization.yaml")
    (tmp_path / "zero.yml").symlink_to("/dev/zero")
    workspace = load(tmp_path)
    assert _files(workspace) == ["good.yaml"]
    assert [one.what for one in workspace.passed_over] == ["kustomization.yaml", "pipe.yaml", "zero.yml"]
    (problem,) = load(tmp_path, ["pipe.yaml"]).problems
    assert problem.message == "cannot read pipe.yaml: it is no ordinary file"


def test_everything_in_one_order(tmp_path: Path) -> None:
    _write(tmp_path, b=ENGRAM % "a", a=ENGRAM % "b", c=TEMPLATE + "---\n" + STORY)
    first, second = load(tmp_path), load(tmp_path, ["c.yaml", "b.yaml", "a.yaml"])
    assert _files(first) == _files(second) == ["a.yaml", "b.yaml", "c.yaml", "c.yaml"]


def test_items_of_a_list_are_documents(tmp_path: Path) -> None:
    items = "".join(
        "- " + text.replace("\n", "\n  ").rstrip() + "\n" for text in (TEMPLATE, ENGRAM % "a", STORY + "kind: Story\n")
    )
    _write(tmp_path, list=f"apiVersion: v1\nkind: List\nitems:\n{items}")
    workspace = load(tmp_path, ["list.yaml"])
    assert [document.manifest.kind for document in workspace.documents] == ["EngramTemplate", "Engram", "Story"]
    assert str(workspace.templates[0].name_location) == "list.yaml:6:20"
    assert [[one.key for one in document.duplicates] for document in workspace.documents] == [[], [], ["kind"]]


def test_only_lists_of_kubernetes_are_unpacked(tmp_path: Path) -> None:
    item = "- " + TEMPLATE.replace("\n", "\n  ").rstrip()
    _write(tmp_path, list=f"apiVersion: example.org/v1\nkind: List\nitems:\n{item}\n")
    assert not load(tmp_path, ["list.yaml"]).documents


NAMESAKES = [
    (("news", "prod"), ["news/intake", "prod/intake"]),
    (("", "prod"), ["intake", "prod/intake"]),
    (("prod", "prod"), ["intake", "intake"]),
    (("prod",), ["intake"]),
]


@pytest.mark.parametrize(("namespaces", "names"), NAMESAKES)
def test_a_namespace_tells_objects_of_one_name_apart(tmp_path: Path, namespaces: tuple[str], names: list[str]) -> None:
    for number, namespace in enumerate(namespaces):
        metadata = f"{{name: intake, namespace: '{namespace}'}}"
        (tmp_path / f"{number}.yaml").write_text(
            f"apiVersion: bubustack.io/v1alpha1\nkind: Story\nmetadata: {metadata}\nspec: {{steps: []}}\n"
        )
    assert [str(story.subject) for story in load(tmp_path).stories] == [f"story {name}" for name in names]


@pytest.mark.parametrize(
    ("path", "help_"),
    [
        ("greeter", "name a file or a folder; `run --template greeter` runs a template by its name"),
        ("greeter.yaml", ""),
        ("engrams/greeter", ""),
    ],
)
def test_a_name_in_place_of_a_path(tmp_path: Path, path: str, help_: str) -> None:
    (found,) = load(tmp_path, [path]).problems
    assert (found.rule.code, found.suggestion.text if found.suggestion else "") == ("EV101", help_)
