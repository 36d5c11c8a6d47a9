"""`engram-validate story run`: whole stories in virtual time, their cases judged."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from validator.cli.arguments import duration
from validator.cli.interrupts import Interrupts
from validator.cli.process_environment import conceal
from validator.cli.story_packets import packet_options, run_packets, write_junit
from validator.cli.terminal import say

if TYPE_CHECKING:
    from validator.checks.stories.coverage import Coverage
    from validator.engine.preparation import Prepared
    from validator.engine.stories.cases import StoryTask
    from validator.engine.stories.partial import Part
    from validator.findings import Json
    from validator.sources.manifests import Story
    from validator.suite.results import Report
    from validator.suite.story_results import StoryRan

UNKNOWN = 3
"""Exit status when it is not known exactly what the platform would do."""

EXAMPLES = """
\b
Examples:
  engram-validate story run                          all cases of all stories
  engram-validate story run triage --case spam
  engram-validate story run triage --inputs inputs.yaml --script ends.yaml
  engram-validate story run triage --image classify=build:. --sandbox docker
"""


@click.command(name="run", epilog=EXAMPLES)
@click.argument("stories", nargs=-1)
@click.option("--root", type=click.Path(exists=True, file_okay=False), default=".", help="Workspace root.")
@click.option("--config", metavar="FILE", help="Configuration; else engram-validate.yaml of the root.")
@click.option("--manifests", metavar="GLOB", multiple=True, help="Manifests to read; else all of the root.")
@click.option("--templates", metavar="GLOB", multiple=True, help="EngramTemplates of other repositories.")
@click.option(
    "--case", "cases", metavar="NAME", multiple=True, help="Only cases of this name; `*` is any text. May be repeated."
)
@click.option("-x", "--exitfirst", "exit_first", is_flag=True, help="Start no case after one has failed.")
@click.option("--watch", is_flag=True, help="Run again whenever a file changes, until Ctrl-C.")
@click.option("--inputs", "inputs_file", metavar="FILE", help="The run's inputs instead of cases: an object.")
@click.option("--script", "script_file", metavar="FILE", help="How steps end instead of cases, by name: an object.")
@click.option(
    "--profile",
    type=click.Choice(["documented", "implemented"]),
    help="Where the platform has a gap, go on as documented and report it (default), or stop as the platform does.",
)
@packet_options
@click.option(
    "--format", "style", type=click.Choice(["console", "json", "markdown"]), default="console", show_default=True
)
@click.option("--junit", metavar="FILE", help="Write a JUnit XML report: a test for each case.")
@click.option("--record", metavar="DIR", help="Keep the results of steps in DIR, a file for each case.")
@click.option("--replay", metavar="DIR", help="Take the results of steps from DIR, where they had the same inputs.")
@click.option("--from", "begins", metavar="STEP", help="Run STEP and what depends on it; replay all others.")
@click.option("--only", metavar="STEP", help="Run the image of STEP alone; all others are replayed or stood in for.")
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Fail where the cases cover fewer of all paths.",
)
@click.option("--timeout", metavar="DURATION", callback=duration, help="The longest an image may take, such as 30s.")
@click.option("--workers", type=click.IntRange(min=1), help="Images at a time.")
@click.option("--allow-env", "allowed", metavar="NAME", multiple=True, help="A variable the configuration may name.")
def run(stories: tuple[str, ...], **arguments: Any) -> None:
    """Run stories as the platform would, in virtual time: each case of STORY, or of every batch story that has cases.

    A story without cases is run once, with inputs made from its inputsSchema. A step does what its case says, else its
    image runs where `images:` or --image names one, else it succeeds with a sample of its outputSchema. Inputs are
    always resolved and judged. A run that never ends says which step waits for what.

    A realtime story is run with the images that stand for its engrams and the packets of --packets: where each
    packet went, and why, is reported.

    Exit status: 0 all is as expected, 1 it is not, 2 wrong usage, 3 sandbox error, or what the
    platform would do is not known exactly.
    """
    if not arguments["watch"]:
        sys.exit(_ran(stories, arguments))
    from validator.cli.watch import keep_checking, watched

    named = [*arguments["manifests"], *arguments["templates"]]
    named += [arguments[name] for name in ("config", "inputs_file", "script_file", "packets") if arguments[name]]
    root = Path(arguments["root"]).resolve()
    written = [arguments[name] for name in ("junit", "page", "record") if arguments[name]]
    keep_checking(watched(root, named, written, programs=True), lambda: _ran(stories, arguments))


def _ran(stories: tuple[str, ...], arguments: dict[str, Any]) -> int:
    """Run the stories once and show them; the exit status. Raises click.UsageError."""
    from validator.engine.options import UsageError

    interrupts = Interrupts()
    try:
        prepared = _prepared(arguments)
        if (live := _realtime(prepared, stories)) is not None:
            return run_packets(prepared, live, arguments)
        tasks = _tasks(prepared, stories, arguments)
        with interrupts.handled():
            return _run_and_show(prepared, tasks, arguments)
    except KeyboardInterrupt:
        sys.exit(128 + (interrupts.came or signal.SIGINT))
    except UsageError as error:
        raise click.UsageError(str(error)) from None


def _run_and_show(prepared: Prepared, tasks: Sequence[StoryTask], arguments: dict[str, Any]) -> int:
    """Run and show; the exit status. Raises UsageError."""
    from validator.engine.stories.reporting import as_graded, report_of
    from validator.engine.stories.running import Wishes, covered, mask_of, ran

    part = _part(tasks, arguments)
    record, replay = (Path(arguments[name]) if arguments[name] else None for name in ("record", "replay"))
    conceal()
    results, sandbox = ran(prepared, tasks, Wishes(record, replay, part, arguments["exit_first"]))
    seen = covered(tasks, results)
    below = seen.finding(arguments["fail_under"] or 0.0, tasks[0].story.node.location)
    report = report_of(prepared, results, [] if below is None else [below], sandbox)
    shown = [as_graded(one, report) for one in results]
    mask = mask_of(prepared).text
    if arguments["junit"]:
        write_junit(Path(arguments["junit"]), report, prepared, mask)
    if arguments["page"]:
        _write_page(Path(arguments["page"]), report, prepared)
    show = _document if arguments["style"] == "json" else _shown
    text = show(shown, seen, report, prepared)
    (click.echo if show is _document else say)(mask(text))
    unknown = any(one.trace is None and not (one.broken or one.not_begun) for one in results)
    return int(report.status) or (UNKNOWN if unknown else 0)


def _part(tasks: Sequence[StoryTask], arguments: dict[str, Any]) -> Part:
    """Which steps run their images. Raises click.UsageError for one that is not there."""
    from validator.cli.arguments import did_you_mean
    from validator.engine.stories.partial import Part

    begins, only = arguments["begins"] or "", arguments["only"] or ""
    if not begins and not only:
        return Part()
    option, name = ("--from", begins) if begins else ("--only", only)
    stories = {task.story.name: task.story for task in tasks}
    if begins and only:
        raise click.UsageError("--from and --only exclude each other")
    if begins and not arguments["replay"]:
        raise click.UsageError("--from takes the steps before from a record: name its folder by --replay DIR")
    if len(stories) != 1:
        raise click.UsageError(f"{option} is for one story: name it")
    (story,) = stories.values()
    known = [step.name for step in story.every_step()]
    if name not in known:
        raise click.UsageError(f"{option}: the story {story.name} has no step {name}{did_you_mean(name, known)}")
    return Part(begins, only)


def _prepared(arguments: dict[str, Any]) -> Prepared:
    from validator.engine.options import Options
    from validator.engine.preparation import prepare
    from validator.sandbox import credentials
    from validator.suite.environment import Allowance
    from validator.suite.overrides import from_argument

    try:
        images = tuple(map(from_argument, arguments["images"]))
        allowance = Allowance.of(os.environ, arguments["allowed"])
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return prepare(
        Options(
            root=Path(arguments["root"]).resolve(),
            config=arguments["config"] or "",
            manifests=tuple(arguments["manifests"]),
            templates=tuple(arguments["templates"]),
            images=images,
            sandbox=arguments["sandbox"] or "",
            unisolated=bool(arguments["unisolated"]),
            timeout=arguments["timeout"] or 0.0,
            workers=arguments["workers"] or 0,
            credentials=credentials.from_environment(os.environ, ""),
            environment=allowance,
        )
    )


def _realtime(prepared: Prepared, names: Sequence[str]) -> Story | None:
    """The realtime story that is named, alone; or the only one that there is."""
    from validator.suite.story_targets import story_of

    own = [one for one in prepared.workspace.stories if not one.provided]
    story = story_of(prepared.workspace, names[0]) if len(names) == 1 else own[0] if len(own) == 1 else None
    return story if story is not None and story.is_realtime else None


def _tasks(prepared: Prepared, names: Sequence[str], arguments: dict[str, Any]) -> list[StoryTask]:
    """What is to be run. Raises click.UsageError for what is not there."""
    from validator.engine.stories.selection import stories_named, tasks_of
    from validator.stories.engine.profile import DOCUMENTED, PROFILES

    if arguments["style"] == "markdown":
        raise click.UsageError("--format markdown is for a realtime story")
    workspace, config, profile = prepared.workspace, prepared.config, arguments["profile"] or ""
    if arguments["inputs_file"] or arguments["script_file"]:
        chosen = stories_named(workspace, config, names)
        if len(chosen) != 1:
            raise click.UsageError("--inputs and --script are for one story: name it")
        return [_by_hand(chosen[0], arguments, PROFILES[profile or DOCUMENTED.name])]
    tasks, wanted = tasks_of(workspace, config, names, profile), arguments["cases"]
    _refuse_unknown(wanted, [task.case.name for task in tasks if task.case is not None])
    if not tasks:
        raise click.UsageError("There is no batch story here; name a folder by --root, or manifests by --stories")
    return [task for task in tasks if not wanted or (task.case is not None and _wanted(task.case.name, wanted))]


def _wanted(case: str, patterns: Sequence[str]) -> bool:
    from validator.engine.narrowing import named

    return any(named(case, pattern) for pattern in patterns)


def _refuse_unknown(wanted: Sequence[str], known: Sequence[str]) -> None:
    from validator.cli.arguments import did_you_mean

    for name in wanted:
        if not any(_wanted(case, [name]) for case in known):
            raise click.UsageError(f"There is no case `{name}`{did_you_mean(name, known)}")


def _by_hand(story: Story, arguments: dict[str, Any], profile: Any) -> StoryTask:
    from validator.cli.arguments import did_you_mean
    from validator.cli.rehearse import object_of
    from validator.engine.stories.cases import StoryTask
    from validator.stories.runs.entries import script_of
    from validator.stories.runs.running import RunRequest
    from validator.stories.simulation import MalformedError

    file = arguments["script_file"]
    entries = object_of(file)
    for name in entries.keys() - {step.name for step in story.every_step()}:
        hint = did_you_mean(name, (step.name for step in story.every_step()))
        raise click.UsageError(f"{file}: the story {story.name} has no step {name}{hint}")
    try:
        script = script_of(entries)
    except MalformedError as error:
        raise click.UsageError(f"{file}: {error}") from None
    inputs = object_of(arguments["inputs_file"]) if arguments["inputs_file"] else None
    return StoryTask(story, RunRequest(story, inputs, script, "by hand", profile))


def _write_page(path: Path, report: Report, prepared: Prepared) -> None:
    """The report as a page, without secrets. Raises click.UsageError when it cannot be written."""
    from validator.engine.stories.running import mask_of
    from validator.reports.html.page import render
    from validator.reports.writers import file_lines

    mask = mask_of(prepared)
    hidden = replace(
        report,
        findings=tuple(map(mask.finding, report.findings)),
        cases=tuple(map(mask.result, report.cases)),
        timelines=tuple(one.masked(mask.text, mask.document) for one in report.timelines),
    )
    try:
        path.write_text(render(hidden, file_lines(prepared.options.root)), encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"--html {path}: {error}") from None


def _document(ran: Sequence[StoryRan], seen: Coverage, report: Report, prepared: Prepared) -> str:
    from validator.reports.story_document import document

    coverage: dict[str, Json] = {
        "percent": round(seen.percent, 1),
        "paths": len(seen.paths),
        "missing": [
            {"story": one.story, "step": one.step, "path": one.kind, "place": str(one.location)} for one in seen.missing
        ],
    }
    fields: dict[str, Json] = {
        "result": report.result,
        "runs": [document(one) for one in ran],
        "coverage": coverage,
    }
    return json.dumps(fields, ensure_ascii=False, indent=2)


def _shown(ran: Sequence[StoryRan], seen: Coverage, report: Report, prepared: Prepared) -> str:
    from validator.reports.console import Look, render
    from validator.reports.story_tree import tree
    from validator.reports.writers import file_lines, wants_color, width_of

    look = Look(width=width_of(sys.stdout), color=wants_color(sys.stdout, os.environ), quiet=True)
    trees = "\n\n".join(tree(one) for one in ran)
    missing = f"; not taken: {', '.join(map(str, seen.missing))}" if seen.missing else ""
    taken = (
        f"{len(seen.paths) - len(seen.missing)} of {len(seen.paths)} paths are taken ({seen.percent:.0f} %){missing}"
    )
    return f"{trees}\n\n{taken}\n\n{render(report, file_lines(prepared.options.root), look).rstrip()}"
