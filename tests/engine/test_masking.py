"""No secret of a case reaches a report, whatever an engram does with it; and nothing else is masked."""

from __future__ import annotations

import base64
import io
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from tests.reports.page_text import everything
from validator.cli.log_masking import LogMasking
from validator.engine.engine import run
from validator.engine.masking import MASK, Masker, from_environment, whole_lines
from validator.engine.options import Options
from validator.findings import Finding, Location, Related, Severity, Subject, Suggestion, Unchecked
from validator.reports.catalogue import REPORTS
from validator.reports.writers import Outputs, file_lines, write
from validator.rules.isolation import UNDECLARED_FIELD
from validator.rules.sandbox import HARNESS_FAILED
from validator.sandbox.model import Exit, Log
from validator.suite.config import Config
from validator.suite.environment import Allowance
from validator.suite.results import CaseResult, Outcome, Report, RunResult

ENGRAMS = Path(__file__).parent.parent / "fixtures" / "engrams"
KEY = 'sk-live "9f/8e+7d'
MASKER = Masker.of([KEY, "hunter22", "pin", ""])

TEXTS = [
    ("nothing in it", "all is well", "all is well"),
    ("plain", f"key={KEY}!", f"key={MASK}!"),
    ("in other letter case", "HUNTER22", MASK),
    ("base64", base64.b64encode(f"user:{KEY}:x".encode()).decode(), None),
    ("URL-encoded", quote(KEY, safe=""), MASK),
    ("URL-encoded as a path", quote(KEY), MASK),
    ("JSON-escaped", json.dumps({"k": KEY}), '{"k": "***"}'),
    ("hex", KEY.encode().hex(), MASK),
    ("a short one, by itself", "pin: pin.", f"{MASK}: {MASK}."),
    ("a short one, in a word", "spinning", "spinning"),
]


@pytest.mark.parametrize(("text", "masked"), [row[1:] for row in TEXTS], ids=[row[0] for row in TEXTS])
def test_text_is_masked(text, masked):
    told = MASKER.text(text)

    assert told == masked if masked is not None else MASK in told
    assert MASKER.text(told) == told


DOCUMENTS = [
    ({"a": [KEY, 1, None, True]}, {"a": [MASK, 1, None, True]}),
    ({KEY: {"hunter22": 1}}, {MASK: {MASK: 1}}),
    ({"first": KEY[:9], "second": KEY[9:], "third": "kept"}, {"first": MASK, "second": MASK, "third": "kept"}),
    ({"b": KEY[9:], "and": 1, "a": KEY[:9]}, {"b": MASK, "and": 1, "a": MASK}),
    (list("hunter22"), [MASK] * 8),
]


@pytest.mark.parametrize(("document", "masked"), DOCUMENTS)
def test_documents_are_masked(document, masked):
    assert MASKER.document(document) == masked


def test_the_rest_of_a_line_stays_in_its_column():
    """Excerpts put carets and edits into lines of files by the columns of a finding."""
    line = f'  heading: "{KEY}/{{{{ inputs.paeg }}}}"  # {KEY}'
    masked = MASKER.line(line)
    assert masked == line.replace(KEY, "*" * len(KEY))
    assert masked.index("paeg") == line.index("paeg")


def test_a_secret_that_is_a_number_is_masked():
    assert Masker.of(["271828"]).document({"a": 271828, "b": 27}) == {"a": MASK, "b": 27}


@settings(max_examples=examples(100), deadline=None)
@given(st.text(min_size=4, max_size=20).filter(lambda text: len(text.strip()) > 3), st.text(), st.text())
def test_no_secret_survives(secret, before, after):
    assert secret not in Masker.of([secret]).text(before + secret + after) or secret in MASK


@given(st.text())
def test_without_secrets_nothing_changes(text):
    assert Masker.of(["", " ", "x"]).text(text) == text


def test_every_part_of_a_finding_and_of_a_row_is_masked():
    subject, place = Subject("template", "a"), Location("Engram.yaml")
    finding = Finding(
        UNDECLARED_FIELD, f"of {KEY}", place, subject, Severity.WARNING, anchor=("a", KEY),
        evidence={KEY: [KEY]}, suggestion=Suggestion(KEY, place, KEY), related=(Related(place, KEY),),
    )  # fmt: skip
    row = CaseResult(subject, "isolation", Outcome.FAILED, 1.0, message=KEY, stdout=KEY, stderr=KEY, output={"a": KEY})
    row = replace(row, transcript=f"0.1 engram data message {json.dumps(KEY)}")
    unchecked = Unchecked(KEY, KEY, subject)

    for masked in (MASKER.finding(finding), MASKER.result(row), MASKER.unchecked(unchecked)):
        assert MASK in repr(masked)
        assert KEY not in repr(masked)
        assert repr(KEY)[1:-1] not in repr(masked)


CUT = [
    ("not cut", Log("live key\nall is well\n", 20), "live key\nall is well\n"),
    ("cut in a line", Log("live key\nall is well\n", 90, truncated=True), "all is well\n"),
    ("cut in a line without end", Log("x" * 5000, 9000, truncated=True), "x" * 904),
]


@pytest.mark.parametrize(("log", "text"), [row[1:] for row in CUT], ids=[row[0] for row in CUT])
def test_half_a_secret_at_the_cut_of_a_log_is_not_shown(log, text):
    assert whole_lines(Exit(0, stdout=log)).stdout.text == text


