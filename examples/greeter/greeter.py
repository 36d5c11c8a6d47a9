#!/usr/bin/env python3
"""A batch engram without any SDK: what it is asked comes in the environment, what it answers goes into its StepRun.

The platform starts a pod with the inputs in BUBU_TRIGGER_DATA and the configuration in BUBU_STEP_CONFIG, and waits for
a merge patch of the StepRun's status. The exit status alone tells it nothing.
"""

from __future__ import annotations

import json
import os
import ssl
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"


class InputError(ValueError):
    """The inputs are not what the template asks for."""


def greet(inputs: dict, config: dict) -> dict:
    """Greet somebody, with as many exclamation marks as wanted."""
    name = inputs.get("name")
    if not isinstance(name, str) or not name.strip():
        raise InputError("name must be a text that is not blank")
    hello = "Good day" if config.get("formal") else "Hello"
    marks = "!" * int(inputs.get("excitement", 0))
    return {
        "greeting": f"{hello}, {name}{marks or '.'}",
        "exclamations": marks and len(marks),
    }


class StepRun:
    """This run, as the Kubernetes API knows it."""

    def __init__(self) -> None:
        server, self.headers, self.trust = cluster()
        namespace, name = os.environ["BUBU_STEPRUN_NAMESPACE"], os.environ["BUBU_STEPRUN_NAME"]
        self.url = f"{server}/apis/runs.bubustack.io/v1alpha1/namespaces/{namespace}/stepruns/{name}"

    def check(self) -> None:
        """Stop before the work is done when there is nobody to tell the result."""
        phase = self.call("GET", self.url).get("status", {}).get("phase", "")
        if phase not in ("", "Running", "Failed"):
            raise SystemExit(f"this run is {phase} already")

    def report(self, **status: object) -> None:
        """Write the result into the status."""
        finished = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.call("PATCH", f"{self.url}/status", {"status": {"finishedAt": finished, **status}})

    def call(self, method: str, url: str, body: dict | None = None) -> dict:
        headers = {"Accept": JSON, **self.headers} | ({"Content-Type": MERGE_PATCH} if body else {})
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(url, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30, context=self.trust) as answer:
            return json.load(answer)


def cluster() -> tuple[str, dict[str, str], ssl.SSLContext | None]:
    """Where the API is: in the cluster by its service account, elsewhere by a kubeconfig (one written as JSON)."""
    host = os.environ.get("KUBERNETES_SERVICE_HOST")
    if host and (SERVICE_ACCOUNT / "token").exists():
        token = (SERVICE_ACCOUNT / "token").read_text(encoding="utf-8").strip()
        trust = ssl.create_default_context(cafile=str(SERVICE_ACCOUNT / "ca.crt"))
        return f"https://{host}:{os.environ['KUBERNETES_SERVICE_PORT']}", {"Authorization": f"Bearer {token}"}, trust
    file = Path(os.environ.get("KUBECONFIG") or Path.home() / ".kube" / "config")
    kubeconfig = json.loads(file.read_text(encoding="utf-8"))
    return kubeconfig["clusters"][0]["cluster"]["server"].rstrip("/"), {}, None


def main() -> int:
    """Do the work of one step; the result is in the StepRun when this returns."""
    step = StepRun()
    step.check()
    try:
        inputs = json.loads(os.environ.get("BUBU_TRIGGER_DATA") or "{}")
        config = json.loads(os.environ.get("BUBU_STEP_CONFIG") or "{}")
        output = greet(inputs, config)
    except InputError as problem:
        error = {
            "version": "v1",
            "type": "validation_error",
            "message": f"invalid input: {problem}",
            "retryable": False,
            "exitCode": 1,
            "exitClass": "terminal",
        }
        step.report(phase="Failed", exitCode=1, exitClass="terminal", error=error, lastFailureMsg=error["message"])
        print(error["message"], file=sys.stderr)
        return 1
    step.report(phase="Succeeded", exitClass="success", output=output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
