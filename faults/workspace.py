"""What the validator is given while it is being broken: a few real engrams, some of which break their contract.

Every case that breaks it is told on standard error the moment it is finished, so from outside it is known what must
not be lost.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENGRAMS = ROOT / "tests" / "fixtures" / "engrams"
BINARIES = ROOT / ".cache" / "fixtures" / "bin"
NAMES = ("conforming", "missing", "slow", "stream-leaks-config", "wrongtype")
"""The engrams whose images the daemon must have."""
BREAKS = {"missing": "EV401", "stream-leaks-config": "EV502", "wrongtype": "EV401"}
"""The rule that an engram breaks; the others keep them all."""
CHECKS = "manifests,conformance,isolation"
"""The rows of the streaming contract would take most of the time and be hit by most of the kills."""
CASE = '{name: %s, inputs: {text: "Hello, world"}, timeout: %s}'
STREAM = "{name: %s, config: {language: en-GB}, send: [{payload: {text: hi}, inputs: {text: hi}}], timeout: %s}"


@dataclass(frozen=True)
class Engram:
    """A fixture engram and how many cases it gets."""

    name: str
    cases: int
    timeout: str = "20s"
    streams: bool = False
    built: bool = False
    """Whether the validator builds its image, from a context of one line."""


RUN = (
    Engram("conforming", 1),
    Engram("missing", 1, built=True),
    Engram("slow", 1),
    Engram("stream-leaks-config", 1, streams=True),
    Engram("wrongtype", 2),
)
"""In the order in which they run."""


def image(name: str, tag: str) -> str:
    """The reference of a fixture engram's image, as scripts/fixtures.py names it."""
    return f"engram-validate-fixture/{name}:{tag}"


STORY = """
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: uneven}
spec:
  steps:
  - {name: first, ref: {name: conforming}, with: {text: Hello}}
  - {name: slow, ref: {name: slow}, with: {text: Hello}}
  - {name: second, ref: {name: conforming}, with: {text: "{{ steps.first.output.text }}"}}
  - {name: nested, type: executeStory, needs: [second], with: {storyRef: {name: inner}, waitForCompletion: true}}
  finally:
  - {name: tidy, ref: {name: conforming}, with: {text: bye}}
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: inner}
spec:
  steps:
  - {name: deep, ref: {name: slow}, with: {text: Hello}}
"""
STORY_COMMAND = ("story", "run", "uneven")
"""Steps side by side, one after another, in a child story and at the end: each a pod."""


def write_story(folder: Path, tag: str) -> Path:
    """Make a workspace of one story with images for its steps."""
    folder.mkdir(parents=True)
    documents, images = [STORY], []
    for name in ("conforming", "slow"):
        documents.append((ENGRAMS / name / "Engram.yaml").read_text(encoding="utf-8"))
        documents.append(
            f"apiVersion: bubustack.io/v1alpha1\nkind: Engram\nmetadata: {{name: {name}}}\n"
            f"spec: {{templateRef: {{name: {name}}}}}\n"
        )
        images.append(f"  {name}: {{image: '{image(name, tag)}', process: {BINARIES / name}}}\n")
    (folder / "manifests.yaml").write_text("---\n".join(documents), encoding="utf-8")
    (folder / "engram-validate.yaml").write_text(f"images:\n{''.join(images)}", encoding="utf-8")
    return folder


def write(folder: Path, tag: str, engrams: tuple[Engram, ...] = RUN) -> Path:
    """Make a workspace of these engrams."""
    (folder / "templates").mkdir(parents=True)
    images, cases = [], []
    for engram in engrams:
        shutil.copy(ENGRAMS / engram.name / "Engram.yaml", folder / "templates" / f"{engram.name}.yaml")
        source = f"image: '{image(engram.name, tag)}'"
        if engram.built:
            context = folder / "contexts" / engram.name
            context.mkdir(parents=True)
            (context / "Dockerfile").write_text(f"FROM {image(engram.name, tag)}\nCOPY Dockerfile /\nLABEL built=1\n")
            source = f"build: contexts/{engram.name}"
        images.append(f"  {engram.name}: {{{source}, process: {BINARIES / engram.name}}}\n")
        each = STREAM if engram.streams else CASE
        cases.append(f"  {engram.name}:\n")
        cases += [f"    - {each % (f'case {number}', engram.timeout)}\n" for number in range(engram.cases)]
    text = f"manifests: ['templates/*.yaml']\nimages:\n{''.join(images)}cases:\n{''.join(cases)}"
    (folder / "engram-validate.yaml").write_text(text)
    return folder
