"""`engram-validate rehearse`: evaluate a story on sample data, and show what each step would be given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from validator.cli.terminal import say

if TYPE_CHECKING:
    from validator.findings import Json
    from validator.sources.manifests import Story
    from validator.sources.node import Node
    from validator.sources.workspace import Workspace
    from validator.stories.rehearsal import Rehearsal, Rehearsed, StoryOutput


@click.command(name="rehearse")
@click.argument("story")
@click.argument("paths", nargs=-1)
@click.option(
    "--root", type=click.Path(exists=True, file_okay=False, path_type=Path), default=".", help="Workspace root."
)
@click.option("--templates", metavar="GLOB", multiple=True, help="EngramTemplates of other repositories.")
@click.option("--inputs", "inputs_file", metavar="FILE", help="The run's inputs: a YAML or JSON object.")
@click.option("--outputs", "outputs_file", metavar="FILE", help="Outputs by step name; else samples of the schemas.")
@click.option("--format", "style", type=click.Choice(["console", "json"]), default="console", show_default=True)
def command(
    story: str,
    paths: tuple[str, ...],
    root: Path,
    templates: tuple[str, ...],
    inputs_file: str | None,
    outputs_file: str | None,
    style: str,
) -> None:
    """Evaluate the templates of STORY on sample data, step by step, and its output at the end.

    PATH names manifests; without one, all of the repository is read. Nothing runs: outputs are those of a file, or
    samples of the outputSchemas.

    Exit status: 0 every template has a value that its schema accepts, 1 one fails, 2 wrong usage.

    \b
    Examples:
      engram-validate rehearse triage --inputs inputs.yaml
      engram-validate rehearse triage stories/ \\
      --inputs inputs.yaml --outputs outputs.yaml
    """
    from validator.cli.arguments import did_you_mean
    from validator.sources.workspace import load
    from validator.stories.graph import Graph
    from validator.stories.rehearsal import rehearse
    from validator.stories.schemas import SchemaReader
    from validator.stories.scopes import Scopes

    workspace = load(root, paths, templates)
    found = next((one for one in workspace.stories if one.name == story), None) or _missed(story, workspace)
    inputs, outputs = object_of(inputs_file), object_of(outputs_file)
    for name in outputs.keys() - {step.name for step in found.every_step()}:
        hint = did_you_mean(name, (step.name for step in found.every_step()))
        raise click.UsageError(f"{outputs_file}: the story {story} has no step {name}{hint}")
    rehearsal = rehearse(Scopes(Graph(found), SchemaReader(workspace)), inputs, outputs)
    if style == "json":
        click.echo(json.dumps(_document(rehearsal), ensure_ascii=False, indent=2))
    else:
        _say_all(rehearsal, found)
    if rehearsal.fails:
        raise SystemExit(1)


def _missed(name: str, workspace: Workspace) -> NoReturn:
    """Say that there is no such story, and what was probably meant."""
    from validator.engine.stories.selection import no_story

    hint = f"; a file is named behind the story: engram-validate rehearse STORY {name}" if Path(name).exists() else ""
    raise click.UsageError(no_story(name, workspace.stories) + hint)


def _say_all(rehearsal: Rehearsal, story: Story) -> None:
    from validator.rules.names import listed

    if rehearsal.refused:
        place = f"; the inputsSchema is at {story.inputs_schema.location}" if story.inputs_schema is not None else ""
        say(click.style(f"{rehearsal.refused}", fg="red") + f"\n  no step is evaluated{place}")
    if sampled := [one.step.name for one in rehearsal.steps if one.sampled]:
        many = len(sampled) > 1
        kind = "samples of their outputSchemas" if many else "a sample of its outputSchema"
        note = f"output{'s' if many else ''} of {listed(sampled)}: {kind}; --outputs FILE gives others"
        say(click.style(note, dim=True))
    for one in rehearsal.steps:
        say(_shown(one))
    if rehearsal.output is not None:
        say(_shown_output(rehearsal.output))


def object_of(path: str | None) -> dict[str, Json]:
    """The object in a file. Raises click.UsageError when it holds none."""
    from validator.sources.files import load_file
    from validator.sources.limits import Limits

    if path is None:
        return {}
    loaded = load_file(Path(path), path, Limits(), named=True)
    value = loaded.documents[0].root.value if loaded is not None and loaded.documents else None
    if not Path(path).exists():
        raise click.UsageError(f"{path}: there is no such file")
    if not isinstance(value, dict):
        raise click.UsageError(f"{path} holds no object.")
    return value


def _document(result: Rehearsal) -> dict[str, Json]:
    fields: dict[str, Json] = {"steps": [_fields(one) for one in result.steps]}
    if result.refused:
        fields["problem"] = result.refused
    if result.output is not None:
        fields["output"] = {"value": result.output.value, **_problem(result.output.problem, result.output.node)}
    return fields


def _fields(one: Rehearsed) -> dict[str, Json]:
    fields: dict[str, Json] = {"step": one.step.name, "runs": one.runs, "given": one.given, "output": one.output}
    fields["sampled"] = one.sampled
    return fields | _problem(one.problem, one.where)


def _problem(problem: str, where: Node | None) -> dict[str, Json]:
    if not problem:
        return {}
    place: dict[str, Json] = {"line": where.location.line, "file": where.location.file} if where is not None else {}
    return {"problem": problem, **place}


def _shown(one: Rehearsed) -> str:
    if one.problem:
        return _failed(one.step.name, one.explanation or one.problem, one.where)
    if not one.runs:
        return f"{one.step.name}: skipped, its `if` is false"
    return click.style(f"{one.step.name}: runs with", fg="green") + _indented(one.given)


def _shown_output(output: StoryOutput) -> str:
    if output.problem:
        return _failed("the story's output", output.explanation or output.problem, output.node)
    return click.style("the story gives", fg="green") + _indented(output.value)


def _failed(what: str, problem: str, where: Node | None) -> str:
    place = f" ({where.location})" if where is not None else ""
    return click.style(f"{what}: fails{place}", fg="red") + "\n  " + problem.replace("\n", "\n  ")


def _indented(value: Json) -> str:
    return "\n  " + json.dumps(value, ensure_ascii=False, indent=2).replace("\n", "\n  ")
