"""Write what the definition of StepRun says of a status, for the sandbox's API: types, enums, formats, lengths.

    python scripts/step_run_definition.py VERSION runs.bubustack.io_stepruns.yaml

The file is `config/crd/bases/runs.bubustack.io_stepruns.yaml` of the Go module github.com/bubustack/bobrapet, in the
folder that `go mod download -json github.com/bubustack/bobrapet@v0.1.13` names.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from usage import answer_help, refuse

TABLE = Path(__file__).resolve().parent.parent / "validator/sandbox/harness/step_run.json"
KEYWORDS = (
    "type", "format", "enum", "required", "minimum", "maximum", "minLength", "maxLength", "pattern", "minItems",
    "maxItems", "nullable", "default", "x-kubernetes-list-map-keys",
)  # fmt: skip
LENGTH_OF_ITEMS = re.compile(
    r"!has\(self\.(\w+)\) \|\| self\.\1\.all\((\w), !has\(\2\.(\w+)\) \|\| size\(\2\.\3\) <= (\d+)\)"
)
"""The rules of `x-kubernetes-validations` that limit the length of a text in each item of a list."""


def reduced(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without its prose."""
    definition: dict[str, Any] = {name: schema[name] for name in KEYWORDS if name in schema}
    if "properties" in schema:
        definition["properties"] = {name: reduced(each) for name, each in schema["properties"].items()}
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            definition[name] = reduced(schema[name])
    for validation in schema.get("x-kubernetes-validations", ()):
        limit = LENGTH_OF_ITEMS.fullmatch(" ".join(validation["rule"].split()))
        if limit is None:
            raise SystemExit(f"a rule that this script does not understand: {validation['rule']}")
        member = definition["properties"][limit[1]]["items"]["properties"][limit[3]]
        member["maxLength"] = min(int(limit[4]), member.get("maxLength", int(limit[4])))
    return definition


def main() -> int:
    """Write the table."""
    import yaml  # a Python that has it is needed for the work, not for `--help`

    if len(sys.argv) != 3:
        return refuse(__doc__, f"expected VERSION and a file, found {' '.join(sys.argv[1:]) or 'no arguments'}")
    version, file = sys.argv[1:]
    definition = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
    served = next(each for each in definition["spec"]["versions"] if each["served"])
    status = served["schema"]["openAPIV3Schema"]["properties"]["status"]
    table = {"source": f"bobrapet {version}, {Path(file).name}", "status": reduced(status)}
    TABLE.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    answer_help(__doc__)
    sys.exit(main())
