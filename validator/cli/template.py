"""`engram-validate template eval` and `template check`: try an expression, and ask what admission would say of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from validator.cli.arguments import NearestCommand
from validator.cli.terminal import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from validator.templates.answers import Answer

_JSONL = "Read one JSON object a line from standard input, answer one JSON object a line."


@click.group(cls=NearestCommand, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Evaluate a template expression, or show whether admission accepts it."""


@command.command("eval")
@click.argument("expression", required=False)
@click.option(
    "--value",
    "value_file",
    type=click.Path(path_type=Path, allow_dash=True),
    help="A YAML or JSON file whose templates are all evaluated, such as a `with`.",
)
@click.option(
    "--context",
    "context_file",
    type=click.Path(path_type=Path, allow_dash=True),
    help="A YAML or JSON file with `inputs`, `steps`, `packet`.",
)
@click.option("--condition", is_flag=True, help="Evaluate as an `if`: the result must be a boolean.")
@click.option("--deterministic", is_flag=True, help="Without `now` and the random functions.")
@click.option(
    "--max-output-bytes",
    type=click.IntRange(min=0),
    default=0,
    help="Fail beyond so much rendered text; 0 is no limit.",
)
@click.option("--format", "style", type=click.Choice(["console", "json"]), default="console", show_default=True)
@click.option("--jsonl", is_flag=True, help=_JSONL)
def evaluate(
    expression: str | None,
    value_file: Path | None,
    context_file: Path | None,
    condition: bool,
    deterministic: bool,
    max_output_bytes: int,
    style: str,
    jsonl: bool,
) -> None:
    """Show what EXPRESSION becomes on the platform: value, type and mode.

    Exit status: 0 a value, 1 the platform would fail, 2 wrong usage, 3 the answer is not known exactly.

    \b
    Examples:
      engram-validate template eval '{{ inputs.name }}' --context context.yaml
      engram-validate template eval '{{ gt inputs.n 3.0 }}' --condition \\
          --context context.yaml
      engram-validate template eval --value with.yaml --context context.yaml
      echo '{"id": 1, "template": "{{ inputs.n }}", "vars": {}}' |
          engram-validate template eval --jsonl
    """
    from validator.templates import answers

    if jsonl:
        _stream(answers.evaluate_lines)
        return
    if (expression is None) == (value_file is None):
        raise click.UsageError("Give an EXPRESSION or --value FILE (or --jsonl).")
    question: dict[str, object] = {
        "kind": "condition" if condition else "object" if value_file else "value",
        "vars": _document(context_file) if context_file else {},
        "deterministic": deterministic,
        "max_output_bytes": max_output_bytes,
    }
    if value_file:
        question["value"] = _document(value_file)
    else:
        question["template"] = expression
    if not isinstance(question["vars"], dict):
        raise click.UsageError("The context must be an object with `inputs`, `steps` or `packet`.")
    answer = answers.evaluate_question(question)
    say(answer.as_json() if style == "json" else answers.explain(answer, expression or ""))
    if answer.status and not context_file:
        click.echo("no --context was given: here are neither `inputs` nor `steps` nor `packet`", err=True)
    sys.exit(answer.status)


@command.command("check")
@click.argument("template", required=False)
@click.option(
    "--scope",
    default="batch-runtime",
    show_default=True,
    help="batch-runtime, realtime-static, realtime-runtime or no-range.",
)
@click.option(
    "--json-file",
    type=click.Path(path_type=Path, allow_dash=True),
    help="A JSON file: the raw `with` of a step, checked as a whole.",
)
@click.option("--format", "style", type=click.Choice(["console", "json"]), default="console", show_default=True)
@click.option("--jsonl", is_flag=True, help=_JSONL)
def check(template: str | None, scope: str, json_file: Path | None, style: str, jsonl: bool) -> None:
    """Say what the admission webhook would say of TEMPLATE in a scope.

    Exit status: 0 accepted, 1 refused, 2 wrong usage, 3 the answer is not known exactly.

    \b
    Examples:
      engram-validate template check '{{ packet.text }}' --scope realtime-runtime
      engram-validate template check --json-file with.json --scope batch-runtime
      echo '{"id": 1, "scope": "batch-runtime", "template": "{{ packet.x }}"}' |
          engram-validate template check --jsonl
    """
    from validator.templates import answers

    if jsonl:
        _stream(answers.check_lines)
        return
    if (template is None) == (json_file is None):
        raise click.UsageError("Give a TEMPLATE or --json-file FILE (or --jsonl).")
    if scope not in answers.SCOPES:
        raise click.UsageError(f"There is no scope {scope}; there are {', '.join(answers.SCOPES)}.")
    text = _text(json_file) if json_file else template or ""
    answer = answers.check_question({"scope": scope, "json" if json_file else "template": text})
    say(answer.as_json() if style == "json" else answers.explain(answer, text))
    sys.exit(answer.status)


def _stream(answer: Callable[[Iterable[bytes]], Iterator[Answer]]) -> None:
    output = sys.stdout.buffer
    for reply in answer(sys.stdin.buffer):
        output.write(reply.as_json().encode() + b"\n")
        output.flush()


def _text(path: Path) -> str:
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"Cannot read {path}: {error}") from None


def _document(path: Path) -> object:
    """The first document of a YAML or JSON file, as Kubernetes reads it."""
    from validator.sources.reader import read
    from validator.sources.text import SourceText

    source = SourceText(str(path), _text(path))
    reading = read(source)
    if reading.problems:
        problem = reading.problems[0]
        place = source.location(problem.start, problem.end)
        why = problem.facts.get("problem") or problem.kind.name.lower().replace("_", " ")
        raise click.UsageError(f"{place}: neither JSON nor YAML: {why}")
    return reading.documents[0].root.value if reading.documents else None
