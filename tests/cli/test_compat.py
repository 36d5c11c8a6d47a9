"""`engram-validate compat`: pairs, matrices and versions, as a person or a program asks for them."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from validator.cli import main


def template(name: str, version: str = "1.0.0", **schemas: dict[str, Any]) -> str:
    spec = {"version": version, "supportedModes": ["job"], **schemas}
    manifest = {"apiVersion": "catalog.bubustack.io/v1alpha1", "kind": "EngramTemplate"}
    return json.dumps({**manifest, "metadata": {"name": name}, "spec": spec}, indent=2)


def fields(required: tuple[str, ...] = (), **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
CATALOGUE = {
    "fetch": template("fetch", outputSchema=fields(("body",), body=TEXT, status=NUMBER), inputSchema=fields(url=TEXT)),
    "chat": template("chat", inputSchema=fields(("body",), body=TEXT), outputSchema=fields(text=TEXT)),
    "count": template("count", inputSchema=fields(status={"type": "integer", "minimum": 100})),
    "strict": template("strict", inputSchema=fields(("url",), url=TEXT)),
    "empty": template("empty"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in CATALOGUE.items():
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    return tmp_path


def ask(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["compat", *arguments])


@pytest.mark.parametrize(
    ("producer", "consumer", "status", "outcome", "first"),
    [
        ("fetch", "chat", 0, "accepted", "accepted: `chat` accepts everything that `fetch` declares"),
        ("fetch.json", "chat", 0, "accepted", "accepted: `chat` accepts everything that `fetch` declares"),
        ("fetch", "count", 1, "can-fail", "can fail: `count` does not accept everything that `fetch` declares"),
        ("fetch", "strict", 1, "never", "never accepted: `strict` accepts nothing that `fetch` declares"),
        ("empty", "chat", 4, "unknown", "unknown: cannot decide whether `chat` accepts what `empty` declares"),
    ],
)
def test_a_pair(folder: Path, producer: str, consumer: str, status: int, outcome: str, first: str) -> None:
    told = ask(producer, consumer)
    assert told.exit_code == status
    assert told.output.splitlines()[0] == first
    answer = json.loads(ask(producer, consumer, "--format", "json").output)
    assert answer["pair"] == {
        "producer": "fetch" if "fetch" in producer else "empty",
        "consumer": consumer,
        "outcome": outcome,
    }
    assert answer["exit_status"] == status


def test_a_pair_shows_both_lines_and_the_witness(folder: Path) -> None:
    told = ask("fetch", "count").output
    assert '= witness: {"body": "text", "status": 1}' in told
    assert "--> fetch.json:18:9" in told
    assert "::: count.json:17:22" in told
    assert "= help:" in told


def test_strictness_is_a_note(folder: Path) -> None:
    answer = json.loads(ask("fetch", "fetch", "--format", "json").output)
    assert [(one["rule"], one["severity"]) for one in answer["findings"]] == [("EV303", "note")]
    assert answer["exit_status"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name two templates"),
        (("fetch",), "name two templates"),
        (("fetch", "cht"), "did you mean `chat`"),
        (("--matrix", "--baseline", "x"), "two different questions"),
        (("--html", "x"), "--html needs --matrix"),
        (("--baseline", "nowhere.yaml"), "there is no such file"),
        (("--matrix", "--html", "no/such/folder.html"), "cannot be written"),
    ],
)
def test_what_cannot_be_meant(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    told = ask(*arguments)
    assert told.exit_code == 2
    assert said in told.output


def test_a_matrix(folder: Path) -> None:
    told = ask("--matrix", "--html", "matrix.html", "--format", "json")
    assert told.exit_code == 0
    answer = json.loads(told.output)
    assert [one["name"] for one in answer["templates"]] == ["chat", "count", "empty", "fetch", "strict"]
    assert len(answer["cells"]) == 25
    outcomes = {(cell["producer"], cell["consumer"]): cell["outcome"] for cell in answer["cells"]}
    assert outcomes["fetch", "chat"] == "accepted"
    assert outcomes["fetch", "count"] == "can-fail"
    assert outcomes["fetch", "strict"] == "never"
    assert outcomes["empty", "chat"] == "unknown"
    page = (folder / "matrix.html").read_text(encoding="utf-8")
    assert page.count("<td ") == 25


def test_a_page_holds_no_foreign_markup(folder: Path) -> None:
    name = "</script><img src=x onerror=alert(1)>\u202e"
    hostile = template(name, inputSchema=fields((name,), **{name: TEXT}), outputSchema=fields(body=TEXT))
    (folder / "hostile.json").write_text(hostile, encoding="utf-8")
    assert ask("--matrix", "--html", "matrix.html").exit_code == 0
    page = (folder / "matrix.html").read_text(encoding="utf-8")
    assert "<img" not in page
    assert "\u202e" not in page
    assert page.count("</script>") == 2
    assert not re.search(r"(src|href)=", re.sub(r"&lt;.*?&gt;", "", page.split("<main>")[1].split("<script")[0]))


def test_a_matrix_on_a_terminal(folder: Path) -> None:
    told = ask("--matrix").output
    assert "4 fetch  ✓ ! ? ✓ ✕" in told


def test_a_matrix_agrees_with_its_pairs(folder: Path) -> None:
    cells = json.loads(ask("--matrix", "--format", "json").output)["cells"]
    for cell in cells:
        pair = json.loads(ask(cell["producer"], cell["consumer"], "--format", "json").output)["pair"]
        assert pair["outcome"] == cell["outcome"]


STORY = """
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: fetch}
spec: {templateRef: {name: fetch}}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: chat}
spec: {templateRef: {name: chat}}
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: triage}
spec:
  steps:
  - name: fetch
    ref: {name: fetch}
    with: {url: "https://example.org"}
  - name: chat
    ref: {name: chat}
    needs: [fetch]
    with: {body: "{{ steps.fetch.output.body }}"}
