"""How long it takes to plan a night, and how even its shards are: a simulated catalogue, no image is run.

    python benchmarks/plan.py                              2,000 engrams in 3 versions, 20 shards
    python benchmarks/plan.py --engrams 500 --shards 8 64

Everything is generated from a seed: schemas of many sizes, batch and streaming engrams, and durations as an earlier
night would have recorded them. Prints the time of the whole command beside that of reading the same files with
PyYAML's C loader, and for each number of shards how far the shortest and the longest are from even, and how many units
a new engram moves.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from validator.findings import Subject
from validator.reports import document
from validator.suite import shards
from validator.suite.results import CaseResult, Outcome, Report

ROOT = Path(__file__).resolve().parent.parent
FIELDS = ("body", "status", "items", "summary", "score", "owner", "labels", "next", "total", "kind")
BATCH = {"generated minimal": 0.3, "generated full": 0.3, "generated full, with canaries": 0.5}
STREAMING = {"generated minimal": 1.0, "generated full": 1.0, "generated full, with canaries": 1.5}
STREAMING |= {"streaming contract": 15.0}
"""Seconds of cases as measured (docs/scale.md); an earlier night spreads around them."""
KINDS = ("string", "integer", "number", "boolean")


def template(index: int, chance: random.Random) -> str:
    def schema(size: int) -> str:
        names = chance.sample(FIELDS, size)
        members = "".join(f"      {name}: {{type: {chance.choice(KINDS)}}}\n" for name in names)
        return f"    type: object\n    properties:\n{members}    required: [{', '.join(names[:2])}]\n"

    mode = "deployment" if index % 4 == 0 else "job"
    return (
        f"apiVersion: catalog.bubustack.io/v1alpha1\nkind: EngramTemplate\nmetadata:\n  name: engram-{index}\nspec:\n"
        f"  version: 3.0.0\n  image: registry.example/engram-{index}:3.0.0\n  supportedModes: [{mode}]\n"
        f"  configSchema:\n{schema(3)}  inputSchema:\n{schema(chance.randint(2, 8))}  outputSchema:\n{schema(5)}"
    )


def recorded(names: list[str], chance: random.Random) -> str:
    """The report of an earlier night: only the durations in it count here."""
    rows = []
    for name in names:
        streaming = int(name.removeprefix("engram-").partition("@")[0]) % 4 == 0
        for case, seconds in (STREAMING if streaming else BATCH).items():
            subject = Subject("template", name, case=case)
            took = seconds * chance.lognormvariate(0.0, 0.4)
            rows.append(CaseResult(subject, "streaming" if streaming else "conformance", Outcome.PASSED, took))
    return document.render(Report(cases=tuple(rows), checked=1))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--engrams", type=int, default=2000)
    arguments.add_argument("--versions", type=int, default=3)
    arguments.add_argument("--shards", type=int, nargs="+", default=[20])
    given = arguments.parse_args()
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        images = []
        for index in range(given.engrams):
            (root / f"engram-{index}.yaml").write_text(template(index, chance))
            images += [
                f"  engram-{index}@{version}.0.0: {{image: registry.example/engram-{index}:{version}.0.0}}\n"
                for version in range(1, given.versions + 1)
            ]
        (root / "engram-validate.yaml").write_text("images:\n" + "".join(images))
        names = [line.split(": ")[0].strip() for line in images]
        (root / "last-night.json").write_text(recorded(names, chance))
        reading = read(root)
        for count in given.shards:
            show(root, count, reading)


def read(root: Path) -> float:
    started = time.monotonic()
    for file in sorted(root.glob("*.yaml")):
        yaml.load(file.read_text(), Loader=yaml.CSafeLoader)
    return time.monotonic() - started


def show(root: Path, count: int, reading: float) -> None:
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "validator",
        "plan",
        "--root",
        root,
        "--shards",
        str(count),
        "--format",
        "json",
    ]
    started = time.monotonic()
    done = subprocess.run(
        [*command, "--durations", root / "last-night.json"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    seconds = time.monotonic() - started
    parts = json.loads(done.stdout)["include"]
    loads = [part["seconds"] for part in parts]
    even = sum(loads) / count
    units = sum(len(part["engrams"]) for part in parts)
    lengths = {name: part["seconds"] / len(part["engrams"]) for part in parts for name in part["engrams"]}
    before = {name: index for index, part in enumerate(shards.cut(lengths, count)) for name in part}
    after = {
        name: index
        for index, part in enumerate(shards.cut({**lengths, "engram-new": even / 100}, count))
        for name in part
    }
    moved = sum(before[name] != after[name] for name in before)
    print(
        f"{units:,} units, {sum(part['cases'] for part in parts):,} cases, {sum(loads) / 3600:.1f} runner hours:"
        f" planned in {seconds:.1f} s ({seconds / reading:.1f} times reading the files);"
        f" {count} shards of {even / 60:.1f} min, from {min(loads) / even - 1:+.2%} to {max(loads) / even - 1:+.2%};"
        f" one engram more moves {moved} of {units:,}"
    )


if __name__ == "__main__":
    main()
