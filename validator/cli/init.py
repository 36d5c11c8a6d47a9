"""`engram-validate init`: the first configuration and the first workflow, from what a repository holds."""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from validator.suite.survey import FoundEngram, Survey

WORKFLOWS = Path(".github/workflows")
NOTHING = """\
there is nothing to check below {root}: neither an EngramTemplate nor a Story
  an engram needs an EngramTemplate beside its code: kind: EngramTemplate, apiVersion: catalog.bubustack.io/v1alpha1
  a story is a manifest of kind: Story, apiVersion: bubustack.io/v1alpha1
  manifests elsewhere: engram-validate init --root FOLDER"""
EXAMPLES = """
\b
Examples:
  engram-validate init
  engram-validate init --dry-run
  engram-validate init --diff          what --force would change

Exit status: 0 done, 2 wrong usage or a file that cannot be written, 4 nothing was found.
"""


@click.command(name="init", epilog=EXAMPLES)
@click.option("--root", type=click.Path(exists=True, file_okay=False), default=".", help="Workspace root.")
@click.option("--force", is_flag=True, help="Replace existing files.")
@click.option("--dry-run", is_flag=True, help="Write nothing; print what would be written.")
@click.option("--diff", is_flag=True, help="Write nothing; print the difference to what is there.")
def command(root: str, force: bool, dry_run: bool, diff: bool) -> None:
    """Write engram-validate.yaml and a workflow that fit the repository. Existing files are kept."""
    from validator.reports.escapes import inline
    from validator.suite.survey import survey

    place = Path(root).resolve()
    found = survey(place)
    if found.empty:
        click.echo(f"engram-validate: {NOTHING.format(root=inline(root))}", err=True)
        sys.exit(4)
    quiet = dry_run or diff
    for line in _found(found):
        click.echo(inline(line), err=quiet)
    calling = list(_calling(_repository(place) / WORKFLOWS))
    for file, text in _files(found):
        shown = inline(os.path.relpath(file, place))
        if calling and file.parent.name == WORKFLOWS.name and file not in calling:
            named = ", ".join(inline(os.path.relpath(other, place)) for other in calling)
            they = "it calls" if len(calling) == 1 else "they call"
            click.echo(f"kept   {named}: {they} engram-validate already, so {shown} is not written", err=quiet)
        elif diff:
            click.echo("".join(_difference(file, text, shown)), nl=False)
        elif dry_run:
            click.echo(f"# --- {shown}{' (is there already)' if os.path.lexists(file) else ''}\n{text}")
        elif os.path.lexists(file) and not force:
            click.echo(f"kept   {shown}: it is there already (--diff shows what --force would change)")
        else:
            _write(file, text)
            click.echo(f"wrote  {shown}")
    click.echo(f"next   run `{'engram-validate' if found.makes_engrams else 'engram-validate check'}`", err=quiet)


def _found(found: Survey) -> Iterator[str]:
    """What there is, a line each."""
    from validator.reports.tallies import counted

    for engram in found.engrams[:20]:
        yield f"found  EngramTemplate {engram.name} ({engram.file}): {_image(engram)}"
    if len(found.engrams) > 20:
        yield f"found  {counted(len(found.engrams) - 20, 'more EngramTemplate')}"
    if found.stories:
        yield f"found  {len(found.stories)} {'Story' if len(found.stories) == 1 else 'Stories'}"
    if found.elsewhere:
        yield f"lacks  {', '.join(found.elsewhere[:8])}{', …' if len(found.elsewhere) > 8 else ''}"


def _image(engram: FoundEngram) -> str:
    if engram.recipe:
        return f"built from {engram.recipe.dockerfile}"
    return f"runs {engram.image}" if engram.image else "no image, so it is not run"


def _files(found: Survey) -> Iterator[tuple[Path, str]]:
    """Each file with its text. A configuration of another name counts."""
    from validator.suite.config import NAMES
    from validator.suite.starter import config_text, workflow_name, workflow_text

    if text := config_text(found):
        there = (found.root / name for name in NAMES if os.path.lexists(found.root / name))
        yield next(there, found.root / NAMES[0]), text
    top = _repository(found.root)
    below = found.root.relative_to(top).as_posix()
    name = workflow_name(found) if below == "." else f"{workflow_name(found)}-{found.root.name}"
    yield top / WORKFLOWS / f"{name}.yml", workflow_text(found, "" if below == "." else below)


def _repository(root: Path) -> Path:
    """The folder whose workflows count: of the git repository, else the root."""
    return next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)


def _calling(folder: Path) -> Iterator[Path]:
    """The workflows that call us already: what they do is for their authors to change."""
    from validator.suite.starter import HOME

    for file in sorted(folder.glob("*.y*ml")):
        with suppress(OSError):
            if re.search(rf"uses:\s*[\"']?{HOME}[/@]", file.read_text(encoding="utf-8", errors="replace")):
                yield file


def _difference(file: Path, text: str, shown: str) -> Iterator[str]:
    from validator.reports.escapes import visible

    try:
        there = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []
    except OSError as error:
        raise click.UsageError(f"{shown} cannot be read: {error.strerror}") from error
    before = f"a/{shown}" if os.path.lexists(file) else "/dev/null"
    for line in difflib.unified_diff(there, text.splitlines(), before, f"b/{shown}", lineterm=""):
        yield f"{visible(line)}\n"


def _write(file: Path, text: str) -> None:
    """Raises click.UsageError when it cannot be written."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{file} cannot be written: {error.strerror}") from error
