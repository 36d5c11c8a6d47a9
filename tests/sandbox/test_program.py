"""The harness as a real process: how it starts, answers, serves and ends."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from validator.sandbox.harness.http import BODY_LIMIT
from validator.sandbox.pods.process import harness_env

RUNS = "/apis/runs.bubustack.io/v1alpha1/namespaces/sandbox"


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    ready: dict[str, Any]

    def ask(self, line: bytes) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def call(self, op: str, **args: Any) -> dict[str, Any]:
        return self.ask(json.dumps({"id": 1, "op": op, "args": args}).encode())

    @property
    def port(self) -> int:
        return int(self.ready["api"].rpartition(":")[2])


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Running]:
    (tmp_path / "home").mkdir()
    arguments = ["--home", str(tmp_path / "home"), "--store", str(tmp_path)]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "validator.sandbox.harness", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=harness_env(),
    )
    try:
        assert process.stdout is not None
        event = json.loads(process.stdout.readline())
        assert event["event"] == "ready"
        yield Running(process, event["data"])
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()


def test_it_loads_nothing_but_the_standard_library() -> None:
    program = (
        "import sys; before = set(sys.modules)\n"
        "import validator.sandbox.harness.program, validator.sandbox.harness.batch\n"
        "print(sorted({name.partition('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)))"
    )
    told = subprocess.run([sys.executable, "-P", "-c", program], env=harness_env(), capture_output=True, check=True)
    assert told.stdout == b"['validator']\n"


def test_its_kubeconfig_leads_to_it(harness: Running) -> None:
    config = json.loads((Path(harness.ready["home"]) / ".kube" / "config").read_text())
    assert config["clusters"][0]["cluster"]["server"] == harness.ready["api"]
    assert config["users"] == [{"name": "sandbox", "user": {}}]


@pytest.mark.parametrize(
    ("line", "kind", "words"),
    [
        (b"words", "JSONDecodeError", "Expecting value"),
        (b'{"id": 1, "op": "nosuch.op"}', "LookupError", "there are batch, service, stream"),
        (b'{"id": 1, "op": "batch.nosuch"}', "LookupError", "batch has close, open"),
        (b'{"id": 1, "op": "batch.close", "args": {"steprun": "x", "namespace": "y"}}', "KeyError", "x"),
        (b'{"id": 1, "op": "batch.open", "args": {"nonsense": 1}}', "TypeError", "nonsense"),
    ],
)
def test_no_call_ends_it(harness: Running, line: bytes, kind: str, words: str) -> None:
    answer = harness.ask(line)
    assert answer["error"]["type"] == kind
    assert words in answer["error"]["message"]
    assert harness.call("batch.open", steprun="a", namespace="sandbox")["result"]["steprun"] == "a"


def server_of(opened: dict[str, Any]) -> str:
    """The path of a case's own API."""
    config = json.loads(Path(opened["result"]["home"], ".kube", "config").read_text())
    found: str = config["clusters"][0]["cluster"]["server"]
    return "/" + found.split("/", 3)[3]


def test_a_taken_name_gets_a_suffix(harness: Running) -> None:
    names = [harness.call("batch.open", steprun="a", namespace="sandbox")["result"]["steprun"] for _ in range(3)]
    assert names == ["a", "a-2", "a-3"]


def test_traffic_is_told_apart_by_case(harness: Running) -> None:
    servers = {name: server_of(harness.call("batch.open", steprun=name, namespace="sandbox")) for name in ("a", "b")}
    for name, server in servers.items():
        connection = http.client.HTTPConnection("127.0.0.1", harness.port)
        for path in ("/api", "/metrics", f"{RUNS}/stepruns/{name}"):
            connection.request("GET", server + path)
            connection.getresponse().read()
        body = json.dumps({"status": {"phase": "Succeeded", "output": {"name": name, "none": None}}})
        headers = {"Content-Type": "application/merge-patch+json"}
        connection.request("PATCH", f"{server}{RUNS}/stepruns/{name}/status", body, headers)
        connection.getresponse().read()
        connection.close()
        event = json.loads(harness.process.stdout.readline())  # type: ignore[union-attr]  # it is a pipe
        assert (event["event"], event["key"], event["data"]) == ("batch.result", name, {"phase": "Succeeded"})
    for name in ("b", "a"):
        seen = harness.call("batch.close", steprun=name, namespace="sandbox")["result"]
        assert [request["path"] for request in seen["requests"]][:2] == ["/api", "/metrics"]
        assert seen["request_count"] == 4
        assert seen["unknown"] == ["GET /metrics"]
        assert seen["status"] == {"phase": "Succeeded", "retries": 0, "output": {"name": name}}
        assert seen["result"]["output"] == {"name": name, "none": None}


def exchange(port: int, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


@pytest.mark.parametrize(
    ("sent", "statuses"),
    [
        (b"GET /api HTTP/1.1\r\n\r\nGET /version HTTP/1.1\r\n\r\n", [b"200", b"200"]),
        (b"GET /api HTTP/1.1\r\nConnection: close\r\n\r\nGET /version HTTP/1.1\r\n\r\n", [b"200"]),
        (b"nonsense\r\n\r\n", [b"400"]),
        (b"POST /api HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", [b"411"]),
        (b"POST /api HTTP/1.1\r\nContent-Length: -1\r\n\r\n", [b"411"]),
        (b"GET /" + b"x" * 70_000, [b"431"]),
        (
            b"PATCH %s/stepruns/a HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (RUNS.encode(), BODY_LIMIT + 5)
            + b"x" * (BODY_LIMIT + 5)
            + b"GET /api HTTP/1.1\r\n\r\n",
            [b"404", b"200"],
        ),
    ],
    ids=["pipelined", "close", "no request", "chunked", "negative", "long head", "too large, of no case"],
)
def test_http(harness: Running, sent: bytes, statuses: list[bytes]) -> None:
    received = exchange(harness.port, sent)
    assert [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]] == statuses


def test_it_ends_with_its_input_and_takes_what_it_guards_along(harness: Running) -> None:
    guarded = subprocess.Popen(["sleep", "60"], start_new_session=True)
    harness.call("guard", group=guarded.pid)
    let_go = subprocess.Popen(["sleep", "60"], start_new_session=True)
    harness.call("guard", group=let_go.pid)
    harness.call("unguard", group=let_go.pid)
    assert harness.process.stdin is not None
    harness.process.stdin.close()
    assert harness.process.wait(5) == 0
    assert guarded.wait(5) == -signal.SIGKILL
    assert let_go.poll() is None
    let_go.kill()
    let_go.wait()
