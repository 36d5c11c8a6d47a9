"""The kubeconfig that leads an engram to the harness (contract/runtime.md 1.3)."""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = ".kube"


def text(server: str) -> str:
    """A kubeconfig as JSON, which is YAML: plain HTTP on loopback is accepted.

    The credential of a case is the path of its server, which any client that follows the file sends with each request.
    """
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "sandbox", "cluster": {"server": server}}],
            "users": [{"name": "sandbox", "user": {}}],
            "contexts": [
                {"name": "sandbox", "context": {"cluster": "sandbox", "user": "sandbox", "namespace": "sandbox"}}
            ],
            "current-context": "sandbox",
        }
    )


def write(home: str, server: str) -> None:
    """Write it below a home folder: the client for secret references reads `$HOME/.kube/config` and nothing else."""
    folder = Path(home) / FOLDER
    # Not its parents: a home that is gone was swept away with a dead driver's pod, and must not come back.
    folder.mkdir(mode=0o755)
    (folder / "config").write_text(text(server), encoding="utf-8")
