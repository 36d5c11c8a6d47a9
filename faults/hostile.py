"""Engrams that attack what runs them, beside others whose results must not be lost."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import replace

from faults import strangers
from faults.attempt import Attempt, Bench, Verdict
from faults.workspace import Engram, write

ATTACKER = "attacker"
_API = """
import json, os, pathlib, socket, urllib.parse, urllib.request
config = json.loads(pathlib.Path(os.environ["HOME"], ".kube", "config").read_text())
server = config["clusters"][0]["cluster"]["server"].rstrip("/")
place = urllib.parse.urlsplit(server)
runs = "/apis/runs.bubustack.io/v1alpha1/namespaces/" + os.environ["BUBU_STEPRUN_NAMESPACE"] + "/stepruns"
def tried(method, url, body=None):
    asked = urllib.request.Request(url, body, {"Content-Type": "application/merge-patch+json"}, method=method)
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=5).read()
    except OSError:
        pass
"""
ATTACKS = {
    "a client that never reads": """
asked = f"GET {place.path}{runs} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n".encode() * 50
held = []
for number in range(500):
    try:
        held.append(socket.create_connection((place.hostname, place.port), 2))
        held[-1].settimeout(0.2)
        # The last ones never come to the end of a request: they are at work, and not idle.
        held[-1].sendall(asked if number < 250 else asked[:40])
    except OSError:
        pass
""",
    "links in the store": """
store = pathlib.Path(os.environ["BUBU_STORAGE_PATH"])
for folder in (store, store / "outputs", store / "inputs", store.parent, pathlib.Path(os.environ["HOME"])):
    for number in range(20):
        try:
            folder.mkdir(exist_ok=True)
            (folder / f"link-{number}").symlink_to(("/etc", "/proc/self", "../..", store)[number % 4])
        except OSError:
            pass
""",
    "forged patches": """
done = json.dumps({"status": {"phase": "Succeeded", "exitClass": "success", "output": {"text": "forged"}}}).encode()
bare = f"http://{place.netloc}"
for name in ("case-0", "case-1", "wrongtype", "wrongtype-case-0", "..", os.environ["BUBU_STEPRUN_NAME"] + "x"):
    for base in (server, bare):
        for method in ("PATCH", "PUT", "DELETE"):
            tried(method, f"{base}{runs}/{name}/status", done)
            tried(method, f"{base}{runs}/{name}", done)
""",
}

TOLD = {"a client that never reads": ("EV924",)}
"""The rules by which the report has to name the attacker."""


def hostile(bench: Bench, tag: str, random_: random.Random) -> Iterator[tuple[str, tuple[Verdict, str]]]:
    """Each attack, in the middle of a run: the attacker may fail, and nothing else may be otherwise."""
    with strangers.interpreter(bench) as interpreter:
        for attack, program in ATTACKS.items():
            folder = bench.workspace.parent / attack.replace(" ", "-")
            write(folder, tag, (Engram("conforming", 1), Engram("wrongtype", 2)))
            strangers.add(folder, ATTACKER, _API + program, interpreter)
            attempt = Attempt(replace(bench, workspace=folder))
            verdict = attempt.judged()
            # What is said of the attacker itself is true.
            verdict.alarms -= {alarm for alarm in verdict.alarms if alarm.endswith(f" of {ATTACKER}")}
            failed = {line for line in attempt.finished() if line.startswith("failed template wrongtype")}
            verdict.lost |= {"wrongtype"} if len(failed) != 2 else set()
            verdict.lost |= {rule for rule in TOLD.get(attack, ()) if f"[{rule} " not in attempt.output()}
            shutil.rmtree(folder)
            yield f"hostile engram, {bench.kind}", (verdict, attack)
