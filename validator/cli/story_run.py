"""`engram-validate story run`: a whole story in virtual time, with stand-ins for its engrams."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from validator.cli.story_packets import packet_options, run_packets

if TYPE_CHECKING:
    from validator.findings import Json
    from validator.stories.mocked_run import MockedRun, MockedStep

UNKNOWN = 3
"""Exit status when it is not known exactly what the platform would do."""


@click.command(name="run")
@click.argument("story")
@click.argument("paths", nargs=-1)
@click.option(
    "--root", type=click.Path(exists=True, file_okay=False, path_type=Path), default=".", help="Workspace root."
)
@click.option("--templates", metavar="GLOB", multiple=True, help="EngramTemplates of other repositories.")
@click.option("--inputs", "inputs_file", metavar="FILE", help="The run's inputs: a YAML or JSON object.")
@click.option("--script", "script_file", metavar="FILE", help="How steps end, by name; others give samples.")
@click.option(
    "--profile",
    type=click.Choice(["implemented", "documented"]),
    default="implemented",
    show_default=True,
    help="What bobrapet 0.1.13 does, or what its documentation says.",
)
@packet_options
@click.option(
    "--format", "style", type=click.Choice(["console", "json", "markdown"]), default="console", show_default=True
)
def run(
    story: str,
    paths: tuple[str, ...],
    root: Path,
    templates: tuple[str, ...],
    inputs_file: str | None,
    script_file: str | None,
    profile: str,
    style: str,
    **realtime: Any,
) -> None:
    """Run the story STORY as the platform would, in virtual time.

    A realtime story is run with the images that stand for its engrams and the packets of --packets: where each
    packet went, and why, is told.

    Of a batch story no image is started.

    Every step has a stand-in: what the script says of it (`{after: 3, phase: Succeeded, output: {…}}`, `{exit: 137}`,
    a list with one entry an attempt, `{gate: Approved, at: 60}`), or success with a sample of its outputSchema.
    Inputs are resolved and judged by their schemas. A run that never ends says which step waits for what.

    Exit status: 0 the run succeeds, 1 it does not, 2 wrong usage, 3 the answer is not known exactly.

    \b
    Example:
      engram-validate story run triage --inputs inputs.yaml --script ends.yaml
    """
    from validator.cli.arguments import did_you_mean
    from validator.cli.rehearse import object_of
    from validator.sources.workspace import load
    from validator.stories.engine.definition import DefinitionError
    from validator.stories.engine.profile import PROFILES
    from validator.stories.mocked_run import run_mocked
    from validator.stories.schemas import SchemaReader
    from validator.stories.simulation import MalformedError
    from validator.templates.errors import UnsupportedError

    workspace = load(root, paths, templates)
    found = next((one for one in workspace.stories if one.name == story), None)
    if found is None:
        hint = did_you_mean(story, {one.name for one in workspace.stories})
        raise click.UsageError(f"There is no story {story}{hint}")
    if found.is_realtime:
        raise SystemExit(run_packets(found, root, paths, templates, realtime, style))
    script = object_of(script_file)
    for name in script.keys() - {step.name for step in found.every_step()}:
        hint = did_you_mean(name, (step.name for step in found.every_step()))
        raise click.UsageError(f"{script_file}: the story {story} has no step {name}{hint}")
    try:
        done = run_mocked(found, SchemaReader(workspace), object_of(inputs_file), script, PROFILES[profile])
    except (DefinitionError, MalformedError) as error:
        raise click.UsageError(str(error)) from None
    except UnsupportedError as error:
        click.echo(f"not known exactly: {error.reason}", err=True)
        raise SystemExit(UNKNOWN) from None
    click.echo(json.dumps(_document(done), ensure_ascii=False, indent=2) if style == "json" else _shown(story, done))
    if not done.succeeded:
        raise SystemExit(1)


def _document(done: MockedRun) -> dict[str, Json]:
    run = done.execution.run
    return {
        "phase": run.phase,
        "message": run.message,
        "output": run.output,
        "seconds": done.execution.now / 1e9,
        "steps": [
            {
                "step": one.name,
                "phase": one.state.phase,
                "message": one.message,
                "attempts": one.attempts,
                "evidence": one.evidence,
                "given": one.given,
            }
            for one in done.steps
        ],
        "neverEnds": [
            {"step": cause.step, "kind": cause.kind, "on": cause.on, "why": str(cause), "place": str(place)}
            for cause, place in done.causes
        ],
    }


def _shown(story: str, done: MockedRun) -> str:
    execution = done.execution
    wide = max((len(one.name) for one in done.steps), default=0)
    lines = [_line(one, wide) for one in done.steps]
    if done.causes:
        lines.append(click.style(f"{story}: never ends", fg="red"))
        lines += [f"  {cause} ({place})" for cause, place in done.causes]
    else:
        seconds = f"{execution.now / 1e9:g} s of virtual time"
        colour = "green" if done.succeeded else "red"
        lines.append(click.style(f"{story}: {execution.run.phase} after {seconds}", fg=colour))
        lines.append(f"  {execution.run.message}")
    if execution.run.output is not None:
        lines.append("  output: " + json.dumps(execution.run.output, ensure_ascii=False))
    return "\n".join(lines)


def _line(one: MockedStep, wide: int) -> str:
    facts = [one.state.phase or "not reached"]
    if one.attempts > 1:
        facts.append(f"{one.attempts} attempts")
    if one.state.started is not None:
        end = "" if one.state.finished is None else f" to {one.state.finished // 10**9} s"
        facts.append(f"{one.state.started // 10**9} s{end}")
    facts += [fact for fact in (one.evidence, one.message) if fact]
    return f"  {one.name:{wide}}  {', '.join(facts)}"
