"""A small realtime story on disk, and cases of it that are run with mocks alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from validator.sources.workspace import load
from validator.suite.realtime.cases import case
from validator.suite.realtime.pods import OpenPod
from validator.suite.realtime.running import Ran, run_case

STORY = """\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: room}
spec:
  pattern: realtime
  transports:
  - {name: live, transportRef: live}
  steps:
  - {name: mic, ref: {name: mic}, transport: live}
  - {name: think, ref: {name: think}, transport: live, needs: [mic], runtime: {text: "{{ packet.text }}"}}
  - {name: show, ref: {name: show}, transport: live, needs: [think], runtime: {text: "{{ packet.text }}!"}}
"""
ENGRAM = """\
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {{name: {name}}}
spec:
  mode: deployment
  templateRef: {{name: {name}}}
---
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {{name: {name}}}
spec:
  version: 1.0.0
  image: registry.example/{name}:1.0.0
  supportedModes: [deployment]
"""
TRANSPORT = """\
---
apiVersion: transport.bubustack.io/v1alpha1
kind: Transport
metadata: {name: live}
spec: {provider: bobravoz, driver: bobravoz.grpc}
"""
ECHO = {"answers": [{"payload": {"text": "{{ packet.text }}"}}]}


def play(
    folder: Path,
    document: Mapping[str, Any],
    story: str = STORY,
    opened: Mapping[str, OpenPod] | None = None,
    templates: Mapping[str, str] = MappingProxyType({}),
    **more: Any,
) -> Ran:
    """Run a case of the story; `think` echoes unless the case, or a pod, says otherwise.

    `templates` has more lines of the `spec` of an engram's template.
    """
    names = ("mic", "think", "show")
    text = story + "".join(ENGRAM.format(name=name) + templates.get(name, "") for name in names) + TRANSPORT
    (folder / "stories.yaml").write_text(text, encoding="utf-8")
    workspace = load(folder, ["stories.yaml"])
    (found,) = workspace.stories
    document = {"steps": {"think": ECHO}, **document}
    return run_case(workspace, found, case(document, [step.name for step in found.steps], folder), opened or {}, **more)
