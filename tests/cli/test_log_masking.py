"""The command line tells GitHub what to mask, and nobody else, and shows no secret of a file."""

from __future__ import annotations

import io

import pytest

from validator.cli.log_masking import LogMasking
from validator.suite.events import SecretsKnown

KNOWN = SecretsKnown(lambda line: line.replace("hunter22", "***"), ("hunter22", "two\nlines 100%"))


@pytest.mark.parametrize(
    ("github", "told"), [(True, "::add-mask::hunter22\n::add-mask::two%0Alines 100%25\n"), (False, "")]
)
def test_real_secrets_are_told_to_github_alone(github, told):
    log = io.StringIO()
    seen: list[object] = []
    LogMasking(github=github, log=log).observing(seen.append)(KNOWN)

    assert log.getvalue() == told
    assert seen == [KNOWN]
    assert "hunter22" not in repr(KNOWN)


def test_excerpts_come_without_secrets():
    log_masking = LogMasking(github=False)
    lines = log_masking.masked(lambda file: [f"# {file}", "TOKEN: hunter22"])

    assert list(lines("a.yaml")) == ["# a.yaml", "TOKEN: hunter22"]
    log_masking.observing(lambda event: None)(KNOWN)
    assert list(lines("a.yaml")) == ["# a.yaml", "TOKEN: ***"]
