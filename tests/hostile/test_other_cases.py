"""What the engram of one case can do to another case of its pod: nothing."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from validator.sandbox.harness import store
from validator.sandbox.harness.batch import Batch
from validator.sandbox.harness.outward import Outward

RUNS = "/apis/runs.bubustack.io/v1alpha1/namespaces/sandbox/stepruns"
PATCH = {"Content-Type": "application/merge-patch+json"}
SUCCESS = json.dumps({"status": {"phase": "Succeeded", "exitClass": "success"}})


@dataclass
class Host:
    """A harness for one family, whose events are thrown away."""

    home: str
    store: str
    address: str = "127.0.0.1"
    outward: Outward = field(default_factory=lambda: Outward([]))

    def emit(self, event: str, key: str, data: Any) -> None:
        """Nobody listens."""


@dataclass(frozen=True)
class Client:
    """Whoever follows a kubeconfig."""

    server: str

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[int, Any]:
        parts = urlsplit(self.server)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        connection.request(method, parts.path + path, body, PATCH if body else {})
        answer = connection.getresponse()
        told = answer.status, json.loads(answer.read())
        connection.close()
        return told


def client(opened: dict[str, Any]) -> Client:
    config = json.loads(Path(opened["home"], ".kube", "config").read_text(encoding="utf-8"))
    return Client(config["clusters"][0]["cluster"]["server"])


@contextmanager
def two_cases(tmp_path: Path) -> Iterator[Callable[[Callable[[Client, Client], Any]], tuple[Any, dict[str, Any]]]]:
    """Runs an attack of one case on another: what it returned, and the record of the other."""
    for name in ("home", "store"):
        (tmp_path / name).mkdir()

    async def attacked(attack: Callable[[Client, Client], Any]) -> tuple[Any, dict[str, Any]]:
        batch = Batch(Host(str(tmp_path / "home"), str(tmp_path / "store")))  # type: ignore[arg-type]  # what it uses
        await batch.listen()
        await batch.open_case(steprun="attacker", namespace="sandbox")
        clients = [client(await batch.open_case(steprun=name, namespace="sandbox")) for name in ("bad", "good")]
        returned = await asyncio.to_thread(attack, *clients)
        record = await batch.close_case("good", "sandbox")
        await batch.close()
        return returned, record

    yield lambda attack: asyncio.run(attacked(attack))


ATTACKS = {
    "read": ("GET", f"{RUNS}/good", None),
    "forge a success": ("PATCH", f"{RUNS}/good/status", SUCCESS),
    "replace": ("PUT", f"{RUNS}/good/status", SUCCESS),
    "delete": ("DELETE", f"{RUNS}/good", None),
}


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("credential", ["its own", "none"])
def test_another_case_cannot(tmp_path: Path, name: str, credential: str) -> None:
    def attack(bad: Client, good: Client) -> int:
        via = bad if credential == "its own" else Client(good.server.rpartition("/")[0])
        return via.ask(*ATTACKS[name])[0]

    with two_cases(tmp_path) as attacked:
        status, record = attacked(attack)
    assert status == 404
    assert record["status"] == {"phase": "Running", "retries": 0}
    assert (record["request_count"], record["patches"], record["objections"]) == (0, [], [])


def test_lists_show_the_objects_of_their_case(tmp_path: Path) -> None:
    with two_cases(tmp_path) as attacked:
        (status, listed), _ = attacked(lambda bad, _: bad.ask("GET", RUNS))
    assert (status, [item["metadata"]["name"] for item in listed["items"]]) == (200, ["bad"])


def test_without_a_credential_there_are_kinds_and_no_objects(tmp_path: Path) -> None:
    def attack(_: Client, good: Client) -> list[int]:
        nobody = Client(good.server.rpartition("/")[0])
        return [nobody.ask(*asked)[0] for asked in (("GET", "/apis"), ("GET", RUNS), ("POST", RUNS, SUCCESS))]

    with two_cases(tmp_path) as attacked:
        assert attacked(attack)[0] == [200, 404, 404]


def test_storage_is_a_folder_that_nobody_has_seen(tmp_path: Path) -> None:
    first, second = (store.prepare(str(tmp_path), {"inputs/sandbox/0.json": "x"}) for _ in range(2))
    assert first != second
    assert len(Path(first).name) == 32
    with pytest.raises(FileExistsError):
        store._make(first)


def test_nothing_is_read_through_what_an_engram_has_planted(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "marker").write_text('"marker"', encoding="utf-8")
    folder = Path(store.prepare(str(tmp_path), {"inputs/sandbox/0.json": "given"}))
    (folder / "plain.json").write_text('{"told": 1}', encoding="utf-8")
    (folder / "link").symlink_to(outside / "marker")
    (folder / "way").symlink_to(outside)
    (folder / "inputs" / "sandbox" / "0.json").unlink()
    (folder / "inputs" / "sandbox" / "0.json").symlink_to(outside / "marker")
    os.mkfifo(folder / "pipe")
    with (folder / "large").open("wb") as large:
        large.truncate(store.BYTE_LIMIT + 1)
    deep = folder
    for _ in range(store.DEPTH_LIMIT + 10):
        deep = deep / "d"
        deep.mkdir()
    (deep / "hidden").write_text("1", encoding="utf-8")
    stored = store.collect(str(folder), {"inputs/sandbox/0.json": "given"})
    assert stored.files == {"plain.json": {"told": 1}}
    assert sorted(stored.unread) == ["/".join("d" * (store.DEPTH_LIMIT + 2)), "large"]
    assert not folder.exists()
    assert (outside / "marker").read_text(encoding="utf-8") == '"marker"'
