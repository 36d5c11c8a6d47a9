"""`check --fix` and `check --diff`: the edits that findings carry, written to the files or shown."""

from __future__ import annotations

import codecs
import difflib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from validator.reports.escapes import visible
from validator.reports.files import part, sweep

if TYPE_CHECKING:
    from validator.engine.fixes import FixedFile
    from validator.engine.options import Options
    from validator.suite.results import Report

PASSES = 5
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
"""How a text is written that begins with a byte order mark."""
"""How often edits are looked for again: one may bring another finding to light."""


def show_fixes(options: Options, out: TextIO, err: TextIO) -> int:
    """Print the edits as a unified diff. 1 if there is any, else 0."""
    from validator.engine.engine import run

    found = _fixes(run(options), options)
    for file in found:
        before, after = (text.splitlines(keepends=True) for text in (file.before, file.after))
        for line in difflib.unified_diff(before, after, file.path, file.path):
            out.write(_line(line))
    _tell(found, "can be made", err)
    return 1 if any(file.applied for file in found) else 0


def write_fixes(options: Options, err: TextIO) -> Report | None:
    """Write the edits to the files, until no finding carries another one. Raises OSError.

    What the last check found, where nothing was written after it: it need not be made again.
    """
    from validator.engine.engine import run

    for _ in range(PASSES):
        report = run(options)
        found = _fixes(report, options)
        changed = [file for file in found if file.applied]
        if not changed:
            return report
        for file in changed:
            _write(options.root / file.path, file.after)
        _tell(found, "made", err)
    return None


def _fixes(report: Report, options: Options) -> list[FixedFile]:
    from validator.engine.fixes import fixes
    from validator.sources.files import decode

    def text_of(path: str) -> str | None:
        """The text of a file inside the workspace; files outside belong to others."""
        file = options.root / path
        real = Path(os.path.realpath(file))
        if not real.is_relative_to(os.path.realpath(options.root)) or not real.is_file():
            return None
        return decode(real.read_bytes())

    return list(fixes(report.findings, text_of))


def _write(file: Path, text: str) -> None:
    """Replace the text of a file at once; links, permissions and a byte order mark stay."""
    real = Path(os.path.realpath(file))
    before = real.read_bytes()
    mark = next((mark for mark in _MARKS if before.startswith(mark)), b"")
    sweep(real)
    with part(real) as stream:
        stream.write(mark + text.encode(_MARKS.get(mark, "utf-8")))
        stream.flush()
        name = Path(stream.name)
        name.chmod(real.stat().st_mode & 0o7777)
        name.replace(real)


def _tell(found: Sequence[FixedFile], verb: str, err: TextIO) -> None:
    number = sum(len(file.applied) for file in found)
    files = sum(1 for file in found if file.applied)
    if number:
        edits, where = ("edit", "edits")[number > 1], ("file", "files")[files > 1]
        err.write(f"{number} {edits} {verb} in {files} {where}\n")
    for file in found:
        for finding in file.conflicts:
            err.write(
                f"left out, since another edit changes the same characters: {finding.location} {finding.rule.code}\n"
            )


def _line(line: str) -> str:
    """A line of a diff, with what a terminal would obey made visible."""
    text = line.rstrip("\r\n")
    return "".join(character if character == "\t" else visible(character) for character in text) + "\n"
