"""Against the real admission webhook: what it refuses is an error here, what it allows is one for a reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from validator.checks import manifests, resolution
from validator.findings import Finding, Json, Severity
from validator.sources.workspace import load

_VECTORS = Path(__file__).parents[2] / "vectors"

_EXPLAINED = {
    "story-0008": {"EV233"},  # S8: a literal that is no boolean
    "story-0016": {"EV210"},  # 11.1: output that refers to no step
    "story-0049": {"EV233"},  # S8
    "story-0054": {"EV217"},  # S22: a step that refers to itself
    "story-0091": {"EV233"},  # S8
    "story-0128": {"EV210"},  # S20
    "story-0129": {"EV210"},  # S11
    "story-0141": {"EV210"},  # 11.1: output that refers to no step
    "story-0150": {"EV222"},  # S10: a root that is not there
    "story-0188": {"EV117"},  # the CRD asks for a step; the vectors leave the CRD out
}
"""Errors about stories that the webhook allows without a warning, each with its reason in templating.md, section 11."""


def _records() -> Iterator[dict[str, Json]]:
    yield from map(json.loads, (_VECTORS / "stories.jsonl").read_text(encoding="utf-8").splitlines())


def _errors(story: Json, folder: Path) -> set[str]:
    objects = [story, *json.loads((_VECTORS / "stories-cluster.json").read_text(encoding="utf-8"))]
    for index, document in enumerate(objects):
        (folder / f"{index}.json").write_text(json.dumps(document), encoding="utf-8")
    workspace = load(folder)
    found = (*workspace.problems, *manifests.check(workspace), *resolution.check(workspace))
    orphan = "orphan" in json.dumps(story)  # an Engram of the cluster that has no template, on purpose
    return {
        finding.rule.code
        for finding in found
        if isinstance(finding, Finding)
        and finding.severity is Severity.ERROR
        and (finding.location.file == "0.json" or orphan)
    }


@pytest.mark.parametrize("record", list(_records()), ids=lambda record: str(record["id"]))
def test_story(record: dict[str, Json], tmp_path: Path) -> None:
    found = _errors(record["story"], tmp_path)
    if not record["allowed"]:
        assert found
    elif not record["warnings"]:
        assert found == _EXPLAINED.get(str(record["id"]), set())