def test_what_the_sandbox_says_is_masked():
    subject = Subject("template", "a")
    finding = HARNESS_FAILED.at(Location("a.yaml"), subject, reason=KEY)
    row = CaseResult(subject, "sandbox", Outcome.ERROR, 1.0, message=KEY)

    assert KEY not in repr(MASKER.broken(RunResult((row,), (finding,))))


NAMES = ("tells", "encodes", "splits", "logs", "blurts", "signals", "effects", "stream-leaks-secret")
FORMS = ("console", "github", "json")


@pytest.fixture(scope="module")
def leaked(fixture_binaries, tmp_path_factory):
    """One run over engrams that tell their secrets, with a real one, a made-up one and one that a case spells out."""
    root = tmp_path_factory.mktemp("leaks")
    texts = ("${{ env.REAL_TOKEN }}", "${{ secret }}", "spelled-out-9f8e7d")
    cases, images = {}, {}
    for name in NAMES:
        (root / name).mkdir()
        (root / name / "Engram.yaml").write_text((ENGRAMS / name / "Engram.yaml").read_text())
        images[name] = {"process": str(fixture_binaries / name)}
        sent = {"send": [{"payload": {"text": "hi"}}]} if name.startswith("stream") else {"inputs": {"text": "hi"}}
        # What is expected never comes, so that findings show outputs and logs as well.
        expected = {"packets": [{"payload": {"text": "x"}}]} if "send" in sent else {"output": {"text": "other"}}
        cases[name] = [
            {"name": f"{name} {number}", **sent, "secrets": {"service": {"TOKEN": text}}, "expect": expected}
            for number, text in enumerate(texts)
        ]
    (root / "engram-validate.yaml").write_text(
        yaml.safe_dump({"images": images, "cases": cases}, default_flow_style=None, width=1_000)
    )
    events: list[Any] = []
    log_masking = LogMasking(github=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REAL_TOKEN", 'real "token"/+9f')
        report = run(
            Options(
                root=root,
                sandbox="process",
                checks=("conformance", "isolation", "streaming"),
                environment=Allowance.of(os.environ, ["REAL_TOKEN"]),
            ),
            log_masking.observing(events.append),
        )
    return root, report, events, log_masking


def ways(secret):
    """The forms in which it must not be there: in full, and without what neighbours share with it."""
    raw = secret.encode()
    yield secret
    yield json.dumps(secret)[1:-1]
    yield quote(secret, safe="")
    for offset in range(3):
        yield base64.b64encode(b"\0" * offset + raw).decode()[(offset * 8 + 5) // 6 : (offset + len(raw)) * 8 // 6]


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_no_report_holds_a_secret(leaked, tmp_path, form):
    root, report, events, log_masking = leaked
    files = {one.option: str(tmp_path / one.option) for one in REPORTS}
    out, err = io.StringIO(), io.StringIO()
    write(report, Outputs(form=form, verbose=True, files=files), log_masking.masked(file_lines(root)), out=out, err=err,
          environ={})  # fmt: skip
    told = [out.getvalue(), err.getvalue(), repr(report), *map(repr, events)]
    told += [everything(Path(path).read_text()) for path in files.values()]
    secrets = ('real "token"/+9f', "made-up-service-secret", "spelled-out-9f8e7d")

    assert {finding.rule.code for finding in report.findings} >= {"EV503", "EV504", "EV505", "EV406", "EV623"}
    assert MASK in told[0]
    assert [way for secret in secrets for way in ways(secret) for text in told if way in text] == []


@pytest.mark.slow
def test_only_what_comes_from_the_environment_is_real(leaked):
    _, _, events, _ = leaked

    assert events[0].real == ('real "token"/+9f',)


def test_a_variable_that_is_not_set_is_no_secret():
    assert from_environment(Config(), Allowance({})) == ()


HOSTILE = ("::set-output name=a::b", "::error::no", "%0A::warning::no", "##[error]no", "\r\n::stop-commands::x")


@pytest.mark.parametrize("form", ["console", "github"])
def test_what_an_engram_says_is_never_a_workflow_command(form):
    """Field names, values, logs and error messages, once through the masker and into GitHub's log."""
    subject = Subject("template", "a", case="one")
    row = CaseResult(subject, "isolation", Outcome.FAILED, 1.0, message=HOSTILE[0])
    findings, rows = [], []
    for text in HOSTILE:
        finding = UNDECLARED_FIELD.at(
            Location("Engram.yaml"), subject, anchor=(text,), evidence={text: text}, place=text
        )
        findings.append(MASKER.finding(finding))
        rows.append(
            MASKER.result(replace(row, message=text, stdout=f"{text}\n{text}", stderr=text, output={text: text}))
        )
    out = io.StringIO()
    report = Report(findings=tuple(findings), cases=tuple(rows), fail_on=Severity.ERROR, checked=1)
    write(
        report, Outputs(form=form, verbose=True), lambda file: (), out=out, err=out, environ={"GITHUB_ACTIONS": "true"}
    )
    lines = out.getvalue().replace("\r", "\n").split("\n")
    commands = [line for line in lines if line.lstrip().startswith("::")]
    allowed = ("::warning file=Engram.yaml", "::stop-commands::", "::group::", "::endgroup::")

    assert all(line.startswith(allowed) or set(line[2:-2]) <= set("0123456789abcdef-_") for line in commands), commands
    assert not any("##[" in line for line in lines if line not in commands)
