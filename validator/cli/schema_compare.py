"""`engram-validate schema compare`: one schema against another."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from validator.cli.terminal import say
from validator.findings import Path as JsonPath
from validator.findings import dotted

if TYPE_CHECKING:
    from validator.schemas.containment.compare import Comparer
    from validator.schemas.containment.dialect import Dialect
    from validator.schemas.containment.verdict import Verdict
    from validator.sources.node import Node

EXAMPLES = """
\b
Examples:
  engram-validate schema compare output.json input.json
  engram-validate schema compare fetch/Engram.yaml chat/Engram.yaml \\
      --lhs-path spec.outputSchema --rhs-path spec.inputSchema
  engram-validate schema compare --jsonl < pairs.jsonl

Exit status: 0 everything that LHS declares is accepted, 1 it is not, 2 something cannot be read,
4 it could not be decided.
"""

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(epilog=EXAMPLES)
@click.argument("lhs", required=False, type=_FILE)
@click.argument("rhs", required=False, type=_FILE)
@click.option("--lhs-path", metavar="PATH", help="Where the schema is in LHS: spec.outputSchema.")
@click.option("--rhs-path", metavar="PATH", help="Where the schema is in RHS: spec.inputSchema.")
@click.option(
    "--dialect",
    type=click.Choice(["2020-12", "draft-07", "platform"]),
    default="2020-12",
    show_default=True,
    help="How the schemas are read.",
)
@click.option("--jsonl", is_flag=True, help="Answer a stream of pairs, a JSON line each, in the strict reading.")
def compare(
    lhs: Path | None, rhs: Path | None, lhs_path: str | None, rhs_path: str | None, dialect: str, jsonl: bool
) -> None:
    """Tell whether everything that LHS allows is accepted by RHS, and if not, show a document; both JSON or YAML.

    Twice: for a producer that emits only the members it declares (this decides), and strictly, for one that may emit
    any member that its schema does not forbid.

    With --jsonl each line is {"id", "lhs", "rhs"} and is answered by {"id", "verdict": subtype|not|unknown} with the
    "witness" or the "reason", or by {"id", "error"}; a line that cannot be answered stops nothing.
    """
    from validator.cli.schema import refuse_whole_manifest
    from validator.schemas.containment.compare import Comparer
    from validator.schemas.containment.dialect import DIALECTS
    from validator.schemas.containment.soundness import flaw

    comparer = Comparer(DIALECTS[dialect])
    if jsonl:
        # Answers are written as they come: whoever asks may wait for one before the next question.
        for line in sys.stdin.buffer:
            if line.strip():
                click.echo(json.dumps(_answer(line.decode("utf-8", "replace"), comparer)))
        return
    if lhs is None or rhs is None:
        raise click.UsageError("name two schemas, or use --jsonl")
    left, right = _load(lhs, lhs_path), _load(rhs, rhs_path)
    refuse_whole_manifest(lhs, left.value, "--lhs-path")
    refuse_whole_manifest(rhs, right.value, "--rhs-path")
    for file, node in ((lhs, left), (rhs, right)):
        problem = flaw(node.value, comparer.dialect)
        if problem:
            raise click.UsageError(f"{file}: this is no schema that can be used: {problem}")
    sys.exit(_report(left, right, comparer))


def _answer(line: str, comparer: Comparer) -> dict[str, Any]:
    """The answer to one line. One that is no question, or cannot be judged, costs the others nothing."""
    name: Any = None
    try:
        question = json.loads(line)
        if not isinstance(question, dict) or not question.keys() >= {"id", "lhs", "rhs"}:
            name = question.get("id") if isinstance(question, dict) else None
            return {"id": name, "error": 'a line is not {"id", "lhs", "rhs"}'}
        name = question["id"]
        return {"id": name, **_comparison(question["lhs"], question["rhs"], comparer)}
    except RecursionError:
        return {"id": name, "verdict": "unknown", "reason": "it is nested too deeply"}
    except (ValueError, ArithmeticError) as mistake:
        return {"id": name, "error": str(mistake)}


def _comparison(left: Any, right: Any, comparer: Comparer) -> dict[str, Any]:
    from validator.schemas.containment.soundness import flaw
    from validator.schemas.containment.verdict import Answer

    for side, schema in (("left", left), ("right", right)):
        problem = flaw(schema, comparer.dialect)
        if problem:
            return {"verdict": Answer.UNKNOWN.value, "reason": f"the {side} schema cannot be used: {problem}"}
    verdict = comparer.compare(left, right)
    answer: dict[str, Any] = {"verdict": verdict.answer.value}
    if verdict.answer is Answer.NOT:
        answer["witness"] = verdict.witness
    elif verdict.reason:
        answer["reason"] = verdict.reason
    return answer


def _report(lhs: Node, rhs: Node, comparer: Comparer) -> int:
    from validator.schemas.containment.verdict import Answer

    left: Any = lhs.value
    right: Any = rhs.value
    comparison = comparer.compare_both(left, right)
    say(f"declared: {_description(comparison.declared)}")
    if comparison.declared.answer is Answer.NOT:
        _show(comparison.declared, lhs, rhs, comparer.dialect)
    say(f"strict: {_description(comparison.strict)}")
    if comparison.strict.answer is Answer.NOT and comparison.strict != comparison.declared:
        _show(comparison.strict, lhs, rhs, comparer.dialect)
    if comparison.disjoint:
        say("disjoint: nothing that the left schema allows is accepted by the right one")
    return {Answer.SUBTYPE: 0, Answer.NOT: 1, Answer.UNKNOWN: 4}[comparison.declared.answer]


def _description(verdict: Verdict) -> str:
    return f"{verdict.answer} ({verdict.reason})" if verdict.reason else verdict.answer.value


def _show(verdict: Verdict, lhs: Node, rhs: Node, dialect: Dialect) -> None:
    from validator.schemas.containment.explain import explain

    say(f"  witness: {json.dumps(verdict.witness, ensure_ascii=False)}")
    left: Any = lhs.value
    right: Any = rhs.value
    broken = explain(left, right, verdict.witness, dialect=dialect)
    if broken is None:
        return
    say(f"  at {_dotted(broken.path) or 'the document itself'}: {broken.message}")
    say(f"  {lhs.at(broken.lhs).location}: {_dotted(broken.lhs) or 'the left schema'} allows it")
    say(f"  {rhs.at(broken.rhs).location}: {_dotted(broken.rhs) or 'the right schema'} rejects it")


def _load(file: Path, path: str | None) -> Node:
    """The node of a file that the user means."""
    from validator.sources.files import load_file
    from validator.sources.limits import Limits

    loaded = load_file(file, file.as_posix(), Limits(), named=True)
    if loaded is None or not loaded.documents:
        reason = loaded.problems[0].message if loaded and loaded.problems else "it is empty"
        raise click.UsageError(f"{file}: {reason}")
    steps: JsonPath = tuple(
        int(index) if index else name for index, name in re.findall(r"\[(\d+)\]|([^.\[\]]+)", path or "")
    )
    for document in loaded.documents:
        node = document.root.find(steps)
        if node is not None:
            if not isinstance(node.value, dict | bool):
                raise click.UsageError(f"{file}: `{path or 'the document'}` is not a schema")
            return node
    raise click.UsageError(f"{file} has nothing at `{path}`")


def _dotted(path: JsonPath) -> str:
    return dotted(path).removeprefix(".")
