"""Write the tables of the pages: inputs and outputs from action.yml and from the workflows that are there to be called,
keys of the configuration from its schema, rules from the catalogue, rows of the streaming contract from its probes; and
versions of the platform into that schema.

python3 scripts/readme.py
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from environment import ROOT, ready
from usage import without_arguments

README = ROOT / "README.md"
PAGES = (README, *(ROOT / "docs" / f"{name}.md" for name in ("configuration", "rules", "streaming", "workflows")))
KINDS = {
    "string": "A text.",
    "integer": "A number.",
    "object": "An object.",
    "array": "A list.",
    "boolean": "Yes or no.",
}
"""What a key holds, where the schema says nothing else about it."""


PLAIN = (
    "| `plain` | sends packets, stops the engram with SIGTERM | valid messages, receipts, a prompt end "
    "| EV601 to EV626, EV635, EV636, EV640, EV641, EV691 |"
)
"""The case that comes before all probes."""
CONFIGURATION = ROOT / "validator" / "suite" / "config.schema.json"


def main() -> int:
    CONFIGURATION.write_text(with_versions(CONFIGURATION.read_text(encoding="utf-8")), encoding="utf-8")
    for page in PAGES:
        page.write_text(with_tables(page.read_text(encoding="utf-8"), ROOT), encoding="utf-8")
    return 0


def with_versions(schema: str) -> str:
    """The schema of the configuration with the versions that `validator/platform` has files of."""
    from validator.platform.releases import current, versions

    known = f'"enum": {json.dumps(versions())}, "default": {json.dumps(current())}'
    return re.sub(
        r'("platform-version": \{"description": "[^"]*", )"enum": .*(?=\})', lambda found: found[1] + known, schema
    )


def with_tables(text: str, root: Path) -> str:
    """A page with its tables as action.yml and the schema of the configuration have them."""
    import yaml

    action = yaml.safe_load((root / "action.yml").read_text(encoding="utf-8"))
    schema = json.loads((root / "validator" / "suite" / "config.schema.json").read_text(encoding="utf-8"))
    tables = {kind: table(kind[:-1], described(action[kind])) for kind in ("inputs", "outputs")}
    tables["keys"] = table("key", keys(schema, schema))
    tables["rules"] = rules()
    tables["probes"] = probes()
    for workflow in sorted((root / ".github" / "workflows").glob("*.yml")):
        events = yaml.safe_load(workflow.read_text(encoding="utf-8"))[True]  # YAML 1.1 reads `on` as true
        for kind, entries in (events.get("workflow_call") or {}).items():
            tables[f"{kind} of {workflow.name}"] = table(kind[:-1], described(entries))
    for name, rows in tables.items():
        before, start, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- end of {name} -->")
        text = f"{before}{start}{rows}{end}{after}" if start else text
    return text


def table(heading: str, rows: Iterable[tuple[str, str]]) -> str:
    return "\n".join([f"| {heading} | meaning |", "|---|---|", *(f"| `{name}` | {text} |" for name, text in rows), ""])


def rules() -> str:
    """Every rule with its severity and its summary, a table for each family."""
    from validator.rules import FAMILIES, catalogue

    parts = []
    for family, rows in groupby(catalogue().values(), key=lambda rule: rule.code[:3]):
        parts += ["", f"## {family}: {FAMILIES[family]}", "", "| rule | severity | in short |", "|---|---|---|"]
        parts += [
            f"| [{rule.code}](../validator/rules/pages/{rule.code}.md) `{rule.name}` | {rule.severity} "
            f"| {rule.summary.replace('|', chr(92) + '|')} |"
            for rule in rows
        ]
    return "\n".join([*parts[1:], ""])


def probes() -> str:
    """The plain case, then every row of the streaming contract."""
    from validator.checks.streaming.battery import PROBES

    rows = [
        f"| `{probe.name}` | {probe.does} | {probe.holds} | {', '.join(sorted(rule.code for rule in probe.rules))} |"
        for probe in PROBES.values()
    ]
    heading = "| probe | what the connector does | what must hold | rules |"
    return "\n".join([heading, "|---|---|---|---|", PLAIN, *rows, ""])


def described(entries: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    for name, entry in entries.items():
        default = f" Default: `{yaml_text(entry['default'])}`." if "default" in entry else ""
        yield name, f"{' '.join(entry['description'].split())}{default}"


def yaml_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def keys(
    node: Mapping[str, Any], schema: Mapping[str, Any], path: str = "", met: set[str] | None = None
) -> Iterator[tuple[str, str]]:
    """Every key with its description, nested ones by their path: `cases.NAME[].inputs`.

    What several keys share is told at the first of them.
    """
    met = set() if met is None else met

    def below(node: Mapping[str, Any], where: str) -> Iterator[tuple[str, str]]:
        if node.get("$ref") not in met:
            met.update({node["$ref"]} if "$ref" in node else ())
            yield from keys(followed(node, schema), schema, where, met)

    for name, entry in node.get("properties", {}).items():
        where = f"{path}.{name}".lstrip(".")
        target = followed(entry, schema)
        parts = [entry.get("description") or target.get("description") or KINDS.get(str(target.get("type")), "")]
        if "enum" in target:
            parts.append(f"One of {', '.join(f'`{value}`' for value in target['enum'])}.")
        elif "examples" in target and "such as" not in parts[0]:
            parts.append(f"Such as `{target['examples'][0]}`.")
        yield where, " ".join(part for part in parts if part)
        yield from below(entry, where)
        for alternative in target.get("anyOf", ()):
            yield from below(alternative, where)
        if isinstance(target.get("items"), dict):
            yield from below(target["items"], f"{where}[]")
        if isinstance(target.get("additionalProperties"), dict):
            inner = followed(target["additionalProperties"], schema)
            if "items" in inner:
                yield from below(inner["items"], f"{where}.NAME[]")
            for branch in (inner[key] for key in ("else", "then") if key in inner):
                listed = "items" in branch
                yield from below(
                    branch["items"] if listed else branch, f"{where}.NAME[]" if listed else f"{where}.NAME"
                )
            yield from below(target["additionalProperties"], f"{where}.NAME")


def followed(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The definition that a local reference names."""
    reference = node.get("$ref", "").rpartition("/")[2]
    return schema["$defs"][reference] if reference else node


if __name__ == "__main__":
    without_arguments(__doc__)
    try:
        sys.exit(main())
    except ModuleNotFoundError:
        sys.exit(subprocess.run([ready("dev"), __file__], check=False).returncode)
