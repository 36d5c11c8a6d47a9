"""An engram that calls out, from the user's file to the report, in both kinds of sandbox."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from validator.engine.engine import run
from validator.engine.options import Options
from validator.suite.results import Outcome

ENGRAM = Path(__file__).parent.parent / "fixtures" / "engrams" / "caller" / "Engram.yaml"
PAGE = Path(__file__).parents[2] / "docs" / "services.md"
RECORDED = "recorded.json"
URL = "${{ services.dictionary.url }}"
ANSWER = {"request": {"path": "/words/one"}, "response": {"json": {"meaning": "1"}}}
RETRY = {"request": {"path": "/words/one"}, "responses": [{"status": 503}, {"json": {"meaning": "1"}}]}

CHATS = [
    yaml.safe_load(block)["cases"]["chat"][0]
    for block in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    if "\n  chat:\n" in block
]
CUT = {"template": True, "events": [{"choices": [{"delta": {"content": "You"}}]}], "fail": "cut"}


def case(**more):
    return {"name": "c", "inputs": {"word": "one"}, "config": {"url": URL}, **more}


def stub(exchange, kind="http"):
    return {"services": {"dictionary": {kind: [exchange]}}}


CASES = [
    pytest.param(case(**stub(ANSWER)), set(), id="http"),
    pytest.param(case(**stub(ANSWER, "https")), set(), id="https"),
    *(pytest.param(chat, set(), id=f"the page: {chat['name']}") for chat in CHATS),
    pytest.param(
        case(
            inputs={"prompt": "What?", "stream": True},
            expect={"error": "unexpected EOF"},
            **stub({"request": {"path": "/chat/completions"}, "response": CUT}),
        ),
        set(),
        id="an answer in pieces that is cut",
    ),
    pytest.param(
        case(expect={"output": {"meaning": "as recorded"}}, **stub({"response": {"file": RECORDED, "delay": "50ms"}})),
        set(),
        id="a recorded file, late",
    ),
    pytest.param(case(**stub(RETRY), expect={"error": "status 503"}), set(), id="first answer"),
    pytest.param(
        case(inputs={"word": "two"}, expect={"error": "status 404"}, **stub(ANSWER)),
        {("EV510", "two")},
        id="unforeseen",
    ),
    pytest.param(
        case(config={"url": "http://api.example.com"}, expect={"error": "api.example.com"}, **stub(ANSWER)),
        {("EV511", "api.example.com"), ("EV512", "`dictionary`")},
        id="a name, and a stub that nobody calls",
    ),
    pytest.param(
        case(config={"url": "http://203.0.113.7:8443"}, expect={"error": "unreachable"}),
        {("EV511", "203.0.113.7:8443")},
        id="an address",
    ),
]


@pytest.fixture(scope="module", params=["process", "docker"])
def reported(request, fixture_binaries):
    kind = request.param
    if kind == "docker":
        image = {"image": request.getfixturevalue("fixture_images")("caller")}
    else:
        image = {"process": str(fixture_binaries / "caller")}

    def report(root, cases):
        (root / "Engram.yaml").write_text(ENGRAM.read_text())
        document = {"images": {"caller": image}, "cases": {"caller": cases}}
        (root / "engram-validate.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
        (root / RECORDED).write_text('{"meaning": "as recorded"}')
        return run(Options(root=root, sandbox=kind, checks=("conformance", "isolation")))

    return report


@pytest.mark.parametrize(("written", "expected"), CASES)
def test_calls_are_judged(reported, tmp_path, written, expected):
    report = reported(tmp_path, [written])
    if "UNISOLATED" in report.sandbox:
        pytest.skip(report.sandbox)
    found = {finding.rule.code: finding for finding in report.findings}
    assert set(found) == {code for code, _ in expected}, report.findings
    for code, text in expected:
        assert text in found[code].message
        assert found[code].location.file == "engram-validate.yaml"
        assert found[code].subject.case == ("" if code == "EV511" else written["name"])
    conformance = [result.outcome for result in report.cases if result.check == "conformance"]
    assert conformance == [Outcome.PASSED]


def test_reports_do_not_differ_by_ports_or_turns(reported, tmp_path):
    cases = [
        case(**stub(ANSWER), expect={"error": "404"}, inputs={"word": "two"}) | {"name": f"c{n}"} for n in range(4)
    ]
    first, second = reported(tmp_path, cases), reported(tmp_path, cases)
    assert first.findings == second.findings
    assert len(first.findings) == 4
