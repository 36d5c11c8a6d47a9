"""Watches of the sandbox's Kubernetes API: what has changed, then every change, to whoever reads it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from validator.sandbox.harness import http
from validator.sandbox.harness.cluster import Cluster
from validator.sandbox.harness.story_objects import events, seen_over

RUNS = "/apis/runs.bubustack.io/v1alpha1/namespaces/sandbox/storyruns"


def run(name: str, phase: str = "Running", **labels: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "sandbox", "labels": labels}
    return {
        "apiVersion": "runs.bubustack.io/v1alpha1",
        "kind": "StoryRun",
        "metadata": metadata,
        "status": {"phase": phase},
    }


def respond(cluster: Cluster, target: str) -> http.HttpResponse:
    return cluster.respond(http.HttpRequest("GET", target, {}, b""))[0]


def held() -> Cluster:
    """Two runs, of versions 1 and 2."""
    cluster = Cluster(controlled=True)
    cluster.put(run("a", app="x"))
    cluster.put(run("b"))
    return cluster


def told(query: str, then: Callable[[Cluster], object]) -> list[str]:
    """`TYPE NAME PHASE` of all that a watch says of the runs and of what happens `then`."""
    cluster, lines = held(), list[bytes]()
    watch = respond(cluster, f"{RUNS}{query}").watch
    assert watch is not None
    watch.open(lines.append)
    then(cluster)
    watch.close()
    cluster.put(run("late"))
    return [line_of(json.loads(line)) for line in lines]


def line_of(event: dict[str, Any]) -> str:
    about = event["object"]
    return f"{event['type']} {about['metadata'].get('name', '-')} {about.get('status', {}).get('phase', '-')}"


def nothing(cluster: Cluster) -> None:
    """Nothing happens."""


def ends(cluster: Cluster) -> None:
    cluster.put(run("a", "Succeeded", app="x"))


def goes(cluster: Cluster) -> None:
    cluster.drop(("storyruns", "sandbox", "a"))


def changes_labels(cluster: Cluster) -> None:
    cluster.put(run("a", app="y"))
    cluster.put(run("b", app="x"))


WATCHES = [
    ("?watch=true", nothing, ["ADDED a Running", "ADDED b Running"]),
    ("?watch=1&resourceVersion=0", nothing, ["ADDED a Running", "ADDED b Running"]),
    ("?watch=true&resourceVersion=1", nothing, ["ADDED b Running"]),
    ("?watch=true&resourceVersion=2", ends, ["MODIFIED a Succeeded"]),
    ("?watch=true&resourceVersion=2", goes, ["DELETED a Running"]),
    ("?watch=true&resourceVersion=2", lambda cluster: cluster.put(run("c")), ["ADDED c Running"]),
    ("?watch=true&resourceVersion=2&fieldSelector=metadata.name=b", ends, []),
    ("/a?watch=true&resourceVersion=2", ends, ["MODIFIED a Succeeded"]),
    ("/b?watch=true&resourceVersion=2", ends, []),
    ("?watch=true&labelSelector=app=x", changes_labels, ["ADDED a Running", "DELETED a Running", "ADDED b Running"]),
    (
        "?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan",
        ends,
        ["ADDED a Running", "ADDED b Running", "BOOKMARK - -", "MODIFIED a Succeeded"],
    ),
]


@pytest.mark.parametrize(("query", "then", "expected"), WATCHES, ids=[f"{n}" for n in range(len(WATCHES))])
def test_what_a_watch_says(query: str, then: Callable[[Cluster], object], expected: list[str]) -> None:
    assert told(query, then) == expected


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (f"{RUNS}?watch=true&resourceVersion=two", 400),
        (f"{RUNS}?watch=true&labelSelector=a=b=c", 400),
        (f"{RUNS}?watch=true&resourceVersion=1", 410),  # something has gone since
        (f"{RUNS.replace('storyruns', 'stepruns')}?watch=true", 501),  # nobody changes it
    ],
)
def test_what_no_watch_is_made_of(target: str, status: int) -> None:
    cluster = held()
    goes(cluster)

    assert respond(cluster, target).status == status


def test_a_watch_begins_where_a_list_ends() -> None:
    cluster, lines = held(), list[bytes]()
    version = json.loads(respond(cluster, RUNS).body)["metadata"]["resourceVersion"]

    watch = respond(cluster, f"{RUNS}?watch=true&resourceVersion={version}").watch

    assert watch is not None
    watch.open(lines.append)
    ends(cluster)
    assert len(lines) == 1


def test_an_end_that_a_watch_tells_is_seen_once() -> None:
    cluster, seen = held(), set[str]()
    request = http.HttpRequest("GET", f"{RUNS}?watch=true", {}, b"")
    response, target, body = cluster.respond(request)
    assert target is not None
    assert list(events(request, response, target, body, seen)) == []
    watch, found = response.watch, list[tuple[str, Any]]()
    assert watch is not None
    watch.on_send = lambda manifest: found.extend(seen_over(manifest, seen))
    watch.open(lambda line: None)

    ends(cluster)
    ends(cluster)

    assert [name for _, name in found] == ["a"]


def test_a_watch_on_a_connection_ends_with_its_time() -> None:
    cluster = held()

    async def watched() -> bytes:
        server, port = await http.serve(lambda request: cluster.respond(request)[0], "127.0.0.1")
        async with server:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {RUNS}?watch=true&timeoutSeconds=1 HTTP/1.1\r\n\r\n".encode())
            first = await asyncio.wait_for(reader.readuntil(b'"b"'), 20)
            cluster.put(run("c"))
            rest = await asyncio.wait_for(reader.read(), 20)
            writer.close()
            return first + rest

    got = asyncio.run(watched())

    head, _, body = got.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head
    assert [line.count(b'"type":"ADDED"') for line in body.split(b"\n") if b"ADDED" in line] == [1, 1, 1]
    assert got.endswith(b"0\r\n\r\n")