"""


@pytest.fixture
def repository(folder: Path) -> Path:
    """A git repository whose HEAD is released."""
    (folder / "story.yaml").write_text(STORY, encoding="utf-8")
    for arguments in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "released"],
        ["tag", "v1"],
    ):
        subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("baseline", ["v1:", "v1:fetch.json", "v1:."])
def test_an_unchanged_template_can_be_promoted(repository: Path, baseline: str) -> None:
    told = ask("--baseline", baseline)
    assert told.exit_code == 0
    assert "`fetch` 1.0.0 -> 1.0.0: can be promoted; one story here uses it" in told.output


def test_a_version_that_breaks_a_story(repository: Path) -> None:
    changed = template("fetch", "1.1.0", outputSchema=fields(("body",), body=NUMBER), inputSchema=fields(url=TEXT))
    (repository / "fetch.json").write_text(changed, encoding="utf-8")
    told = ask("--baseline", "v1:fetch.json")
    assert told.exit_code == 1
    assert told.output.startswith("`fetch` 1.0.0 -> 1.1.0: must not be promoted: it breaks story `triage`\n")
    answer = json.loads(ask("--baseline", "v1:fetch.json", "--format", "json").output)
    assert {one["rule"] for one in answer["findings"]} == {"EV302", "EV312", "EV313"}
    assert answer["promotion"] == [
        {
            "template": "fetch",
            "released": "1.0.0",
            "new": "1.1.0",
            "promotable": False,
            "stories": ["triage"],
            "broken": ["triage"],
        }
    ]
    assert "--> fetch.json:" in told.output
    assert "::: v1:fetch.json:" in told.output


def test_a_breaking_version_says_so_in_its_number(repository: Path) -> None:
    changed = template("fetch", "2.0.0", outputSchema=fields(("body",), body=TEXT), inputSchema=fields(url=TEXT))
    (repository / "fetch.json").write_text(changed, encoding="utf-8")
    told = ask("--baseline", "v1:fetch.json")
    assert told.exit_code == 0
    assert "warning[EV313 removed-output]" in told.output
    assert "can be promoted" in told.output


@pytest.mark.parametrize("baseline", ["released", "released/fetch.json"])
@pytest.mark.parametrize("paths", [[], ["fetch.json"]])
def test_a_baseline_on_disk(folder: Path, baseline: str, paths: list[str]) -> None:
    (folder / "released").mkdir()
    (folder / "released" / "fetch.json").write_text(CATALOGUE["fetch"], encoding="utf-8")
    changed = template(
        "fetch", "1.0.1", inputSchema=fields(("url",), url=TEXT), outputSchema=fields(("body",), body=TEXT)
    )
    (folder / "fetch.json").write_text(changed, encoding="utf-8")
    told = ask("--baseline", baseline, *paths)
    assert told.exit_code == 1
    assert "error[EV311 narrowed-input]: the new `fetch` refuses a document without `url`" in told.output
    assert told.output.count("must not be promoted") == 1


def test_nothing_to_compare(folder: Path) -> None:
    (folder / "released").mkdir()
    (folder / "released" / "other.json").write_text(template("other"), encoding="utf-8")
    assert ask("--baseline", "released", "fetch.json").exit_code == 4
    assert ask("--matrix", "released/none*").exit_code == 2


@pytest.mark.parametrize(
    ("baseline", "said"),
    [
        ("v9:fetch.json", "git does not know the revision `v9`; look for a slip, or fetch it first with `git fetch`"),
        ("v9:", "git does not know the revision `v9`"),
        ("v1:none.json", "there is no file none.json in the revision `v1`"),
        ("v1:new.json", "there is no file new.json in the revision `v1`"),
    ],
)
def test_a_baseline_that_git_does_not_have_is_wrong_usage(repository: Path, baseline: str, said: str) -> None:
    (repository / "new.json").write_text("{}", encoding="utf-8")
    told = ask("--baseline", baseline)
    assert told.exit_code == 2
    assert f"Error: --baseline {baseline}: {said}" in told.output


@pytest.mark.parametrize("baseline", ["v1:", "v1:fetch.json"])
def test_a_revision_outside_a_repository_is_wrong_usage(folder: Path, baseline: str) -> None:
    told = ask("--baseline", baseline)
    assert told.exit_code == 2
    assert (
        f"Error: --baseline {baseline}: this is no git repository, so there is no revision `v1`; name a" in told.output
    )


@pytest.mark.slow
def test_a_matrix_is_the_same_when_it_is_shared_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from validator.checks.pairwise import matrix
    from validator.sources.workspace import load

    templates = load(folder).templates
    alone = matrix.document(matrix.matrix(templates, workers=1))
    monkeypatch.setattr(matrix, "SHARE", 1)
    assert matrix.document(matrix.matrix(templates, workers=2)) == alone


@pytest.mark.parametrize(
    ("arguments", "labels"),
    [
        (("catalog",), ["chat", "tagger@1.9.0", "tagger@1.10.0"]),
        (("catalog/a.yaml", "catalog/b.yaml"), ["chat", "tagger"]),
    ],
)
def test_a_matrix_names_versions(
    arguments: tuple[str, ...], labels: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "catalog").mkdir()
    files = {"a": template("chat"), "b": template("tagger", "1.10.0"), "c": template("tagger", "1.9.0")}
    for name, text in files.items():
        (tmp_path / "catalog" / f"{name}.yaml").write_text(text)
    shown = CliRunner().invoke(main, ["compat", "--matrix", *arguments])
    found = CliRunner().invoke(main, ["compat", "--matrix", "--format", "json", *arguments])
    document = json.loads(found.stdout)
    assert [one["label"] for one in document["templates"]] == labels
    assert {cell["producer"] for cell in document["cells"]} == set(labels)
    assert all(label in shown.stdout for label in labels)


def test_versions_are_compared_by_name_and_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for version, schema in (("1.0.0", fields(a=TEXT)), ("2.0.0", fields(a=NUMBER))):
        text = template("tagger", version, inputSchema=schema, outputSchema=schema)
        (tmp_path / f"{version}.yaml").write_text(text)
    found = CliRunner().invoke(main, ["compat", "tagger@1.0.0", "tagger@2.0.0"])
    assert found.exit_code == 1
    assert "`tagger@2.0.0`" in found.output.splitlines()[0]
    missing = CliRunner().invoke(main, ["compat", "tagger@1.0.0", "tagger@3.0.0"])
    assert missing.exit_code == 2
    assert "tagger@2.0.0" in missing.output


def test_other_released_versions_are_not_what_is_promoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "released").mkdir()
    for version in ("0.9.0", "1.0.0"):
        (tmp_path / "released" / f"{version}.yaml").write_text(template("tagger", version))
    (tmp_path / "Engram.yaml").write_text(template("tagger", "1.1.0"))
    found = CliRunner().invoke(main, ["compat", "--baseline", "released"])
    assert found.exit_code == 0
    assert found.output.count("can be promoted") == 1
    named = CliRunner().invoke(main, ["compat", "--baseline", "released", "released/1.0.0.yaml"])
    assert "0.9.0 -> 1.0.0" in named.output
