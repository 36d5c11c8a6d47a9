"""Write which fields of the platform's objects hold text, for the table of what is done with each (stories/places.py).

    python scripts/string_fields.py VERSION FOLDER

FOLDER is `config/crd/bases` of the Go module github.com/bubustack/bobrapet, in the folder that
`go mod download -json github.com/bubustack/bobrapet@v0.1.13` names.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from usage import answer_help, refuse

FIELDS = Path(__file__).resolve().parent.parent / "tests/stories/string_fields.json"
DEFINITIONS = {
    "Story": "bubustack.io_stories",
    "Engram": "bubustack.io_engrams",
    "EngramTemplate": "catalog.bubustack.io_engramtemplates",
    "Impulse": "bubustack.io_impulses",
    "ImpulseTemplate": "catalog.bubustack.io_impulsetemplates",
    "Transport": "transport.bubustack.io_transports",
}
FOREIGN = ("affinity",)
"""Types of Kubernetes itself, which are not looked into."""


def string_fields(schema: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[str]:
    """The paths of all texts, and of all that may be anything; `*` stands for an index or a name."""
    if path and path[-1] in FOREIGN:
        yield ".".join(path)
        return
    below = dict(schema.get("properties", {}))
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            below["*"] = schema[keyword]
    for name, child in below.items():
        yield from string_fields(child, (*path, name))
    free = schema.get("x-kubernetes-preserve-unknown-fields") or schema.get("x-kubernetes-int-or-string")
    if not below and (schema.get("type") == "string" or free):
        yield ".".join(path)


def main() -> int:
    """Write the list."""
    import yaml  # a Python that has it is needed for the work, not for `--help`

    if len(sys.argv) != 3:
        return refuse(__doc__, f"expected VERSION and FOLDER, found {' '.join(sys.argv[1:]) or 'no arguments'}")
    version, folder = sys.argv[1:]
    fields: dict[str, list[str]] = {}
    for kind, name in DEFINITIONS.items():
        definition = yaml.safe_load((Path(folder) / f"{name}.yaml").read_text(encoding="utf-8"))
        served = next(each for each in definition["spec"]["versions"] if each["served"])
        fields[kind] = sorted(string_fields(served["schema"]["openAPIV3Schema"]["properties"]["spec"]))
    table = {"source": f"bobrapet {version}", "fields": fields}
    FIELDS.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    answer_help(__doc__)
    sys.exit(main())
