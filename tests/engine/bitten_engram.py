#!/usr/bin/env python3
"""An engram without an SDK that does what `do` says, and reports a failure when that is refused."""

import http.client
import json
import os
import socket
import sys
import urllib.parse
from pathlib import Path

INPUTS = json.loads(os.environ["BUBU_TRIGGER_DATA"])
NAMESPACE = os.environ["BUBU_STEPRUN_NAMESPACE"]
STEPRUN = os.environ["BUBU_STEPRUN_NAME"]
API = "/apis/runs.bubustack.io/v1alpha1/namespaces/" + NAMESPACE
KUBECONFIG = json.loads(Path(os.environ["HOME"], ".kube/config").read_text(encoding="utf-8"))
SERVER = urllib.parse.urlsplit(KUBECONFIG["clusters"][0]["cluster"]["server"])


class RefusedError(Exception):
    pass


def ask(method, path, body=None, kind="application/json", chunked=False):
    connection = http.client.HTTPConnection(SERVER.hostname, SERVER.port)
    sent = None if body is None else json.dumps(body).encode()
    data = iter([sent]) if chunked else sent
    connection.request(method, SERVER.path + path, data, {"Content-Type": kind}, encode_chunked=chunked)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    if answer.status >= 400:
        raise RefusedError(f"{answer.status} {text[:200]}")
    return json.loads(text)


def report(status):
    kind = "application/merge-patch+json"
    ask("PATCH", f"{API}/stepruns/{STEPRUN}/status", {"status": status}, kind)


def starts_a_story():
    story = {"spec": {"storyRef": {"name": "other"}}, "metadata": {"generateName": "t-"}}
    raise RefusedError(ask("POST", f"{API}/storytriggers", story)["status"]["reason"])


def sends_a_json_patch():
    ask("PATCH", f"{API}/stepruns/{STEPRUN}/status", [], "application/json-patch+json")


def says_what_the_sdk_says():
    raise RefusedError("output schema resolution failed: fetch engram: no kind is registered")


def creates_objects_without_end():
    for number in range(2000):
        ask("POST", f"{API}/effectclaims", {"metadata": {"name": f"e{number}"}})


def creates_large_objects():
    for number in range(100):
        ask("POST", f"{API}/effectclaims", {"metadata": {"name": f"e{number}"}, "spec": {"text": "x" * (2 << 20)}})


def sends_a_body_in_chunks():
    ask("POST", f"{API}/effectclaims", {"metadata": {"name": "e"}}, chunked=True)


def opens_connections():
    served = urllib.parse.urlsplit(INPUTS["url"])
    opened = []
    for _ in range(130):
        connection = socket.create_connection((served.hostname, served.port))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        opened.append(connection)
    for connection in opened:
        connection.settimeout(5)
        if not connection.recv(1):
            raise RefusedError("EOF")


def asks_for_jobs():
    ask("GET", f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs")


def looks_a_name_up():
    try:
        socket.getaddrinfo("api.example.com", 443)
    except OSError:
        raise RefusedError("Get https://api.example.com: dial tcp: lookup api.example.com: no such host") from None


def lists_interfaces():
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()
    raise RefusedError("address family not supported by protocol")


def well():
    pass


def gives_up():
    raise RefusedError("I give up")


def does_not_know():
    raise RefusedError(f"I do not know how to {INPUTS['do']}")


try:
    globals().get(INPUTS["do"].lower().replace(" ", "_"), does_not_know)()
except (RefusedError, OSError) as error:
    failure = {"version": "v1", "type": "execution_error", "message": str(error), "retryable": False}
    report({"phase": "Failed", "exitClass": "terminal", "error": failure})
    sys.exit(1)
report({"phase": "Succeeded", "exitClass": "success", "output": {"done": INPUTS["do"]}})
