"""The statement that `promote` writes keeps the in-toto specification, for every answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from validator.findings import Json
from validator.promotion.answer import Answer, Aspect, Verdict
from validator.promotion.statement import statement

SCHEMA = json.loads((Path(__file__).parent / "test-result.schema.json").read_text(encoding="utf-8"))
DIGEST = "sha256:" + "0a" * 32


def made(*answers: Answer, url: str = "") -> dict[str, Json]:
    verdict = Verdict(tuple(Aspect(f"aspect {number}", answer, "why") for number, answer in enumerate(answers)))
    return statement(verdict, subject="echo:1", digest=DIGEST, configuration={"Engram.yaml": b"kind: x"}, url=url)


@pytest.mark.parametrize(
    ("answers", "result"),
    [
        ([Answer.YES], "PASSED"),
        ([Answer.YES, Answer.NOT_KNOWN], "WARNED"),
        ([Answer.NOT_KNOWN, Answer.NO, Answer.YES], "FAILED"),
    ],
)
def test_a_statement_keeps_the_schema(answers: list[Answer], result: str) -> None:
    found = made(*answers, url="https://github.com/acme/echo/actions/runs/1")

    Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(found)
    assert found["predicate"]["result"] == result  # type: ignore[index]
    assert found["subject"] == [{"name": "echo:1", "digest": {"sha256": "0a" * 32}}]


def test_the_schema_refuses_what_the_specification_refuses() -> None:
    validator = Draft202012Validator(SCHEMA)
    good = made(Answer.YES)
    predicate = good["predicate"]
    assert isinstance(predicate, dict)
    wrong = [
        {**good, "_type": "https://in-toto.io/Statement/v0.1"},
        {**good, "subject": []},
        {**good, "subject": [{"name": "echo:1"}]},
        {**good, "predicate": {**predicate, "result": "pass"}},
        {**good, "predicate": {key: value for key, value in predicate.items() if key != "configuration"}},
        # `PASSED` says that all tests passed.
        {**good, "predicate": {**predicate, "failedTests": ["x"]}},
    ]

    assert [document for document in wrong if validator.is_valid(document)] == []


@pytest.mark.parametrize("digest", ["", "sha256:", "sha512:" + "0" * 64, "sha256:" + "0" * 63, "sha256:" + "G" * 64])
def test_a_statement_needs_a_digest(digest: str) -> None:
    with pytest.raises(ValueError, match="no sha256 digest"):
        statement(Verdict(()), subject="echo:1", digest=digest, configuration={})
