"""What a daemon says when it has no image for us, as a finding."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from validator.findings import Location, Subject
from validator.sandbox.docker_errors import REFUSALS, classify
from validator.sandbox.model import ImageSource, SandboxError, SourceKind
from validator.sandbox.pulls import refused

DAEMON = cast(Any, SimpleNamespace(platform="linux/amd64"))


@pytest.mark.parametrize("words", [*(words for words, _ in REFUSALS), "something nobody foresaw"])
def test_a_refusal_says_all_that_is_known_of_it(words: str) -> None:
    """Nothing stands beside the sentence as evidence that has nothing to do with it."""
    with pytest.raises(SandboxError) as caught:
        refused(f"the daemon says: {words}", ImageSource(SourceKind.IMAGE, "registry.example/fetch:1"), DAEMON)

    finding = caught.value.finding(Location("engram-validate.yaml"), Subject("image", "fetch"))
    assert finding.rule is classify(words)
    assert set(finding.evidence) <= {"reason"}
    assert words in str(finding.evidence.get("reason", finding.message))
