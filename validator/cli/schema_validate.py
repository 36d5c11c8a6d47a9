"""`engram-validate schema validate`: one document against one schema."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from validator.cli.terminal import say
from validator.findings import Json, dotted
from validator.findings import Path as JsonPath

if TYPE_CHECKING:
    from validator.schemas.violations import Violation
    from validator.sources.node import Node

EXAMPLES = """
\b
Examples:
  engram-validate schema validate schema.json instance.yaml
  engram-validate schema validate Engram.yaml output.json \\
      --path spec.outputSchema
  engram-validate schema validate --profile sdk schema.json output.json
  engram-validate schema validate --jsonl < questions.jsonl

Exit status: 0 it is an instance, 1 it is not, 2 something cannot be read.
"""


@click.command(epilog=EXAMPLES)
@click.argument("schema", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("instance", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--path", "schema_path", metavar="PATH", help="Where the schema is in its file: spec.outputSchema.")
@click.option("--instance-path", metavar="PATH", help="Where the instance is in its file: spec.with.")
@click.option(
    "--profile",
    "profile_name",
    type=click.Choice(["webhook", "hub", "sdk", "literal"]),
    default="webhook",
    show_default=True,
    help="Who judges: `literal` accepts no reference or template in place of a value.",
)
@click.option("--defaults", is_flag=True, help="Fill in the defaults of the schema first.")
@click.option("--jsonl", is_flag=True, help="Answer a stream of questions, a JSON line each.")
def validate(
    schema: Path | None,
    instance: Path | None,
    schema_path: str | None,
    instance_path: str | None,
    profile_name: str,
    defaults: bool,
    jsonl: bool,
) -> None:
    """Tell whether INSTANCE is an instance of SCHEMA, as the platform judges it; both are JSON or YAML files.

    With --jsonl each line is {"id", "op": validate|definition|defaults|inputs, "schema", "instance"?} and is answered
    by {"id", "valid"}, {"id", "result"} for defaults, or {"id", "error"}.
    """
    from validator.schemas.profile import PROFILES

    if jsonl:
        _answer_all(profile_name)
        return
    if schema is None or instance is None:
        raise click.UsageError("name a schema and an instance, or use --jsonl")
    from validator.cli.schema import refuse_whole_manifest
    from validator.schemas.defaults import apply_defaults
    from validator.schemas.validation import validate as violations_of

    schema_node, instance_node = _load(schema, schema_path), _load(instance, instance_path)
    refuse_whole_manifest(schema, schema_node.value, "--path")
    value = apply_defaults(schema_node.value, instance_node.value) if defaults else instance_node.value
    violations = violations_of(schema_node.value, value, profile=PROFILES[profile_name])
    for violation in violations:
        _show(violation, schema_node, instance_node)
    if violations:
        sys.exit(1)
    say(f"{instance} is an instance of {schema}")
    if _says_nothing(schema_node.value):
        say(f"{schema} has no keyword of JSON Schema: everything is an instance of it", err=True)


def _says_nothing(schema: Json) -> bool:
    """Whether an object is no schema by its looks, such as an instance that was named first."""
    import jsonschema

    keywords = jsonschema.Draft7Validator.META_SCHEMA["properties"].keys()
    return isinstance(schema, dict) and bool(schema) and not schema.keys() & keywords


def _answer_all(profile_name: str) -> None:
    from validator.schemas.profile import PROFILES
    from validator.schemas.questions import answer_line

    # Answers are written as they come: whoever asks may wait for one before the next question.
    for line in sys.stdin.buffer:
        if line.strip():
            click.echo(answer_line(line.decode("utf-8", "replace"), PROFILES[profile_name]))


def _load(file: Path, path: str | None) -> Node:
    """The node of a file that the user means."""
    from validator.sources.files import load_file
    from validator.sources.limits import Limits

    loaded = load_file(file, file.as_posix(), Limits(), named=True)
    if loaded is None or not loaded.documents:
        reason = loaded.problems[0].message if loaded and loaded.problems else "it is empty"
        raise click.UsageError(f"{file}: {reason}")
    steps = _steps(path or "")
    for document in loaded.documents:
        node = document.root.find(steps)
        if node is not None:
            return node
    raise click.UsageError(f"{file} has nothing at `{path}`")


def _steps(path: str) -> JsonPath:
    """`spec.steps[0].with` as steps."""
    found = re.findall(r"\[(\d+)\]|([^.\[\]]+)", path)
    return tuple(int(index) if index else name for index, name in found)


def _show(violation: Violation, schema: Node, instance: Node) -> None:
    where = _dotted(violation.instance_path)
    place = instance.at(violation.instance_path).location
    parent = instance.find(violation.instance_path[:-1]) if violation.instance_path else None
    if violation.keyword in {"additionalProperties", "propertyNames"} and parent is not None:
        place = parent.key_location(str(violation.instance_path[-1]))
    say(f"{place}: {where + ': ' if where else ''}{violation.message}")
    keyword = _dotted(violation.schema_path) or "the schema"
    expected = json.dumps(violation.expected, ensure_ascii=False)
    detail = f" = {expected}" if violation.expected is not None and len(expected) <= 60 else ""
    say(f"  {schema.at(violation.schema_path).location}: {keyword}{detail}")
    for cause in violation.causes:
        inner = _dotted(cause.instance_path)
        say(f"    {schema.at(cause.schema_path).location}: {inner + ': ' if inner else ''}{cause.message}")


def _dotted(path: JsonPath) -> str:
    return dotted(path).removeprefix(".")
