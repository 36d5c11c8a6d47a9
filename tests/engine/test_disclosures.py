"""Every source, every place and every disguise of a leak, on real engrams that disclose what they are asked to.

Source: contract `runtime.md` section 5, "ways an engram leaks".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.depth import NIGHTLY
from validator.engine import facts
from validator.engine.engine import run
from validator.engine.options import Options
from validator.suite.results import Report

ENGRAMS = Path(__file__).parent.parent / "fixtures" / "engrams"
BATCH, STREAMING = "discloses", "stream-discloses"
TOKEN = "Kx9-Prod/Key_<4711>"
GIVEN = {"config": {"language": "Klingon-dialect"}, "secrets": {"service": {"TOKEN": TOKEN}}}

DISGUISES = {
    "plain": "",
    "base64": " (base64)",
    "base64 unpadded": " (base64)",
    "base64 for URLs": " (base64)",
    "base64, 1 further": " (base64)",
    "base64, 2 further": " (base64)",
    "hex": " (hex)",
    "hex in capitals": " (hex)",
    "URL": " (URL-encoded)",
    "JSON": " (JSON-escaped)",
    "HTML": " (HTML-escaped)",
    "capitals": " (in other letter case)",
    "small letters": " (in other letter case)",
    "swapped case": " (in other letter case)",
    "reversed": " (reversed)",
    "split": " (split over 2 fields)",
    "split and turned": " (split over 2 fields)",
}
"""How a finding names each way of writing a secret."""

BATCH_PLACES = {"output": "EV503", "signal": "EV503", "effect": "EV503", "log": "EV504", "error": "EV505"}
STREAM_PLACES = {**BATCH_PLACES, "inputs": "EV503", "metadata": "EV503"}

SOURCES = {
    "config": dict.fromkeys(STREAM_PLACES, "EV502") | {"log": "", "error": ""},
    "environment": dict.fromkeys(STREAM_PLACES, "EV508"),
    "inputs": dict.fromkeys(("output", "signal"), ""),
    "payload": dict.fromkeys(("output", "inputs", "metadata", "signal"), "EV506") | {"log": ""},
    "metadata": dict.fromkeys(("output", "inputs", "metadata", "effect"), "EV506") | {"error": ""},
}
"""What it is called when something else than a secret gets to a place; nothing when that is no leak."""
ROWS = [
    (engram, what, where, rule)
    for what, places in SOURCES.items()
    for where, rule in places.items()
    for engram in (BATCH, STREAMING)
    if engram == STREAMING or (where in BATCH_PLACES and what not in {"payload", "metadata"})
]
IN_A_CONTAINER = [row for row in ROWS if row[2] in {"output", "log"} and row[3] and (NIGHTLY or row[0] == BATCH)]
"""Who ran it makes no difference to what is found: one row of each rule."""


def case(engram: str, name: str, **wish: str) -> dict[str, Any]:
    asked = {"send": [{"payload": wish, "inputs": {"text": "hi there"}}]}
    if engram == BATCH:
        asked = {"inputs": {"text": "hi there", **wish}}
    expected = {"expect": {"error": True}} if engram == BATCH and wish["where"] == "error" else {}
    return {"name": name, **asked, **GIVEN, **expected}


@pytest.fixture(scope="module")
def told(
    request: pytest.FixtureRequest, fixture_binaries: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Report]:
    """Runs copies of the two engrams, each with its cases, in a sandbox."""

    def run_all(kind: str, engrams: dict[str, tuple[str, list[dict[str, Any]]]]) -> Report:
        root = tmp_path_factory.mktemp("disclosures")
        images = {}
        for name, (engram, _) in engrams.items():
            text = (ENGRAMS / engram / "Engram.yaml").read_text().replace(f"  name: {engram}", f"  name: {name}")
            (root / f"{name}.yaml").write_text(text)
            images[name] = {"process": str(fixture_binaries / engram)}
            if kind == "docker":
                images[name]["image"] = request.getfixturevalue("fixture_images")(engram)
        config = {"images": images, "cases": {name: cases for name, (_, cases) in engrams.items()}}
        (root / "engram-validate.yaml").write_text(yaml.safe_dump(config))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(facts, "once", tuple)  # each case is looked at by itself here
            return run(Options(root=root, sandbox=kind, checks=("isolation",)))

    return run_all


def found(report: Report, name: str, case: str = "") -> list[tuple[str, str]]:
    """Rules and messages about a template, or about one of its cases."""
    return [
        (finding.rule.code, finding.message)
        for finding in report.findings
        if finding.subject.name == name and finding.subject.case.startswith(case) and finding.rule.code != "EV509"
    ]


def secrets(rows: Iterable[tuple[str, str, str]]) -> dict[str, tuple[str, list[dict[str, Any]]]]:
    made: dict[str, tuple[str, list[dict[str, Any]]]] = {BATCH: (BATCH, []), STREAMING: (STREAMING, [])}
    for engram, where, how in rows:
        made[engram][1].append(case(engram, f"{where}, {how}.", what="secret", where=where, how=how))
    return made


PLACES = [(BATCH, where, "plain") for where in BATCH_PLACES] + [(STREAMING, where, "plain") for where in STREAM_PLACES]
CONTAINED = [row for row in PLACES if NIGHTLY or row[:2] in {(BATCH, "log"), (STREAMING, "signal")}]
WAYS = [(engram, "output", how) for how in DISGUISES if how != "plain" for engram in (BATCH, STREAMING)]


@pytest.fixture(scope="module")
def of_secrets(told: Callable[..., Report]) -> Callable[[str], Report]:
    made: dict[str, Report] = {}

    def report(kind: str) -> Report:
        if kind not in made:
            made[kind] = told(kind, secrets(CONTAINED if kind == "docker" else [*PLACES, *WAYS]))
        return made[kind]

    return report


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "engram", "where", "how"), [
    *(("docker", *row) for row in CONTAINED), *(("process", *row) for row in (*PLACES, *WAYS)),
])  # fmt: skip
def test_a_secret_is_found_wherever_and_however_it_is_told(
    of_secrets: Callable[[str], Report], kind: str, engram: str, where: str, how: str
) -> None:
    (finding,) = found(of_secrets(kind), engram, f"{where}, {how}.")
    assert finding[0] == STREAM_PLACES[where]
    assert finding[1].endswith(f"contains the secret `service.TOKEN`{DISGUISES[how]}")


@pytest.fixture(scope="module")
def of_others(told: Callable[..., Report]) -> Callable[[str], Report]:
    made: dict[str, Report] = {}

    def report(kind: str) -> Report:
        if kind not in made:
            rows = ROWS if kind == "process" else IN_A_CONTAINER
            engrams = {
                f"{engram}-{what}-{where}": (engram, [case(engram, "tells", what=what, where=where, how="plain")])
                for engram, what, where, _ in rows
            }
            made[kind] = told(kind, engrams)
        return made[kind]

    return report


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("kind", "engram", "what", "where", "rule"), [
    *(("docker", *row) for row in IN_A_CONTAINER), *(("process", *row) for row in ROWS),
])  # fmt: skip
def test_a_source_has_its_rule_at_every_place(
    of_others: Callable[[str], Report], kind: str, engram: str, what: str, where: str, rule: str
) -> None:
    assert [code for code, _ in found(of_others(kind), f"{engram}-{what}-{where}")] == ([rule] if rule else [])


POLICIES: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["note"]),
    ({"rules": {"EV506": "error"}}, ["error"]),
    ({"rules": {"upstream-copied": "off"}}, []),
    ({"isolation": {"allow": ["metadata.told"]}}, []),
    ({"isolation": {"allow": ["metadata.other", ".told"]}, "rules": {"EV502": "error"}}, ["note"]),
]


@pytest.mark.parametrize(("policy", "severities"), POLICIES)
def test_copied_metadata_is_a_note_unless_the_policy_says_otherwise(
    fixture_binaries: Path, tmp_path: Path, policy: dict[str, Any], severities: list[str]
) -> None:
    (tmp_path / "Engram.yaml").write_text((ENGRAMS / STREAMING / "Engram.yaml").read_text())
    tells = case(STREAMING, "tells", what="metadata", where="metadata", how="plain")
    config = {"images": {STREAMING: {"process": str(fixture_binaries / STREAMING)}}, "cases": {STREAMING: [tells]}}
    (tmp_path / "engram-validate.yaml").write_text(yaml.safe_dump(config | policy))
    report = run(Options(root=tmp_path, sandbox="process", checks=("isolation",)))
    assert [finding.severity.value for finding in report.findings if finding.rule.code != "EV509"] == severities
