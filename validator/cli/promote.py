"""`engram-validate promote`: may this image replace the released one?"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from validator.cli.arguments import duration, unisolated_option
from validator.cli.process_environment import conceal
from validator.cli.terminal import say

if TYPE_CHECKING:
    from validator.engine.options import Options
    from validator.engine.promotion import Comparison, Request
    from validator.promotion.answer import Aspect, Verdict
    from validator.suite.config import ImageOverride

EXAMPLES = """
\b
Examples:
  engram-validate promote json-filter --image json-filter=json-filter:pr-12
  engram-validate promote json-filter --image json-filter=build:. \\
      --against ghcr.io/acme/json-filter:1.4.0
  engram-validate promote json-filter --image json-filter=build:. \\
      --baseline v1.4.0:Engram.yaml
  engram-validate promote json-filter --image json-filter=$IMAGE \\
      --attestation statement.json

Exit status: 0 yes, it may; 1 no; 2 wrong usage; 3 sandbox error; 4 not known.
"""


@click.command(name="promote", epilog=EXAMPLES)
@click.argument("name")
@click.option("--image", "image", metavar="NAME=REF", required=True, help="The candidate, as for `run`.")
@click.option("--against", metavar="REF", help="The released image (default: the configuration's, else `spec.image`).")
@click.option(
    "--baseline", metavar="FILE|DIR|REV:PATH", default="", help="The released template: its evolution is judged too."
)
@click.option("--inputs", type=click.IntRange(0), default=50, show_default=True, help="Inputs beyond the cases.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same inputs.")
@click.option("--expect-change", "expected", metavar="PATH", multiple=True, help="A member that is meant to change.")
@click.option(
    "--slower", type=click.FloatRange(1.0), default=1.1, show_default=True, help="The ratio of times that is too slow."
)
@click.option("--root", type=click.Path(exists=True, file_okay=False), default=".", help="Workspace root.")
@click.option("--config", metavar="FILE", type=click.Path(), default="", help="Configuration.")
@click.option("--templates", metavar="GLOB", multiple=True, help="EngramTemplates of other repositories.")
@click.option("--allow-env", "allowed", metavar="NAME", multiple=True, help="As for `run`.")
@click.option("--pull", type=click.Choice(["never", "missing", "always"]), help="As for `run`.")
@click.option("--build-network", is_flag=True, help="As for `run`.")
@click.option("--buildkit", is_flag=True, envvar="ENGRAM_VALIDATE_BUILDKIT", help="As for `run`.")
@click.option("--sandbox", type=click.Choice(["auto", "docker", "dind", "process"]), envvar="ENGRAM_VALIDATE_SANDBOX")
@unisolated_option
@click.option("--timeout", metavar="DURATION", callback=duration, help="The longest a case may take, such as 30s.")
@click.option("--format", "form", type=click.Choice(["console", "json"]), default="console", show_default=True)
@click.option("--json", "json_file", metavar="FILE", type=click.Path(), default="", help="Write the JSON report.")
@click.option("--summary", metavar="FILE", type=click.Path(), default="", help="Append a summary in Markdown.")
@click.option(
    "--attestation", metavar="FILE", type=click.Path(), default="", help="Write an in-toto test-result statement."
)
def command(name: str, **arguments: Any) -> None:
    """Run the released image of template NAME and a candidate side by side: may the one replace the other?

    Both get the cases of the configuration and the same explored inputs, and run each twice. Their outputs, phases,
    errors, packets and times are compared. The answer is yes, no, or not known, with the reason for each aspect.
    """
    from dataclasses import replace

    from validator.engine.options import UsageError
    from validator.engine.promotion import Request, compare_images
    from validator.promotion.answer import Verdict
    from validator.sandbox.model import SandboxError

    options = _options(name, arguments)
    request = Request(
        name=name,
        against=_override(f"{name}={arguments['against']}") if arguments["against"] else None,
        inputs=arguments["inputs"],
        seed=arguments["seed"],
        slower=arguments["slower"],
        expected=frozenset(arguments["expected"]),
    )
    conceal()
    try:
        aspects = _template(options, request, arguments["baseline"])
        found = compare_images(options, request)
    except UsageError as error:
        raise click.UsageError(str(error)) from error
    except SandboxError as error:
        click.echo(f"engram-validate: {error.message}", err=True)
        sys.exit(3)
    found = replace(found, verdict=Verdict((*found.verdict.aspects, *aspects)))
    _write(found, request, arguments)
    sys.exit(found.verdict.status)


def _options(name: str, arguments: dict[str, Any]) -> Options:
    """The run that the arguments ask for. Raises click.UsageError for a candidate of another template."""
    from validator.cli.selection import options_from

    options = options_from(
        (), {**arguments, "stories": (), "images": (arguments["image"],), "update_baseline": False, "baseline": ""}
    )
    if options.images[0].key != name:
        raise click.UsageError(f"--image names `{options.images[0].key}`, expected `{name}=REF`")
    return options


def _override(text: str) -> ImageOverride:
    from validator.suite.overrides import from_argument

    try:
        return from_argument(text)
    except ValueError as error:
        raise click.UsageError(f"--against: {error}") from error


def _template(options: Options, request: Request, baseline: str) -> Sequence[Aspect]:
    """The template against its released version, and the stories that use it (as `compat --baseline` does)."""
    from validator.checks.pairwise.promotion import promote
    from validator.cli.compat_sources import newest, released, without, workspace_of
    from validator.findings import Finding, Severity
    from validator.promotion.answer import Answer, Aspect

    workspace = workspace_of(options.root, (), options.templates)
    if not baseline:
        template = workspace.template(request.name)
        stories = sorted({story.name for story, _, _ in workspace.uses_of(template)}) if template is not None else []
        summary = f"one template for both images; {_stories(stories)}"
        return (Aspect("stories", Answer.YES, summary, ({"stories": [*stories]},)),)
    old, _ = released(options.root, baseline, workspace)
    found = promote(without(workspace, old), newest(old))
    change = next((each for each in found.changes if each.new.name == request.name), None)
    if change is None:
        raise click.UsageError(f"`{request.name}` is not in {baseline}")
    errors = [each for each in change.verdicts if isinstance(each, Finding) and each.severity is Severity.ERROR]
    broken = Aspect(
        "stories",
        Answer.NO if change.broken else Answer.YES,
        f"it breaks {', '.join(change.broken)}" if change.broken else _stories(change.stories),
        ({"stories": [*change.stories], "broken": [*change.broken]},),
    )
    answer = Answer.NO if change.breaking else Answer.NOT_KNOWN if change.undecided else Answer.YES
    summary = errors[0].message if errors else change.sentence()
    evidence = tuple({"rule": each.rule.code, "message": each.message} for each in errors)
    return (Aspect("template", answer, summary, evidence), broken)


def _stories(stories: Sequence[str]) -> str:
    if not stories:
        return "no story of the workspace uses it"
    return f"{len(stories)} {'story uses' if len(stories) == 1 else 'stories use'} it: {', '.join(stories)}"


def _write(found: Comparison, request: Request, arguments: dict[str, Any]) -> None:
    """Every report that was asked for. Raises click.UsageError for a file that cannot be written."""
    from validator.reports import files
    from validator.reports.promotion import as_console, as_document, as_summary

    document = found.mask.document(as_document(found.verdict, _about(found, request)))
    verdict: Verdict = found.verdict
    try:
        if arguments["json_file"]:
            files.replace(Path(arguments["json_file"]), f"{json.dumps(document, indent=2)}\n")
        if arguments["summary"]:
            files.append(Path(arguments["summary"]), found.mask.text(as_summary(verdict, _about(found, request))))
        if arguments["attestation"]:
            text = json.dumps(found.mask.document(_statement(found, request)), indent=2)
            files.replace(Path(arguments["attestation"]), f"{text}\n")
    except OSError as error:
        raise click.UsageError(f"{error.filename} cannot be written: {error.strerror}") from error
    if arguments["form"] == "json":
        click.echo(json.dumps(document, indent=2))
    else:
        say(found.mask.text(as_console(verdict, _about(found, request))).rstrip("\n"))


def _about(found: Comparison, request: Request) -> dict[str, Any]:
    return {
        "template": request.name,
        "released": {"image": found.released.reference, "digest": found.released.digest},
        "candidate": {"image": found.candidate.reference, "digest": found.candidate.digest},
        "seed": request.seed,
        "sandbox": found.sandbox,
    }


def _statement(found: Comparison, request: Request) -> Any:
    """The statement about the candidate, with the link to the run where it is one of a workflow."""
    from validator.promotion.statement import statement

    prepared, template = found.prepared, found.unit.template
    files = [name for name in (prepared.config.file, template.file) if name]
    contents = {name: (prepared.workspace.root / name) for name in files}
    server, repository, run = (os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    return statement(
        found.verdict,
        subject=found.candidate.reference,
        digest=found.candidate.digest,
        configuration={name: path.read_bytes() for name, path in contents.items() if path.is_file()},
        url=f"{server}/{repository}/actions/runs/{run}" if server and repository and run else "",
    )
