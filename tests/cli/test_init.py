"""`init`: what it writes for each kind of repository, and that it writes over nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.test_workflows import actionlint, check_jsonschema
from validator.cli import main
from validator.sources.reader import read
from validator.sources.text import SourceText
from validator.suite.config import parse

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "init"
GO = "package main\n\nfunc main() {}\n"


def template(name, image="", mode="job"):
    return (
        f"apiVersion: catalog.bubustack.io/v1alpha1\nkind: EngramTemplate\nmetadata: {{name: {name}}}\nspec:\n"
        f"  version: 1.0.0\n  supportedModes: [{mode}]\n"
        + (f"  image: {image}\n" if image else "")
        + "  inputSchema:\n"
        "    type: object\n    required: [text]\n    properties: {text: {type: string}}\n"
        "  outputSchema: {type: object, properties: {text: {type: string}}}\n"
    )


def story(*engrams):
    steps = "".join(f"    - {{name: {name}, ref: {{name: {name}}}, with: {{text: hi}}}}\n" for name in engrams)
    return f"apiVersion: bubustack.io/v1alpha1\nkind: Story\nmetadata: {{name: triage}}\nspec:\n  steps:\n{steps}"


REPOSITORIES = {
    "python": {
        "Engram.yaml": template("greeter", "ghcr.io/acme/greeter:1.0.0"),
        "Dockerfile": "FROM python:3.12-slim\nCOPY greeter.py /\n",
        "greeter.py": "#!/usr/bin/env python3\n",
    },
    "go": {
        "Engram.yaml": template("fetch", mode="job, deployment"),
        "main.go": GO,
        "Dockerfile": "FROM golang AS build\nRUN go mod download && go build -o /fetch .\nFROM scratch\n",
    },
    "go-without-image": {"Engram.yaml": template("fetch"), "cmd/fetch/main.go": GO},
    "streaming": {"Engram.yaml": template("echo", mode="deployment"), "build/Dockerfile": "FROM scratch\nCOPY . /\n"},
    "monorepo": {
        "go.mod": "module example\n",
        "engrams/fetch/Engram.yaml": template("fetch"),
        "engrams/fetch/Dockerfile": "FROM golang AS build\nCOPY go.mod ./\nCOPY engrams/fetch ./fetch\n"
        "FROM scratch\nCOPY --from=build /fetch /fetch\n",
        "engrams/fetch/main.go": GO,
        "engrams/shorten/Engram.yaml": template("shorten"),
        "engrams/shorten/Dockerfile": "FROM scratch\nCOPY . /\n",
        "engrams/off/Engram.yaml": template('"off"', "ghcr.io/acme/off:1"),
        "stories/triage.yaml": story("fetch"),
    },
    "stories": {"stories/triage.yaml": story("openai-chat", "slack")},
    "stories-and-templates": {
        "triage.yaml": story("fetch"),
        "templates/fetch.yaml": template("fetch", "ghcr.io/acme/fetch:1.2.0"),
    },
    "catalogue": {f"catalog/{name}.yaml": template(name, f"ghcr.io/acme/{name}:1") for name in "abcdefg"},
    "subfolder": {
        "../.git/HEAD": "",
        "Engram.yaml": template("greeter"),
        "Dockerfile": "FROM scratch\n",
    },
}


def lay(root, files):
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755 if text.startswith("#!") else 0o644)


def engram_validate(root, command, *arguments):
    return CliRunner().invoke(main, [command, "--root", str(root), *arguments])


@pytest.fixture(params=REPOSITORIES, ids=str)
def repository(request, tmp_path):
    root = tmp_path / "here"
    lay(root, {"README.md": "hello\n", **REPOSITORIES[request.param]})
    return request.param, root


def written(root):
    top = root.parent if (root.parent / ".git").exists() else root
    return sorted(
        [*root.glob("engram-validate.yaml"), *(top / ".github").rglob("*.yml")],
        key=lambda file: file.name == "engram-validate.yaml",
    )


def test_each_kind_of_repository_gets_what_a_careful_person_would_write(repository):
    kind, root = repository
    done = engram_validate(root, "init")
    assert done.exit_code == 0, done.stderr
    told = "".join(f"=== {os.path.relpath(file, root)}\n{file.read_text()}" for file in written(root))
    text = done.stdout + told
    golden = GOLDEN / f"{kind}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_a_check_works_right_after_it(repository):
    _, root = repository
    engram_validate(root, "init")
    config = root / "engram-validate.yaml"
    for document in read(SourceText(config.name, config.read_text())).documents if config.exists() else ():
        assert parse(document.root, root)[1] == ()
    checked = engram_validate(root, "check")
    assert "EV18" not in checked.stdout
    assert checked.exit_code in {0, 1}, checked.stdout + checked.stderr  # a template without an image is an error
    again = engram_validate(root, "init")
    assert again.exit_code == 0
    assert "wrote" not in again.stdout
    assert engram_validate(root, "init", "--diff").stdout == ""


def test_its_comments_become_a_valid_configuration(repository):
    """A commented example is one that works: without the marks, it is what the schema takes."""
    _, root = repository
    engram_validate(root, "init")
    config = root / "engram-validate.yaml"
    if not config.exists():
        return
    kept = []
    for line in config.read_text().splitlines():
        bare = line.lstrip()
        commented = bare.startswith("#") and bare[1:].lstrip().startswith(
            ("cases:", "images:", "templates:", "- ", "process:")
        )
        inside = bare.startswith("#   ")
        kept.append(line.replace("# ", "", 1) if commented or inside else line)
    (document,) = read(SourceText(config.name, "\n".join(kept))).documents
    assert parse(document.root, root)[1] == (), "\n".join(kept)


@pytest.mark.go
@pytest.mark.parametrize("kind", ["monorepo", "stories", "subfolder"])
def test_its_workflow_is_one(tmp_path, kind):
    lay(tmp_path / "here", REPOSITORIES[kind])
    engram_validate(tmp_path / "here", "init")
    (file,) = [file for file in written(tmp_path / "here") if file.suffix == ".yml"]
    for linted in (actionlint(file), check_jsonschema("github-workflows", file)):
        assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.fixture
def greeter(tmp_path):
    lay(tmp_path, REPOSITORIES["python"])
    return tmp_path


def test_nothing_found_says_what_is_missing(tmp_path):
    done = engram_validate(tmp_path, "init")
    assert done.exit_code == 4
    assert "neither an EngramTemplate nor a Story" in done.stderr
    assert "engram-validate init --root FOLDER" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["--dry-run", "--diff"])
def test_a_look_writes_nothing(greeter, option):
    before = sorted(greeter.rglob("*"))
    done = engram_validate(greeter, "init", option)
    assert done.exit_code == 0
    assert "build: ." in done.stdout
    assert sorted(greeter.rglob("*")) == before


def test_a_file_that_is_there_is_kept_unless_forced(greeter):
    (greeter / "engram-validate.yml").write_text("fail-on: note\n")
    kept = engram_validate(greeter, "init")
    assert "kept   engram-validate.yml: it is there already" in kept.stdout
    assert "wrote  .github/workflows/contract.yml" in kept.stdout
    assert (greeter / "engram-validate.yml").read_text() == "fail-on: note\n"
    assert "-fail-on: note" in engram_validate(greeter, "init", "--diff").stdout
    assert "wrote  engram-validate.yml" in engram_validate(greeter, "init", "--force").stdout
    assert "build: ." in (greeter / "engram-validate.yml").read_text()


def test_a_workflow_that_calls_us_is_never_touched(greeter):
    file = greeter / ".github" / "workflows" / "ci.yaml"
    lay(greeter, {".github/workflows/ci.yaml": "jobs: {a: {steps: [{uses: bubu/engram-validate@v1}]}}\n"})
    before = file.read_text()
    done = engram_validate(greeter, "init", "--force")
    assert "kept   .github/workflows/ci.yaml: it calls engram-validate already, so" in done.stdout
    assert [each.name for each in file.parent.iterdir()] == ["ci.yaml"]
    assert file.read_text() == before


def test_what_cannot_be_written_is_told(greeter):
    (greeter / ".github").write_text("a file")
    done = engram_validate(greeter, "init")
    assert done.exit_code == 2
    assert "contract.yml cannot be written" in done.stderr
