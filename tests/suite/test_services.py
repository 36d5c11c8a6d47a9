"""Stub services as they are written: read, resolved, and every mistake shown at its place."""

from __future__ import annotations

import pytest

from validator.sources.reader import read
from validator.sources.text import SourceText
from validator.suite.config import parse
from validator.suite.services import exemplified, services

OPENAI = """\
cases:
  openai-chat:
    - name: answers
      inputs: {prompt: hi}
      config: {baseURL: "${{ services.openai.url }}/v1"}
      secrets: {openai: {API_KEY: "${{ secret }}", HOST: "${{ services.openai.host }}:${{ services.openai.port }}"}}
      services:
        openai:
          https:
            - request: {method: POST, path: /v1/chat/completions, json: {model: {type: string}}}
              responses:
                - {status: 429, delay: 200ms}
                - {file: answer.json}
            - request: {path: "/v1/models/{model}"}
              response: {template: true, file: answer.json, interval: 1s}
"""


def parsed(text, base):
    return parse(read(SourceText("engram-validate.yaml", text)).documents[0].root, base, {})


def test_services_are_read_for_the_sandbox(tmp_path):
    (tmp_path / "answer.json").write_text('{"a": "${request.params.model}"}')
    config, findings = parsed(OPENAI, tmp_path)
    assert findings == ()
    (case,) = config.cases["openai-chat"]
    (service,) = services(case, tmp_path)
    assert (service.name, service.tls) == ("openai", True)
    chat, models = service.exchanges
    assert chat["request"]["json"] == {"model": {"type": "string"}}
    assert chat["responses"][0] == {"status": 429, "delay": 0.2}
    assert chat["responses"][1].keys() == {"base64", "mime"}
    assert chat["responses"][1]["mime"] == "application/json"
    assert models["responses"][0]["text"] == '{"a": "${request.params.model}"}'
    assert models["responses"][0]["headers"] == {"Content-Type": "application/json"}


def test_an_address_stays_open_until_the_service_is_up(tmp_path):
    (tmp_path / "answer.json").write_text("{}")
    (case,) = parsed(OPENAI, tmp_path)[0].cases["openai-chat"]
    assert case.secrets["openai"]["HOST"] == "${{ services.openai.host }}:${{ services.openai.port }}"
    assert exemplified(case).config == {"baseURL": "https://127.0.0.1:8080/v1"}


def one(exchange, more=""):
    return f"cases:\n  a:\n    - name: b\n      services: {{s: {{http: [{exchange}]}}}}\n{more}"


@pytest.mark.parametrize(
    ("text", "code", "place", "problem"),
    [
        (one("{respons: {}, response: {}}"), "EV180", (4, 30), "unknown key `respons`"),
        (one("{request: {method: post}, response: {}}"), "EV181", (4, 48), "'post' does not match"),
        (one("{request: {path: v1}, response: {}}"), "EV181", (4, 46), "'v1' does not match"),
        (one("{response: {file: nowhere.json}}"), "EV181", (4, 47), "there is no file nowhere.json"),
        (one("{response: {base64: '$'}}"), "EV181", (4, 49), ""),
        (one("{response: {json: 1, text: a}}"), "EV181", (4, 40), "`json` and `text` exclude each other"),
        (one("{response: {fail: explode}}"), "EV181", (4, 47), "expected one of close, reset, timeout, cut"),
        (one("{response: {delay: soon}}"), "EV181", (4, 48), "expected something like 30s"),
        (
            one("{request: {json: {type: string, format: uri}}, response: {}}"),
            "EV181", (4, 69), "cannot be matched by `format`",
        ),
        (one("{request: {json: {pattern: '('}}, response: {}}"), "EV181", (4, 56), "no regular expression"),
        (
            one("{response: {}}", '      env: {URL: "${{ services.z.url }}"}\n'),
            "EV181", (5, 18), "did you mean `services.s.url`?",
        ),
        (
            one("{response: {}}", '      env: {URL: "${{ services.s.uri }}"}\n'),
            "EV181", (5, 18), "did you mean `services.s.url`?",
        ),
        (
            "cases:\n  a:\n    - name: b\n      services: {s: {}}\n",
            "EV181", (4, 21), "one of `http` or `https` is missing",
        ),
        (one("{request: {}}"), "EV181", (4, 29), "one of `response` or `responses` is missing"),
    ],
)  # fmt: skip
def test_a_mistake_is_shown_at_its_place(tmp_path, text, code, place, problem):
    findings = parsed(text, tmp_path)[1]
    assert [finding.rule.code for finding in findings] == [code], findings
    (finding,) = findings
    assert problem in finding.message
    assert (finding.location.line, finding.location.column) == place, finding.message


def test_a_case_without_services_names_none(tmp_path):
    text = 'cases:\n  a:\n    - name: b\n      env: {URL: "${{ services.s.url }}"}\n'
    (finding,) = parsed(text, tmp_path)[1]
    assert "the case has no services" in finding.message
