"""One step of a batch run, without any SDK: inputs from the environment, the result into the status of the StepRun."""

from __future__ import annotations

import json
import os
import ssl
import sys
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class InvalidInputError(Exception):
    """The inputs are not what the template asks for."""


def run(work: Callable[[dict], dict]) -> None:
    """Do the work and report its output, or that its inputs make no sense."""
    try:
        output = work(json.loads(os.environ.get("BUBU_TRIGGER_DATA") or "{}"))
    except InvalidInputError as problem:
        message = f"invalid input: {problem}"
        error = {"version": "v1", "type": "validation_error", "message": message, "retryable": False, "exitCode": 1}
        report({"phase": "Failed", "exitCode": 1, "exitClass": "terminal", "error": error, "lastFailureMsg": message})
        sys.exit(1)
    report({"phase": "Succeeded", "exitClass": "success", "output": output})


def report(status: dict) -> None:
    server, headers, trust = cluster()
    namespace, name = os.environ["BUBU_STEPRUN_NAMESPACE"], os.environ["BUBU_STEPRUN_NAME"]
    url = f"{server}/apis/runs.bubustack.io/v1alpha1/namespaces/{namespace}/stepruns/{name}/status"
    body = {"status": {"finishedAt": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), **status}}
    headers |= {"Content-Type": "application/merge-patch+json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="PATCH")
    urllib.request.urlopen(request, timeout=30, context=trust).close()


def cluster() -> tuple[str, dict[str, str], ssl.SSLContext | None]:
    """Where the API is: in a cluster by its service account, elsewhere by a kubeconfig (one written as JSON)."""
    host = os.environ.get("KUBERNETES_SERVICE_HOST")
    if host and (ACCOUNT / "token").exists():
        token = (ACCOUNT / "token").read_text(encoding="utf-8").strip()
        trust = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))
        return f"https://{host}:{os.environ['KUBERNETES_SERVICE_PORT']}", {"Authorization": f"Bearer {token}"}, trust
    file = Path(os.environ.get("KUBECONFIG") or Path.home() / ".kube" / "config")
    kubeconfig = json.loads(file.read_text(encoding="utf-8"))
    return kubeconfig["clusters"][0]["cluster"]["server"].rstrip("/"), {}, None
