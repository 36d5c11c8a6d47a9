"""`story graph`: golden drawings of stories of all shapes, and what is said to wrong names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from validator.cli import main

GOLDEN = Path(__file__).parents[1] / "golden" / "graph"

MANIFESTS = """
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: t-typed}
spec: {version: 1.0.0, outputSchema: {type: object}, inputSchema: {type: object}}
---
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {name: t-open}
spec: {version: 1.0.0}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: typed}
spec: {mode: deployment, templateRef: {name: t-typed}}
---
apiVersion: bubustack.io/v1alpha1
kind: Engram
metadata: {name: open}
spec: {mode: deployment, templateRef: {name: t-open}}
---
apiVersion: transport.bubustack.io/v1alpha1
kind: Transport
metadata: {name: tr}
spec: {provider: bobravoz, driver: grpc}
---
apiVersion: transport.bubustack.io/v1alpha1
kind: Transport
metadata: {name: tr-hub}
spec: {provider: bobravoz, driver: grpc, defaultSettings: {routing: {mode: hub}}}
"""

STORIES: dict[str, dict[str, Any]] = {
    "conversation": {
        "pattern": "realtime",
        "transports": [{"name": "one", "transportRef": "tr"}],
        "steps": [
            {"name": "in", "ref": {"name": "typed"}},
            {"name": "think", "ref": {"name": "typed"}, "needs": ["in"], "runtime": {"text": "{{ packet.text }}"}},
            {"name": "speak", "ref": {"name": "open"}, "needs": ["think"], "with": {"voice": "a"}},
            {"name": "out", "ref": {"name": "elsewhere"}, "needs": ["speak"]},
        ],
    },
    "peers": {
        "pattern": "realtime",
        "transports": [{"name": "one", "transportRef": "tr"}, {"name": "two", "transportRef": "tr-hub"}],
        "steps": [
            {"name": "a", "ref": {"name": "typed"}},
            {"name": "b", "ref": {"name": "typed"}, "needs": ["a"]},
            {"name": "nap", "type": "sleep", "needs": ["b"], "with": {"duration": "1s"}},
            {"name": "c", "ref": {"name": "typed"}, "needs": ["nap"], "transport": "one"},
            {"name": "d", "ref": {"name": "typed"}, "needs": ["c"], "transport": "two"},
        ],
    },
    "unreached": {
        "pattern": "realtime",
        "transports": [{"name": "one", "transportRef": "tr"}, {"name": "two", "transportRef": "tr-hub"}],
        "steps": [
            {"name": "early", "ref": {"name": "typed"}, "needs": ["a"], "if": "{{ packet.ok }}"},
            {"name": "a", "ref": {"name": "typed"}, "transport": "one"},
            {"name": "other", "ref": {"name": "typed"}, "needs": ["a"], "transport": "two"},
            {"name": "b", "ref": {"name": "typed"}, "transport": "one"},
            {"name": "c", "ref": {"name": "typed"}, "transport": "one", "needs": ["b"]},
        ],
    },
    "batch": {
        "steps": [
            {"name": "load", "ref": {"name": "typed"}},
            {
                "name": "fan",
                "type": "parallel",
                "needs": ["load"],
                "with": {"steps": [{"name": "left", "ref": {"name": "typed"}}]},
            },
            {"name": "report", "ref": {"name": "open"}, "with": {"text": "{{ steps.load.output.text }}"}},
        ],
        "finally": [{"name": "tidy", "ref": {"name": "typed"}, "needs": ["report"]}],
    },
    'odd"|]; end': {"steps": [{"name": "a`<b>", "ref": {"name": 'x"]; click'}}, {"name": "end", "needs": ["a`<b>"]}]},
}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "manifests.yaml").write_text(MANIFESTS)
    for number, (name, spec) in enumerate(STORIES.items()):
        body = {"apiVersion": "bubustack.io/v1alpha1", "kind": "Story", "metadata": {"name": name}, "spec": spec}
        (tmp_path / f"story{number}.json").write_text(json.dumps(body, indent=1))
    return tmp_path


@pytest.mark.parametrize("style", ["mermaid", "json", "markdown"])
@pytest.mark.parametrize("name", [*STORIES, ""])
def test_golden(name: str, style: str, workspace: Path) -> None:
    arguments = [*([name] if name else []), "--root", str(workspace), "--format", style]
    done = CliRunner().invoke(main, ["story", "graph", *arguments])
    assert (done.exit_code, done.stderr) == (0, "")
    golden = GOLDEN / f"{(name or 'all')[:12].split(chr(34))[0]}.{style}"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(done.stdout)
    assert done.stdout == golden.read_text()


@pytest.mark.parametrize(
    ("name", "said"), [("conversatoin", "did you mean `conversation`?"), ("nothing", "the stories are batch")]
)
def test_a_wrong_name_is_refused(name: str, said: str, workspace: Path) -> None:
    done = CliRunner().invoke(main, ["story", "graph", name, "--root", str(workspace)])
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())


def test_no_story_at_all(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["story", "graph", "--root", str(tmp_path)])
    assert done.exit_code == 2
    assert "There is no story here" in done.stderr


def test_a_story_that_github_would_not_draw(tmp_path: Path) -> None:
    steps = [{"name": f"s{i}", "ref": {"name": "e"}} for i in range(101)]
    story = {
        "apiVersion": "bubustack.io/v1alpha1",
        "kind": "Story",
        "metadata": {"name": "s"},
        "spec": {"steps": steps},
    }
    (tmp_path / "story.json").write_text(json.dumps(story))
    done = CliRunner().invoke(main, ["story", "graph", "--root", str(tmp_path)])
    assert "GitHub draws no flowchart of this size" in done.stderr
    assert done.stdout.count("\n") == 102
