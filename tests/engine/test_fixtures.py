"""The main job on real engrams: each broken fixture gives its own findings and no others, each good one none.

One run a sandbox over all fixtures; the table is the contract of issue-level promises (runtime.md 1, docker.md).
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from tests.depth import few
from validator.engine.engine import run
from validator.engine.options import Options
from validator.suite.results import Outcome, Status

ENGRAMS = Path(__file__).parent.parent / "fixtures" / "engrams"

EXPECTED = {
    "conforming": [],
    "picky": [],
    "planted": [],
    "caller": [],
    "hoards": ["EV513"],
    "slow": [],
    "wrongtype": ["EV401 .words"],
    "missing": ["EV401 ."],
    "undeclared": ["EV401 .debug"],
    "undecodable": ["EV427"],
    "triggers": [],
    "reduces": [],
    "carries": ["EV429"],
    "scalar": ["EV402"],
    "nulls": ["EV404"],
    "extra": ["EV501 .debug"],
    "leaky": ["EV502 .config"],
    "sparse": ["EV509"],
    "tells": ["EV503 .signature"],
    "encodes": ["EV503 .auth"],
    "splits": ["EV503 .parts"],
    "logs": ["EV504 ."],
    "blurts": ["EV505 ."],
    "signals": ["EV503 .signals.progress.sample.key"],
    "effects": ["EV503 [0].details.key"],
    "parrots": ["EV507 .received.language"],
    "environ": ["EV508 .environment"],
    "derives": [],
    "passes": [],
    "sees": ["EV511"],
    "dials": ["EV511"],
    "innocent": [],
    "stream-innocent": [],
    "discloses": ["EV503 .told[0]"],
    "stream-discloses": ["EV503 .told"],
    "stream-leaks-metadata": ["EV506 ."],
    "stream-leaks-packet": ["EV506 ."],
    "stream-leaks-secret": ["EV503 .text"],
    "stream-leaks-signal": ["EV503 .signals.progress.sample.text"],
    "stream-leaks-config": ["EV502 .text"],
    "stream-triggers": [],
    "stream-typed": [],
    "stream-echoes-inputs": [],
    "dies": ["EV410"],
    "silent": ["EV411"],
    "panics": ["EV412"],
    "hangs": ["EV413"],
    "hungry": ["EV414"],
    "floods": ["EV415"],
    "forks": ["EV422"],
    "fills": ["EV423"],
    "scribbles": [],
    "mute": [],
    "wrongarch": ["EV416"],
    "big": ["EV418"],
    "streamonly": ["EV419"],
    "raw": ["EV425"],
    "excessive": ["EV426"],
}
IMAGES_ONLY = {"foreignplatform": ["EV416"], "noentrypoint": ["EV417"], "badentrypoint": ["EV417"]}
"""Faults that only an image can have; as a process there is nothing to run."""
NO_PROGRAM = {name: ["EV914"] for name in IMAGES_ONLY}

OWN_TESTS = {"revised", "stream-planted"}
"""Fixtures of exploration and promotion, which have a fault only when they are told to."""

IN_DOCKER = few(
    EXPECTED,
    *("conforming", "wrongtype", "tells", "logs", "environ", "dials", "stream-leaks-secret", "carries", "raw", "big"),
    *("dies", "silent", "panics", "hungry", "floods", "forks", "fills", "scribbles", "wrongarch", "streamonly"),
)
"""By day those that end in another way, or that the sandbox has a hand in."""
FOUND = [
    *(("docker", name, EXPECTED[name]) for name in IN_DOCKER),
    *(("docker", name, codes) for name, codes in IMAGES_ONLY.items()),
    *(("process", name, codes) for name, codes in {**EXPECTED, **NO_PROGRAM}.items()),
]


@pytest.fixture(scope="module")
def reports(request, fixture_binaries):
    """The report of one run over all fixtures, by sandbox; made when it is first asked for."""
    made = {}

    def report(kind):
        if kind not in made:
            if kind == "docker":
                request.getfixturevalue("fixture_images")
            made[kind] = run(
                Options(
                    root=ENGRAMS,
                    sandbox=kind,
                    checks=("conformance", "isolation"),
                    wanted=tuple(name for where, name, _ in FOUND if where == kind),
                )
            )
        return made[kind]

    return report


def told(report):
    """Codes by fixture, with the path in the output where a finding has one."""
    found = defaultdict(set)
    for finding in report.findings:
        path = str(finding.evidence.get("instance path") or finding.evidence.get("path") or "").replace("`", "")
        found[finding.subject.name].add(f"{finding.rule.code} {path}".strip())
    return found


@pytest.mark.slow
@pytest.mark.timeout(900)  # the first one runs them all
@pytest.mark.parametrize(("kind", "name", "codes"), FOUND, ids=lambda value: value if isinstance(value, str) else "")
def test_a_fixture_gives_its_findings_and_no_others(reports, kind, name, codes):
    assert sorted(told(reports(kind))[name]) == codes


def test_every_fixture_is_in_the_table():
    configured = yaml.safe_load((ENGRAMS / "engram-validate.yaml").read_text(encoding="utf-8"))["images"]
    assert configured.keys() - OWN_TESTS == EXPECTED.keys() | IMAGES_ONLY.keys()


def words(report, names):
    """What a report says of these fixtures, apart from their own outputs and logs, which have times in them."""
    said = [
        (finding.subject, finding.rule.code, finding.severity, finding.message, finding.location, finding.cases)
        for finding in report.findings
    ]
    rows = [(case.subject, case.check, case.outcome, case.message) for case in report.cases]
    return sorted(repr(each) for each in (*said, *rows) if each[0].name in names)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_both_sandboxes_say_the_same_word_for_word(reports):
    assert words(reports("docker"), IN_DOCKER) == words(reports("process"), IN_DOCKER)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["docker", "process"])
def test_the_report_names_what_was_tested(reports, kind):
    report = reports(kind)
    assert report.sandbox.startswith(kind)
    assert report.status is Status.FINDINGS
    (image,) = [image for image in report.images if image.template == "conforming"]
    assert (image.sandbox, image.source) == (kind, "images: `conforming`")
    assert image.digest.startswith("sha256:")
    assert image.properties["bubu-sdk-go"] == "v0.1.5"
    outcomes = {(case.subject.name, case.check): case.outcome for case in report.cases}
    assert outcomes["conforming", "conformance"] is Outcome.PASSED
    assert outcomes["wrongtype", "conformance"] is Outcome.FAILED
