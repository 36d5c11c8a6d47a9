"""Versions of the platform are data in one room: complete, sourced, and named nowhere else."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from validator.platform import releases
from validator.platform.fixes import fix
from validator.platform.releases import DOCUMENTED, current, release, versions
from validator.rules.platforms import GAPS, holds
from validator.stories.engine.profile import Profile
from validator.stories.hub.profile import HubProfile

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "validator"
ROOM = PACKAGE / "platform"
RELEASES = [version for version in versions() if version != DOCUMENTED]
COMPONENTS = "bobrapet|bobravoz-grpc|bobravoz|bubu-sdk-go|gojsonschema|hub|SDK|core"
_NAMED = re.compile(
    rf"\b(?P<component>{COMPONENTS})`?,? (?:up to |before |since |from )?v?(?P<version>\d+\.\d+(?:\.\d+)?)\b"
)
_EXAMPLES = {"validator/sandbox/model.py", "validator/sandbox/gobinary.py"}
"""How a version looks, whichever it is."""


def _named(text: str) -> set[tuple[str, str]]:
    """The versions of components that a text names."""
    return {(found["component"], found["version"]) for found in _NAMED.finditer(re.sub(r"\s*\n\s*#?\s*", " ", text))}


def _literals() -> set[str]:
    """Versions of the platform as code would write them: bare in quotes."""
    return {f'"{version}"' for version in RELEASES}


def _files(suffix: str) -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob(f"*{suffix}")) if ROOM not in path.parents]


def test_code_names_no_version() -> None:
    naming = {
        f"{path.relative_to(ROOT)}: {found}"
        for path in _files(".py")
        if str(path.relative_to(ROOT)) not in _EXAMPLES
        for text in [path.read_text(encoding="utf-8")]
        for found in (_named(text) | {(literal, "") for literal in _literals() if literal in text})
    }
    assert not naming, "versions of the platform stand in validator/platform"


@pytest.mark.parametrize("path", [*_files(".md"), *_files(".json"), *sorted((ROOT / "docs").glob("*.md"))], ids=str)
def test_pages_name_versions_that_are_known(path: Path) -> None:
    known = {component: set[str]() for component in ("hub", "SDK", "bobravoz")}
    for version in RELEASES:
        for component, number in release(version).components.items():
            known.setdefault(component, set()).update({number, number.rpartition(".")[0]})
    known |= {"hub": known["bobravoz-grpc"], "bobravoz": known["bobravoz-grpc"], "SDK": known["bubu-sdk-go"]}

    assert not {(name, number) for name, number in _named(path.read_text("utf-8")) if number not in known[name]}


def test_what_names_a_version_is_found() -> None:
    assert _named("as bobrapet 0.1.13 does") == {("bobrapet", "0.1.13")}
    assert _named("bubu-sdk-go up to\n# v0.1.5") == {("bubu-sdk-go", "0.1.5")}
    assert not _named("the hub takes 5 packets (B5.2)")


@pytest.mark.parametrize("version", RELEASES)
def test_a_release_is_complete(version: str) -> None:
    found = release(version)

    assert found.components["bobrapet"] == version
    assert set(found.gaps) <= {rule.code for rule in GAPS}
    assert set(found.controller) <= {field.name for field in fields(Profile)}
    assert set(found.hub) == {field.name for field in fields(HubProfile)} - {"name"}


def test_every_gap_is_one_of_some_release() -> None:
    assert {code for version in RELEASES for code in release(version).gaps} == {rule.code for rule in GAPS}
    behaviours = {name for version in RELEASES for name in release(version).controller}
    assert behaviours == {field.name for field in fields(Profile)} - {"name"}


def test_every_fact_has_a_source() -> None:
    for path in ROOM.glob("*.toml"):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        sources = [*data.get("gaps", {}).values(), *data.get("controller", {}).values()]
        sources += [setting["source"] for setting in data.get("hub", {}).values()]
        assert all(re.match(r"[a-z-]+\.md, ", source) for source in sources), path
    assert fix("structured-mirror").source


def test_what_was_documented_has_no_gap() -> None:
    documented = release(DOCUMENTED)

    assert not documented.gaps
    assert not documented.controller
    assert not any(holds(rule, DOCUMENTED) for rule in GAPS)
    assert all(holds(rule, current()) for rule in GAPS)


def test_a_new_release_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in ROOM.glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    new = ('like = "0.1.13"', 'closed = ["EV270", "stop_is_local"]', "[components]", 'bobrapet = "0.1.100"')
    (tmp_path / "0.1.100.toml").write_text("\n".join(new), encoding="utf-8")
    monkeypatch.setattr(releases, "_FOLDER", tmp_path)
    for cached in (versions, release):
        cached.cache_clear()
    try:
        assert current() == "0.1.100"
        before, after = release("0.1.13"), release("0.1.100")
        assert set(before.gaps) - set(after.gaps) == {"EV270"}
        assert set(before.controller) - set(after.controller) == {"stop_is_local"}
        assert after.hub == before.hub
        assert after.components == before.components | {"bobrapet": "0.1.100"}
    finally:
        for cached in (versions, release):
            cached.cache_clear()


def test_the_table_of_step_runs_is_that_of_a_known_version() -> None:
    table = json.loads((PACKAGE / "sandbox" / "harness" / "step_run.json").read_text(encoding="utf-8"))
    assert any(table["source"].startswith(f"bobrapet {version},") for version in RELEASES)
