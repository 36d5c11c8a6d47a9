"""A verdict as an in-toto statement with the predicate test-result, about the candidate's image."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from validator.findings import Json
from validator.promotion.answer import Answer, Aspect, Verdict

STATEMENT = "https://in-toto.io/Statement/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
RESULT = {Answer.YES: "PASSED", Answer.NO: "FAILED", Answer.NOT_KNOWN: "WARNED"}
"""Of a run of tests: `PASSED` says that every test passed, so that what is not known is a warning."""


def statement(
    verdict: Verdict, *, subject: str, digest: str, configuration: Mapping[str, bytes], url: str = ""
) -> dict[str, Json]:
    """The statement, to be signed by whoever ran this (in-toto/attestation, spec/predicates/test-result.md).

    `digest` is `sha256:…` of what was tested; `configuration` the files that say how, by name; `url` leads to the run.
    Raises ValueError for a digest that is none.
    """
    algorithm, _, value = digest.partition(":")
    if algorithm != "sha256" or len(value) != 64 or set(value) - set("0123456789abcdef"):
        raise ValueError(f"{digest!r} is no sha256 digest")
    files: list[Json] = [
        {"name": name, "digest": {"sha256": hashlib.sha256(content).hexdigest()}}
        for name, content in sorted(configuration.items())
    ]
    predicate: dict[str, Json] = {
        "result": RESULT[verdict.answer],
        "configuration": files,
        "passedTests": _names(verdict, Answer.YES),
        "warnedTests": _names(verdict, Answer.NOT_KNOWN),
        "failedTests": _names(verdict, Answer.NO),
    }
    if url:
        predicate["url"] = url
    return {
        "_type": STATEMENT,
        "subject": [{"name": subject, "digest": {"sha256": value}}],
        "predicateType": TEST_RESULT,
        "predicate": predicate,
    }


def _names(verdict: Verdict, answer: Answer) -> list[Json]:
    return [_name(aspect) for aspect in verdict.aspects if aspect.answer is answer]


def _name(aspect: Aspect) -> str:
    return f"promote: {aspect.name}"
