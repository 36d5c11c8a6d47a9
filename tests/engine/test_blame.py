"""Every row of the table of what of ours can bite: it is made to bite a real engram, and nobody is blamed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from validator.checks.stand_in import TABLE
from validator.engine.engine import run
from validator.engine.options import Options
from validator.findings import Severity
from validator.suite.results import Outcome, Report, Status

PROGRAM = Path(__file__).with_name("bitten_engram.py")
TEMPLATE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: bitten}
spec:
  version: 1.0.0
  image: acme/bitten
  supportedModes: [job]
  inputSchema: {type: object, required: [do], properties: {do: {type: string}, url: {type: string}}}
  outputSchema: {type: object, required: [done], properties: {done: {type: string}}}
"""
SERVED = {
    "inputs": {"url": "${{ services.api.url }}"},
    "services": {"api": {"http": [{"response": {"fail": "timeout"}}]}},
}
BITES = [
    ("other stories", "starts a story", {}, "runs no other stories"),
    ("types of patches", "sends a JSON patch", {}, "takes merge patches only"),
    ("the SDK's look at schemas", "says what the SDK says", {}, "could not read the schemas"),
    ("limits of the API", "creates objects without end", {}, "holds no more than 1024 objects"),
    ("limits of the API", "creates large objects", {}, "bytes of objects"),
    ("limits of the API", "sends a body in chunks", {}, "takes no body in chunks"),
    ("connections to stub services", "opens connections", SERVED, "connections to its stub services"),
    ("other APIs", "asks for jobs", {}, "does not serve `GET /apis/batch/v1"),
    ("the network", "looks a name up", {}, "`api.example.com`; give the case a stub service"),
    ("kinds of sockets", "lists interfaces", {}, "AF_NETLINK"),
    ("invented values", "", {}, "the engram refused the generated input: I do not know how to example"),
]
"""What bites, what the engram is asked to do (samples are made up where that is nothing), and more of the case."""


def test_the_table_has_no_row_without_a_test() -> None:
    assert {row.name for row in TABLE} == {name for name, *_ in BITES}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Report]:
    """A run of all that is asked for in cases, and one of samples."""
    asked = [
        {"name": does, **more, "inputs": {"do": does, **more.get("inputs", {})}, "timeout": "60s"}
        for _, does, more, _ in BITES
        if does
    ]
    made = {}
    for cases in (asked, []):
        root = tmp_path_factory.mktemp("bitten")
        (root / "Engram.yaml").write_text(TEMPLATE, encoding="utf-8")
        config = {"images": {"bitten": {"process": str(PROGRAM)}}, "cases": {"bitten": cases}}
        (root / "engram-validate.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        made[bool(cases)] = run(Options(root=root, sandbox="process", checks=("conformance",)))
    return made


@pytest.mark.slow
@pytest.mark.parametrize(("row", "does", "more", "reason"), BITES, ids=[f"{name}: {does}" for name, does, *_ in BITES])
def test_what_is_ours_blames_nobody(reports: dict[bool, Report], row: str, does: str, more: dict, reason: str) -> None:
    report = reports[bool(does)]
    assert [finding.rule.code for finding in report.findings if finding.severity is not Severity.NOTE] == []
    results = [each for each in report.cases if each.check == "conformance" and does in ("", each.subject.case)]
    assert results
    for result in results:
        assert result.outcome is Outcome.NOT_CHECKED, result.message
        assert reason in result.message
    assert report.status is Status.NOTHING


STREAMING = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: bitten}
spec:
  version: 1.0.0
  image: acme/bitten
  supportedModes: [deployment]
  secretSchema: {service: {expectedKeys: [TOKEN]}}
  configSchema: {type: object, required: [secretKey], properties: {secretKey: {type: string}}}
  inputSchema: {type: object, required: [story], properties: {story: {type: string}}}
  outputSchema: {type: object, properties: {run: {type: string}, story: {type: string}}}
"""
REFUSED = 'the engram refused the generated config and secrets: {} no secret has the key "example"; write a case'
SECRET = {"service": {"TOKEN": "a-key-that-works"}}


@pytest.mark.parametrize(
    ("fixture", "reason"),
    [
        ("stream-triggers", "the sandbox runs no other stories, and the engram starts one; test it in a cluster"),
        (
            "stream-refers",
            REFUSED.format("stream refers failed: streaming engram initialization failed:"),
        ),
    ],
)
def test_what_is_ours_blames_no_streaming_engram(
    fixture_binaries: Path, tmp_path: Path, fixture: str, reason: str
) -> None:
    report = _streamed(fixture_binaries / fixture, tmp_path, {})
    assert [finding.rule.code for finding in report.findings] == []
    rows = [each for each in report.cases if each.check == "streaming"]
    assert {each.subject.case for each in rows} == {"generated minimal", "streaming contract: plain"}
    for row in report.cases:
        assert row.outcome is Outcome.NOT_CHECKED, row
    assert {reason in row.message for row in rows} == {True}, rows
    written = [row.message for row in report.cases if row.check == "isolation" and "canaries" not in row.subject.case]
    assert written
    assert all(reason in message for message in written), written
    assert report.status is Status.NOTHING


@pytest.mark.parametrize(("key", "codes"), [("TOKEN", []), ("NOPE", ["EV601"])])
def test_what_its_author_gave_a_streaming_engram_is_no_excuse(
    fixture_binaries: Path, tmp_path: Path, key: str, codes: list[str]
) -> None:
    case = {"name": "c", "config": {"secretKey": key}, "secrets": SECRET, "send": [{"payload": {"story": "s"}}]}
    report = _streamed(fixture_binaries / "stream-refers", tmp_path, {"cases": {"bitten": [case]}})
    assert [finding.rule.code for finding in report.findings if finding.severity.rank] == codes


def test_what_defaults_give_is_not_invented(fixture_binaries: Path, tmp_path: Path) -> None:
    defaults = {"config": {"secretKey": "NOPE"}, "secrets": SECRET}
    report = _streamed(fixture_binaries / "stream-refers", tmp_path, {"cases": {"bitten": {"defaults": defaults}}})
    assert [finding.rule.code for finding in report.findings] == ["EV601"]


def _streamed(program: Path, folder: Path, config: dict) -> Report:
    (folder / "Engram.yaml").write_text(STREAMING, encoding="utf-8")
    images = {"images": {"bitten": {"process": str(program)}}}
    (folder / "engram-validate.yaml").write_text(yaml.safe_dump(images | config), encoding="utf-8")
    return run(Options(root=folder, sandbox="process", checks=("streaming", "isolation")))


def test_the_same_engram_is_judged_where_nothing_of_ours_bites(tmp_path: Path) -> None:
    (tmp_path / "Engram.yaml").write_text(TEMPLATE, encoding="utf-8")
    cases = [{"name": "good", "inputs": {"do": "well"}}, {"name": "bad", "inputs": {"do": "gives up"}}]
    config = {"images": {"bitten": {"process": str(PROGRAM)}}, "cases": {"bitten": cases}}
    (tmp_path / "engram-validate.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    report = run(Options(root=tmp_path, sandbox="process", checks=("conformance",)))
    assert [finding.rule.code for finding in report.findings] == ["EV405"]
