"""Against the platform: stories that its webhook allowed or refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from validator.checks.manifests import check
from validator.findings import Finding, Severity
from validator.sources.documents import SourceDocument
from validator.sources.manifests import view
from validator.sources.reader import read
from validator.sources.text import SourceText
from validator.sources.workspace import Workspace, assemble

_VECTORS = Path(__file__).parents[2] / "vectors"

_ABOUT_TEMPLATES = re.compile(r"context '|template|function|must validate", re.IGNORECASE)
"""Refusals that the checks `resolution` and `pairwise` answer for."""


def _document(name: str, value: object, *, provided: bool) -> SourceDocument:
    node = read(SourceText(name, json.dumps(value))).documents[0].root
    return SourceDocument(view(node, provided=provided), (), named=not provided)


def _errors(workspace: Workspace) -> list[Finding]:
    return [one for one in check(workspace) if isinstance(one, Finding) and one.severity is Severity.ERROR]


@pytest.fixture(scope="module")
def cluster() -> list[SourceDocument]:
    objects = json.loads((_VECTORS / "stories-cluster.json").read_text(encoding="utf-8"))
    return [_document(f"cluster-{index}.json", value, provided=True) for index, value in enumerate(objects)]


def test_stories_of_the_webhook(cluster: list[SourceDocument]) -> None:
    missed, false = [], []
    for line in (_VECTORS / "stories.jsonl").read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        story = _document("story.json", row["story"], provided=False)
        errors = _errors(assemble(Path(), [], [story, *cluster]))
        if row["allowed"]:
            # The custom resource asks for a step; the vectors stop at the webhook, which does not.
            false += [(row["id"], one.message) for one in errors if row["story"]["spec"]["steps"]]
        elif not errors and not _ABOUT_TEMPLATES.search(row["error"]):
            missed.append((row["id"], row["error"]))
    assert not false
    assert not missed
