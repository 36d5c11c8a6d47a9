"""What the image of a step asks of its stub services stands in the trace, in the record, and in that of a replay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from validator.engine.options import Options
from validator.engine.preparation import prepare
from validator.engine.stories.running import Wishes, ran
from validator.engine.stories.selection import tasks_of
from validator.reports.story_document import trace
from validator.suite.overrides import from_argument

FIXTURES = Path(__file__).parent.parent / "fixtures" / "engrams"
MANIFESTS: list[dict[str, Any]] = [
    {"kind": "Engram", "metadata": {"name": "caller"}, "spec": {"templateRef": {"name": "caller"}}},
    {
        "kind": "Story",
        "metadata": {"name": "ask"},
        "spec": {"steps": [{"name": "look", "ref": {"name": "caller"}, "with": {"word": "{{ inputs.word }}"}}]},
    },
]
EXCHANGE = {"request": {"path": "/words/one"}, "response": {"json": {"meaning": "1"}}}
CONFIG = {
    "cases": {
        "caller": {
            "defaults": {
                "config": {"url": "${{ services.dictionary.url }}"},
                "services": {"dictionary": {"http": [EXCHANGE]}},
            },
            "cases": [],
        }
    },
    "stories": {"ask": [{"name": "a word", "inputs": {"word": "one"}}]},
}


def written(folder: Path) -> Path:
    documents = [{"apiVersion": "bubustack.io/v1alpha1", **one} for one in MANIFESTS]
    (folder / "manifests.yaml").write_text(yaml.safe_dump_all(documents), encoding="utf-8")
    (folder / "caller.yaml").write_text((FIXTURES / "caller" / "Engram.yaml").read_text("utf-8"), encoding="utf-8")
    (folder / "engram-validate.yaml").write_text(yaml.safe_dump(CONFIG), encoding="utf-8")
    return folder


def attempt(folder: Path, binary: Path, wishes: Wishes) -> dict[str, Any]:
    """The one attempt of the one step."""
    image = from_argument(f"caller=process:{binary}")
    ready = prepare(Options(root=folder, images=(image,), sandbox="process"))
    assert ready.unreadable == ()
    (one,), _ = ran(ready, tasks_of(ready.workspace, ready.config, ["ask"]), wishes)
    assert one.trace is not None, one.reason
    assert one.trace.succeeded, one.trace.message
    document: Any = trace(one.trace)
    found: dict[str, Any] = document["steps"][0]["attempts"][0]
    return found


def test_calls_are_kept_and_shown_again(fixture_binaries: Path, tmp_path: Path) -> None:
    folder, records = written(tmp_path), tmp_path / "records"

    real = attempt(folder, fixture_binaries / "caller", Wishes(record=records))
    again = attempt(folder, fixture_binaries / "caller", Wishes(replay=records))

    call = {"service": "dictionary", "method": "GET", "path": "/words/one", "status": 200, "body": ""}
    assert (real["evidence"], real["services"]) == ("real", [call])
    (file,) = records.rglob("*.json")
    assert json.loads(file.read_text(encoding="utf-8"))["steps"][0]["services"] == [call]
    assert (again["evidence"], again["services"]) == ("recorded", [call])
