"""How long a matrix of N by N templates takes: real-sized ones, generated with a fixed seed.

    python benchmarks/matrix.py [--templates 200] [--html FILE]

Aim: 200 by 200 in under 60 s on two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from validator.checks.pairwise.matrix import document, matrix  # noqa: E402
from validator.sources.manifests import EngramTemplate  # noqa: E402
from validator.sources.reader import read  # noqa: E402
from validator.sources.text import SourceText  # noqa: E402

NAMES = [
    *(
        "text",
        "url",
        "body",
        "status",
        "headers",
        "history",
        "role",
        "content",
        "model",
        "temperature",
        "key",
        "sessionId",
    ),
    *(
        "speakerId",
        "items",
        "count",
        "path",
        "query",
        "language",
        "audio",
        "transcript",
        "confidence",
        "reason",
        "type",
    ),
    *("user", "metadata", "title", "summary", "tags", "score", "id", "name", "email", "message", "channel", "thread"),
    *("timestamp", "duration", "format", "data", "encoding", "size", "cursor", "page", "limit", "offset", "filter"),
]
KINDS = ("string", "string", "string", "integer", "number", "boolean", "object", "array")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--templates", type=int, default=200)
    parser.add_argument("--workers", type=int, default=0, help="Processes; 0 for as many as there are processors.")
    parser.add_argument("--html", type=Path, help="Write the table, too.")
    options = parser.parse_args()
    catalogue = templates(options.templates)
    started, processor = time.perf_counter(), spent()
    found = matrix(catalogue, workers=options.workers)
    wall, work = time.perf_counter() - started, spent() - processor
    counts = Counter(cell.outcome.value for row in found.cells for cell in row)
    pairs = len(catalogue) ** 2
    print(f"{len(catalogue)} by {len(catalogue)} templates: {wall:.1f} s wall, {work:.1f} s of processor time")
    print(f"{1000 * work / pairs:.2f} ms a pair   (aim: 200 by 200 under 60 s)   {dict(counts)}")
    if options.html:
        from validator.reports.html.matrix import render

        text = render(document(found))
        options.html.write_text(text, encoding="utf-8")
        print(f"{options.html}: {len(text) / 1e6:.1f} MB")


def spent() -> float:
    """Processor time of this process and of those that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def templates(number: int) -> list[EngramTemplate]:
    """Generated templates of the size of published ones (10 to 40 fields, some nested)."""
    chance = random.Random(1)
    made = []
    for index in range(number):
        manifest = {
            "apiVersion": "catalog.bubustack.io/v1alpha1",
            "kind": "EngramTemplate",
            "metadata": {"name": f"engram-{index:03}"},
            "spec": {
                "version": "1.0.0",
                "supportedModes": ["job"],
                "inputSchema": schema(chance, chance.randint(6, 40), required=chance.choice((0, 0, 1, 2))),
                "outputSchema": schema(chance, chance.randint(3, 20), required=chance.choice((0, 2, 3))),
            },
        }
        (read_one,) = read(SourceText(f"engram-{index:03}.json", json.dumps(manifest, indent=2))).documents
        made.append(EngramTemplate.of(read_one.root))
    return made


def schema(chance: random.Random, fields: int, required: int, depth: int = 0) -> dict[str, Any]:
    names = chance.sample(NAMES, min(fields, len(NAMES)))
    made: dict[str, Any] = {"type": "object", "properties": {name: field(chance, depth) for name in names}}
    if required:
        made["required"] = names[:required]
    if chance.random() < 0.15:
        made["additionalProperties"] = False
    return made


def field(chance: random.Random, depth: int) -> dict[str, Any]:
    kind = chance.choice(KINDS)
    if kind == "object":
        return schema(chance, chance.randint(1, 4), 0, depth + 1) if depth < 2 else {"type": "object"}
    if kind == "array":
        return {"type": "array", "items": field(chance, depth + 1)} if depth < 2 else {"type": "array"}
    made: dict[str, Any] = {"type": kind, "description": "What it holds, in a sentence of usual length."}
    if kind == "string" and chance.random() < 0.2:
        made["enum"] = chance.sample(["system", "user", "assistant", "tool", "auto", "none"], 4)
    if kind == "integer" and chance.random() < 0.3:
        made["minimum"] = chance.choice((0, 1))
    if chance.random() < 0.1 and "enum" not in made:
        made["default"] = {"string": "text", "integer": 1, "number": 0.5, "boolean": True}[kind]
    if chance.random() < 0.05:
        return {"oneOf": [{"type": kind}, {"type": "object", "properties": {"data": {"type": "string"}}}]}
    return made


if __name__ == "__main__":
    main()
