"""A configuration of a pull request names files of the machine and variables of the workflow: it gets neither."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from validator.engine.engine import run
from validator.engine.options import Options, UsageError
from validator.sources.reader import read
from validator.sources.text import SourceText
from validator.suite.config import parse
from validator.suite.environment import Allowance

ENVIRON = {"ACTIONS_RUNTIME_TOKEN": "made-up-1", "API_KEY": "made-up-2", "DEPOT_PIN": "made-up-3"}


def parsed(config, repository, allowance=None):
    text = json.dumps(config, indent=1)
    return parse(read(SourceText("engram-validate.json", text)).documents[0].root, repository, allowance, repository)


@pytest.fixture
def repository(tmp_path):
    inside = tmp_path / "repository"
    (inside / ".git").mkdir(parents=True)
    (inside / ".git" / "config").write_text("token")
    (inside / "kept").mkdir()
    (inside / "kept" / "answer.json").write_text("{}")
    (inside / "Dockerfile").write_text("FROM scratch")
    (tmp_path / "marker").write_text("hidden-marker")
    (inside / "link").symlink_to("../marker")
    (inside / "folder").symlink_to("..")
    (inside / "inner").symlink_to("kept/answer.json")
    return inside


def served(name):
    service = {"depot": {"http": [{"response": {"file": name}}]}}
    return {"cases": {"probe": [{"name": "one", "services": service}]}}


def sent(kind):
    return lambda name: {"cases": {"probe": [{"name": "one", "send": [{kind: {"file": name}}]}]}}


def image(key):
    return lambda name: {"images": {"probe": {key: name}}}


PLACES = {
    "a recorded answer": served,
    "bytes of a packet": sent("binary"),
    "audio of a packet": sent("audio"),
    "bytes in a session": lambda name: {
        "cases": {"probe": [{"name": "one", "sessions": [[{"binary": {"file": name}}]]}]}
    },
    "an archive": image("load"),
    "a template": image("template"),
    "a build context": image("build"),
    "a context with more": lambda name: {"images": {"probe": {"build": {"context": name}}}},
    "a Dockerfile": lambda name: {"images": {"probe": {"build": {"context": ".", "dockerfile": name}}}},
    "manifests": lambda name: {"manifests": [name]},
    "templates": lambda name: {"templates": [name]},
    "a baseline": lambda name: {"baseline": name},
}
OUTSIDE = (
    "../marker",
    "link",
    "folder/marker",
    "/proc/self/environ",
    "kept/../../marker",
    ".git/config",
    "/etc/hostname",
)


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("place", PLACES)
def test_a_path_that_leads_out_is_refused_where_it_stands(place, path, repository):
    config, findings = parsed(PLACES[place](path), repository)

    told = [finding for finding in findings if path in finding.message]
    assert [finding.rule.code for finding in told] == ["EV181"]
    assert told[0].location.line > 1
    assert (config.images, [*config.cases.get("probe", ())]) == ((), [])
    assert (config.manifests, config.templates, config.baseline) == ((), (), "")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("path", ["kept/answer.json", "inner", "./kept/../inner"])
def test_a_path_inside_is_fine(place, path, repository):
    assert [finding for finding in parsed(PLACES[place](path), repository)[1] if path in finding.message] == []


@pytest.mark.parametrize("pattern", ["../*", "folder/mark*", "lin*", "**/link", "/proc/self/env*", ".git/*"])
def test_a_pattern_that_matches_outside_is_refused(pattern, repository):
    assert [finding.rule.code for finding in parsed({"manifests": [pattern]}, repository)[1]] == ["EV181"]


def test_a_folder_of_a_repository_may_name_its_neighbours(repository):
    (repository / "ci").mkdir()
    assert parsed(served("../kept/answer.json"), repository / "ci")[1] == ()


@pytest.mark.parametrize(
    ("program", "fine"), [("/usr/bin/python3", True), ("./main.py", True), ("/proc/self/exe", False)]
)
def test_a_program_may_be_one_of_the_machine(program, fine, repository):
    assert (parsed({"images": {"probe": {"process": [program]}}}, repository)[1] == ()) == fine


def test_a_configuration_that_is_a_link_is_not_followed_out(repository, tmp_path):
    (tmp_path / "other.yaml").write_text("hidden-marker: 1")
    (repository / "engram-validate.yaml").symlink_to("../other.yaml")
    with pytest.raises(UsageError, match="link"):
        run(Options(root=Path(repository)))


def secret(name):
    return {"cases": {"probe": [{"name": "one", "secrets": {"depot": {"key": f"${{{{ env.{name} }}}}"}}}]}}


@pytest.mark.parametrize(
    ("name", "allowed", "value"),
    [
        ("ACTIONS_RUNTIME_TOKEN", None, None),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", None, None),
        ("INPUT_TOKEN", None, None),
        ("GITHUB_TOKEN", None, None),
        ("ACTIONS_RUNTIME_TOKEN", ["DEPOT_PIN"], None),
        ("API_KEY", None, None),
        ("API_KEY", ["DEPOT_PIN"], None),
        ("API_KEY", ["API_KEY"], "made-up-2"),
        ("DEPOT_PIN", None, "made-up-3"),
        ("DEPOT_PIN", ["API_KEY"], None),
        ("DEPOT_PIN", "", None),
        ("DEPOT_PIN", "API_KEY, DEPOT_PIN", "made-up-3"),
        ("NOT_SET", ["API_KEY"], ""),
    ],
)
def test_a_variable_is_had_when_the_caller_allows_it(name, allowed, value, repository):
    """`allowed`: names of options, a text for the variable, or None for neither."""
    environ = ENVIRON | ({"ENGRAM_VALIDATE_ALLOW_ENV": allowed} if isinstance(allowed, str) else {})
    options = allowed if isinstance(allowed, list) else ()
    config, findings = parsed(secret(name), repository, Allowance.of(environ, options))

    if value is None:
        assert [(finding.rule.code, name in finding.message) for finding in findings] == [("EV181", True)]
        assert [*config.cases["probe"]] == []
    else:
        assert findings == ()
        assert config.cases["probe"][0].secrets == {"depot": {"key": value}}


@pytest.mark.parametrize("name", ["ACTIONS_RUNTIME_TOKEN", "github_token", "INPUT_TOKEN", "RUNNER_TEMP"])
def test_nobody_can_allow_a_variable_of_the_workflow(name):
    with pytest.raises(ValueError, match=name):
        Allowance.of(ENVIRON, [name])


def test_what_is_not_allowed_is_not_kept():
    kept = Allowance.of(ENVIRON, ["DEPOT_PIN"])
    assert "made-up-1" not in kept.variables.values()
    assert "made-up-2" not in kept.variables.values()


@pytest.mark.parametrize("name", ["a/" * 3000 + "b", "a" * 256, "é" * 128, "a\0b", "\ud800"], ids=ascii)
@pytest.mark.parametrize("place", PLACES)
def test_a_text_that_can_be_no_path_is_told(place, name, repository):
    config, findings = parsed(PLACES[place](name), repository)

    told = [finding for finding in findings if "is no path" in finding.message]
    assert {finding.rule.code for finding in told} == {"EV181"}
    assert all(len(finding.message) < 400 for finding in told)
    assert (config.images, [*config.cases.get("probe", ())]) == ((), [])


@pytest.mark.parametrize(
    "pattern", ["**/" * 2000 + "*", "*a" * 2000, "[!a]" * 1000, "**/" * 5 + "x", "*\ud800"], ids=ascii
)
def test_a_pattern_that_costs_too_much_is_told(pattern, repository):
    assert {finding.rule.code for finding in parsed({"manifests": [pattern]}, repository)[1]} == {"EV181"}


@pytest.mark.parametrize("name", [".GIT/config", ".Git/config", "kept/.gIT/config"])
def test_a_folder_of_git_is_one_however_it_is_written(name, repository):
    (repository / name).parent.mkdir(parents=True)  # here another folder, elsewhere the same
    (repository / name).write_text("token")
    assert [finding.rule.code for finding in parsed(served(name), repository)[1]] == ["EV181"]
