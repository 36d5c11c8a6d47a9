"""A story of six real engrams with a nested story, a retry, a gate and a compensation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from validator.engine.options import Options
from validator.engine.preparation import Prepared, prepare
from validator.suite.overrides import from_argument

ENGRAMS = ("conforming", "slow", "parrots", "sparse", "picky", "dies")
FIXTURES = Path(__file__).parent.parent / "fixtures" / "engrams"


def reads(step: str) -> dict[str, str]:
    return {"text": f"{{{{ steps.{step}.output.text }}}}"}


def runs(name: str, engram: str, text: object, **more: object) -> dict[str, object]:
    return {"name": name, "ref": {"name": engram}, "with": {"text": text} if isinstance(text, str) else text, **more}


OUTER: dict[str, Any] = {
    "inputsSchema": {
        "type": "object",
        "required": ["text"],
        "properties": {"text": {"type": "string"}, "last": {"type": "boolean", "default": False}},
    },
    "steps": [
        runs("greet", "conforming", "{{ inputs.text }}"),
        runs("aside", "slow", "{{ inputs.text }}"),
        {"name": "ask", "type": "gate", "needs": ["greet"], "with": {"timeout": "2h"}},
        {
            "name": "inner",
            "type": "executeStory",
            "needs": ["ask"],
            "with": {"storyRef": {"name": "inner"}, "waitForCompletion": True, "with": reads("greet")},
        },
        runs("check", "picky", "{{ steps.inner.output.text }}", needs=["aside"]),
        runs("book", "dies", reads("check"), **{"if": "{{ inputs.last }}"}),
    ],
    "compensations": [runs("undo", "conforming", "undo {{ steps.greet.output.text }}")],
    "finally": [runs("tidy", "slow", "bye")],
    "output": {"words": "{{ steps.check.output.words }}"},
}
INNER: dict[str, Any] = {
    "steps": [runs("repeat", "parrots", "{{ inputs.text }}"), runs("count", "sparse", reads("repeat"))],
    "output": reads("count"),
}
CASES = [
    {
        "name": "all is well",
        "inputs": {"text": "Hello, world"},
        "steps": {"check": [{"kill": True}, {}], "ask": {"gate": "approved", "at": "1h"}},
        "expect": {"output": {"words": 2}, "steps": {"check": {"attempts": 2}}, "never": ["book", "undo"]},
    },
    {
        "name": "the last step dies",
        "inputs": {"text": "Hello, world", "last": True},
        "steps": {"ask": {"gate": "approved", "at": "1h"}},
        "expect": {
            "phase": "Compensated",
            "steps": {"book": {"phase": "Failed"}, "undo": {"output": {"text": "undo Hello, world", "words": 3}}},
            "order": ["book", "undo", "tidy"],
        },
    },
]


def written(folder: Path) -> Path:
    """The workspace in a folder, without images."""
    documents: list[object] = [
        {"apiVersion": "bubustack.io/v1alpha1", "kind": "Story", "metadata": {"name": name}, "spec": spec}
        for name, spec in (("outer", OUTER), ("inner", INNER))
    ]
    documents += [
        {
            "apiVersion": "bubustack.io/v1alpha1",
            "kind": "Engram",
            "metadata": {"name": name},
            "spec": {"templateRef": {"name": name}},
        }
        for name in ENGRAMS
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stories.yaml").write_text(yaml.safe_dump_all(documents, sort_keys=False), encoding="utf-8")
    for name in ENGRAMS:
        text = (FIXTURES / name / "Engram.yaml").read_text(encoding="utf-8")
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder / "engram-validate.yaml").write_text(yaml.safe_dump({"stories": {"outer": CASES}}), encoding="utf-8")
    return folder


def prepared(folder: Path, sandbox: str, image: Callable[[str], str]) -> Prepared:
    """The workspace with an image for each engram."""
    images = tuple(from_argument(f"{name}={image(name)}") for name in ENGRAMS)
    return prepare(Options(root=written(folder), images=images, sandbox=sandbox))


def same(document: Any) -> Any:
    """A trace without what differs from run to run."""
    if isinstance(document, dict):
        return {key: same(value) for key, value in document.items() if key not in {"realSeconds", "log"}}
    return [same(item) for item in document] if isinstance(document, list) else document


def shown(document: Any) -> str:
    """A trace as text that can be compared."""
    return json.dumps(same(document), indent=1, sort_keys=True)
