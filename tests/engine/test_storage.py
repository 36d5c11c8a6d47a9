"""What engrams put into storage: read through by stories, and told where it is too much to be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.checks.stories.runs import prepared
from validator.checks.isolation import surfaces
from validator.engine.masking import Masker
from validator.engine.served_manifests import stories
from validator.engine.stories.images import _ended
from validator.findings import Json
from validator.sandbox.harness import store
from validator.sandbox.model import BatchRun, Exit

REFERENCE = {"$bubuStorageRef": "outputs/a.json", "$bubuStorageContentType": "application/json"}
FILES = {"outputs/a.json": {"contentType": "json", "data": [1, 2]}}
NAMES = """
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: plain}
spec: {steps: []}
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: here, namespace: prod}
spec: {steps: []}
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: there, namespace: test}
spec: {steps: []}
"""


def run(output: Json = None, **more: Any) -> BatchRun:
    patch = {"phase": "Succeeded", "output": output}
    return BatchRun(exit=Exit(0), timed_out=False, status=patch, patches=(patch,), result_patch=patch, **more)


@pytest.mark.parametrize(
    ("output", "files", "expected"),
    [
        ({"x": 1}, FILES, {"x": 1}),
        ({"x": REFERENCE, "y": [REFERENCE]}, FILES, {"x": [1, 2], "y": [[1, 2]]}),
        (REFERENCE, FILES, [1, 2]),
        ({"x": REFERENCE}, {}, {"x": REFERENCE}),
    ],
    ids=["plain", "inside", "whole", "not read"],
)
def test_steps_see_what_an_engram_has_stored(output: Json, files: dict[str, Any], expected: Json) -> None:
    assert _ended(run(output, files=files), Masker()).output == expected


@pytest.mark.parametrize(
    ("contents", "unread"),
    [
        ({"a.json": b"1"}, []),
        ({"a.json": b"1", "b.json": b" " * 40, "c.json": b"2"}, ["b.json"]),
        ({f"{number}.json": b"1" for number in range(5)}, ["3.json", "4.json"]),
    ],
    ids=["little", "a large file", "many files"],
)
def test_files_beyond_the_limits_are_told(
    contents: dict[str, bytes], unread: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BYTE_LIMIT", 20)
    monkeypatch.setattr(store, "FILE_LIMIT", 3)
    folder = Path(store.prepare(str(tmp_path), {}))
    for name, content in contents.items():
        (folder / name).write_bytes(content)

    stored = store.collect(str(folder), {})
    told = surfaces.unread(run(unread=tuple(stored.unread)))

    assert stored.unread == unread
    assert stored.files.keys() == contents.keys() - set(unread)
    assert bool(told) == bool(unread)
    assert all(f"`{name}`" in told for name in unread[:1])


@pytest.mark.parametrize(("namespace", "names"), [("prod", ["here", "plain"]), ("test", ["plain", "there"])])
def test_an_engram_can_get_the_stories_of_its_namespace(namespace: str, names: list[str], tmp_path: Path) -> None:
    made = prepared(NAMES, tmp_path)

    served = [one["metadata"] for one in stories(made.workspace, namespace)]

    assert all(isinstance(one, dict) and one["namespace"] == namespace for one in served)
    assert sorted(str(one["name"]) for one in served if isinstance(one, dict)) == names
