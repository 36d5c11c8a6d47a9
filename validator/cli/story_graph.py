"""`engram-validate story graph`: which way packets and values go in a story, and what validates them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from validator.findings import Json
    from validator.sources.manifests import Story
    from validator.stories.flow import Flow, FlowEdge, FlowStep


@click.command(name="graph")
@click.argument("stories", nargs=-1, metavar="[STORY]...")
@click.option(
    "--root", type=click.Path(exists=True, file_okay=False, path_type=Path), default=".", help="Workspace root."
)
@click.option("--stories", "globs", metavar="GLOB", multiple=True, help="Manifests to read; may be repeated.")
@click.option("--templates", metavar="GLOB", multiple=True, help="EngramTemplates of other repositories.")
@click.option(
    "--format", "style", type=click.Choice(["mermaid", "markdown", "json"]), default="mermaid", show_default=True
)
def graph(stories: tuple[str, ...], root: Path, globs: tuple[str, ...], templates: tuple[str, ...], style: str) -> None:
    """Draw STORY, or all stories: steps, edges, hub or peer to peer, transports, and what validates each edge.

    Nothing runs. An edge on which nothing arrives is drawn as a cross, with the reason.

    Exit status: 0 drawn, 2 wrong usage.

    \b
    Examples:
      engram-validate story graph
      engram-validate story graph --format markdown >> "$GITHUB_STEP_SUMMARY"
      engram-validate story graph --format json | jq '.stories[].edges[]'
    """
    from validator.reports.flowchart import flowcharts, too_large
    from validator.sources.workspace import load
    from validator.stories.flow import story_flow

    workspace = load(root, globs, templates)
    flows = [story_flow(workspace, story) for story in _chosen(stories, workspace.stories)]
    if style == "json":
        click.echo(json.dumps({"stories": [_document(flow) for flow in flows]}, ensure_ascii=False, indent=2))
        return
    if too_large(flows):
        click.echo("GitHub draws no flowchart of this size: name one story, or take --format json.", err=True)
    if style == "markdown":
        click.echo("\n\n".join(f"```mermaid\n{flowcharts([flow])}\n```" for flow in flows))
    else:
        click.echo(flowcharts(flows))


def _chosen(names: Sequence[str], known: Sequence[Story]) -> list[Story]:
    """The stories of these names; without a name, all of this repository. Raises click.UsageError."""
    from validator.engine.stories.selection import no_story

    own = [story for story in known if not story.provided]
    if not names:
        if not own:
            raise click.UsageError("There is no story here; name a folder by --root, or manifests by --stories.")
        return own
    found: list[Story] = []
    for name in dict.fromkeys(names):
        named = [story for story in known if story.name == name]
        if not named:
            raise click.UsageError(no_story(name, known))
        found += named
    return found


def _document(flow: Flow) -> dict[str, Json]:
    return {
        "name": flow.name,
        "file": flow.file,
        "pattern": flow.pattern,
        "steps": [_step(step) for step in flow.steps],
        "edges": [_edge(edge) for edge in flow.edges],
    }


def _step(step: FlowStep) -> dict[str, Json]:
    fields: dict[str, Json] = {"name": step.name, "section": step.section, "line": step.line}
    fields["engram" if step.is_engram else "type"] = step.kind
    if step.mode:
        fields |= {"transport": step.transport or None, "mode": step.mode}
    return fields


def _edge(edge: FlowEdge) -> dict[str, Json]:
    fields: dict[str, Json] = {"from": edge.source, "to": edge.target, "mode": edge.mode.value}
    fields["validated"] = [{"schema": one.schema, "template": one.template, "by": one.by} for one in edge.validated]
    if edge.notes:
        fields["notes"] = list(edge.notes)
    if edge.problem:
        fields["problem"] = edge.problem
    return fields
