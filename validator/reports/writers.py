"""The rim of the reports: where they are written to, once a run is over. Finished results are never lost.

A file is replaced as a whole or not at all; a report that cannot be written to its file is printed instead.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from validator.reports import files
from validator.reports.catalogue import FOR_PROGRAMS, REPORTS, SHORT, Source
from validator.reports.comparison import Comparison, compare
from validator.reports.diff import Changed
from validator.reports.escapes import inline, without_commands
from validator.reports.excerpts import Lines
from validator.sources.files import decode
from validator.suite.results import Report

if TYPE_CHECKING:
    from validator.reports.console import Look

LARGEST_SOURCE = 20_000_000
"""Bytes of a file from which no excerpt is shown."""
PLAIN_WIDTH = 120
STEP_SUMMARY_LIMIT = 1_048_576
"""Bytes that GitHub takes for the summary of one step."""

GROUP = "Images, cases, and what was not checked"
"""What is folded in GitHub's log."""

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where the reports of a run go; empty paths mean nowhere, `-` means standard output."""

    form: str = "console"
    """What standard output gets, one of `FORMATS`; `github` is the console's text and annotations."""
    statistics: bool = False
    """Whether standard output gets how often each rule was broken, and not the findings themselves."""
    before: Report | None = None
    """An earlier report to compare with."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The path of each report by its option, as in `REPORTS`."""
    prefix: str = ""
    """The path from the repository's root to the workspace root, for annotations and SARIF."""
    check_run: bool = False
    """Whether GitHub gets a check run as well."""
    suggestions: bool = False
    """Whether edits become suggestions in a review of the pull request."""
    comment: bool = False
    """Whether the pull request gets the summary as a comment."""
    root: Path = Path()
    """The workspace root, for links to its files."""
    token: str = field(default="", repr=False)
    """What GitHub knows us by."""
    verbose: bool = False
    quiet: bool = False


def file_lines(root: Path, given: Mapping[str, bytes] | None = None) -> Lines:
    """The lines of files below a root, decoded as manifests are; nothing for others, huge or unreadable ones.

    `given` are manifests that are in no file, by name.
    """
    base = root.resolve()
    texts = {name: decode(content, "replace") for name, content in (given or {}).items()}

    @lru_cache(maxsize=64)
    def lines(file: str) -> Sequence[str]:
        if file in texts:
            return _LINE_END.split(texts[file])
        path = Path(os.path.realpath(base / file))  # `resolve` raises for a link to itself
        try:
            if not path.is_relative_to(base) or not path.is_file() or path.stat().st_size > LARGEST_SOURCE:
                return ()
            return _LINE_END.split(decode(path.read_bytes(), "replace"))
        except (OSError, ValueError):
            return ()

    def safely(file: str) -> Sequence[str]:
        return () if "\0" in file else lines(file)

    return safely


def wants_color(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether to colour: `NO_COLOR` forbids, `FORCE_COLOR` demands, else a terminal that is not dumb."""
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return is_live(stream, environ)


def is_live(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether lines can be rewritten: a terminal, not dumb, and not the log of a pipeline."""
    return stream.isatty() and environ.get("TERM") != "dumb" and not environ.get("CI")


def width_of(stream: TextIO) -> int:
    """Cells a line may take: the terminal's, or enough for a log."""
    return max(40, shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns) if stream.isatty() else PLAIN_WIDTH


def write(
    report: Report, outputs: Outputs, lines: Lines, *, out: TextIO, err: TextIO, environ: Mapping[str, str]
) -> bool:
    """Write every report that was asked for; False when one could not be written to its file.

    Files come first: they must not depend on whether anybody reads standard output.
    """
    complete = True
    changes = compare(report, outputs.before) if outputs.before is not None else None
    source = Source(report, lines, changes, environ, outputs.root, outputs.prefix)
    for wanted in REPORTS:
        path = outputs.files.get(wanted.option, "")
        if not path:
            continue
        text = wanted.render(replace(source, room=_room(path)) if wanted.is_shared else source)
        if path == "-":
            _print(out, text)
            continue
        try:
            if wanted.is_shared:
                files.append(Path(path), text)
            else:
                files.replace(Path(path), text)
        except OSError as error:
            complete = False
            reason = f"engram-validate: cannot write the {wanted.name} report to {path}: {error.strerror or error}"
            follows = "; the console has its contents" if wanted.is_shared else "; it follows instead"
            instead = "" if wanted.is_shared else text
            _print(err, _bracketed(f"{inline(reason)}{follows}\n{instead}", environ))
    shown = cache(lambda: _shown(outputs, environ))
    _print(out, _standard_output(source, outputs, out, shown))
    for problem in _published(report, outputs, lines, environ, shown, changes):
        _print(err, _bracketed(f"engram-validate: {inline(problem)}\n", environ))
    return complete


def _published(
    report: Report,
    outputs: Outputs,
    lines: Lines,
    environ: Mapping[str, str],
    shown: Callable[[], Changed],
    changes: Comparison | None,
) -> Iterator[str]:
    """Write what goes to GitHub's API; why something is not there, for which no run fails: it is in the log as well."""
    wanted = {"check run": outputs.check_run, "suggestions": outputs.suggestions, "comment": outputs.comment}
    names = [name for name, enabled in wanted.items() if enabled]
    if names and not outputs.token:
        yield f"no {', no '.join(names)}: there is no token"
        return
    for name in names:
        from validator.reports import check_run, comment, rest, review

        try:
            where = rest.target(environ, outputs.token)
            if name == "check run":
                check_run.publish(report, lines, where, prefix=outputs.prefix, changed=shown())
            elif name == "suggestions":
                review.publish(report, lines, where, prefix=outputs.prefix)
            else:
                comment.publish(report, lines, where, changes=changes)
        except rest.Unpublished as problem:
            yield f"no {name}: {problem}"


def _shown(outputs: Outputs, environ: Mapping[str, str]) -> Changed:
    """The lines that the pull request shows: as GitHub says, else as git does; nothing where neither can tell."""
    from validator.reports import diff, rest

    base = rest.base_commit(environ)
    if base and outputs.token:
        with suppress(rest.Unpublished):  # who may not ask, or whom nobody hears, has git left
            where = rest.target(environ, outputs.token)
            if where.pull_request:
                api = rest.Api(where, "pull-requests: read", attempts=1)
                return diff.of_files(api.every(f"pulls/{where.pull_request}/files"))
    return diff.of_checkout(Path(environ.get("GITHUB_WORKSPACE") or "."), base) if base else {}


def _room(path: str) -> int:
    """Bytes that GitHub would still take for this summary."""
    with suppress(OSError):
        return max(0, STEP_SUMMARY_LIMIT - Path(path).stat().st_size - 2)
    return STEP_SUMMARY_LIMIT


def _standard_output(source: Source, outputs: Outputs, out: TextIO, shown: Callable[[], Changed]) -> str:
    if outputs.form in FOR_PROGRAMS:
        return FOR_PROGRAMS[outputs.form](source)
    if outputs.form == "github":
        text = _for_a_log(source, outputs, out)
        from validator.reports import github, rest

        run = rest.run_address(source.environ)
        return text + github.render(source.report, prefix=outputs.prefix, changed=shown(), run=run)
    return _bracketed(_for_people(source, outputs, out), source.environ)


def _for_a_log(source: Source, outputs: Outputs, out: TextIO) -> str:
    """The text of GitHub's log: between the findings and the verdict the rest, folded until somebody opens it."""
    from validator.reports import console

    log = {"GITHUB_ACTIONS": "true"}
    look = _look(outputs, out, source.environ)
    if outputs.statistics:
        return _bracketed(_for_people(source, outputs, out), log)
    report = source.report
    parts = console.found(report, source.lines, look), console.aside(report, look), console.last(report, source.changes)
    findings, rest, verdict = (console.paint(part, look) for part in parts)
    folded = f"::group::{GROUP}\n{_bracketed(rest, log)}::endgroup::\n" if rest.strip() else ""
    return f"{_bracketed(findings, log)}{folded}{_bracketed(verdict, log)}"


def _for_people(source: Source, outputs: Outputs, out: TextIO) -> str:
    """The text of a terminal or a log: the findings in full, a line each, or counted."""
    from validator.reports import concise, console

    look = _look(outputs, out, source.environ)
    short = concise.statistics if outputs.statistics else SHORT.get(outputs.form)
    if short is None:
        return console.render(source.report, source.lines, look, source.changes)
    return console.paint([*short(source.report), *console.last(source.report, source.changes)], look)


def _look(outputs: Outputs, out: TextIO, environ: Mapping[str, str]) -> Look:
    from validator.reports.console import Look

    log = outputs.form == "github" and not environ.get("NO_COLOR")  # no terminal, and it shows colours
    return Look(
        width=width_of(out),
        color=log or wants_color(out, environ),
        fold=out.isatty(),
        folder="" if outputs.root.resolve() == Path.cwd() else str(outputs.root),
        verbose=outputs.verbose,
        quiet=outputs.quiet,
    )


def _bracketed(text: str, environ: Mapping[str, str]) -> str:
    """In GitHub's log, text in which no line can be a workflow command."""
    return without_commands(text, secrets.token_hex(16)) if environ.get("GITHUB_ACTIONS") == "true" else text


def _print(stream: TextIO, text: str) -> None:
    """Write what the stream's encoding can say, the rest spelled out; a reader who left is no error."""
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        with suppress(OSError, ValueError):  # the interpreter's own flush at the end must not fail either
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
