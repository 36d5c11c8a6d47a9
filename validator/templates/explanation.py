"""An error of a template for people: what the platform says, where, what it means, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from validator.templates.errors import TemplateError
from validator.templates.mistakes import View, mistake
from validator.templates.paths import PathError

ADVICE = {
    "missing_key": 'Name a key that exists, or give it a default: {{ index inputs "key" | default "…" }}.',
    "path_type": "The value before the last dot is no object.",
    "blocked": "The platform waits until the step has this output: check the step's name and the field.",
    "offloaded": "The step's output lies in storage: use it alone in a template, without functions or text around it.",
    "nil_field": "Something before the last field is missing; guard it with {{ with }} or {{ if }}.",
    "arg_type": "Convert the argument first: toString, int, float64.",
    "not_boolean": "A condition must be a boolean: compare with eq, gt, and the like, and write it within {{ }}.",
}
"""What to do about an error, by its sub-class."""
UNREADABLE = "the template cannot be evaluated"
_SHOWN_NAMES = 20
_CLOSE = 0.7
"""How alike names must be to be taken for one another."""


def explained(error: TemplateError, text: str) -> str:
    """The error, with the characters of `text` that it is about; `text` may be empty where it is not known."""
    known = error.known if isinstance(error, PathError) else ()
    lines = [f"{error.kind} error: {error.message}"]
    if error.kind == "parse" and text:
        return "\n".join([*lines, *_unreadable(error, text)])
    if text and error.start >= 0:
        lines.append(underlined(text, error.start, error.end))
    advice = ADVICE.get(error.sub) or ADVICE.get(error.kind)
    return "\n".join([*lines, *_nearest(error, known, text), *([f"advice: {advice}"] if advice else [])])


def _unreadable(error: TemplateError, text: str) -> list[str]:
    """A template that does not parse, as `check` tells it."""
    found = mistake(text, error.message, error.start, error.end, View())
    lines = [underlined(text, found.start, found.end)] if error.start >= 0 else []
    problem = found.facts.get("problem", "")
    if not problem or problem not in error.message:
        lines.append(f"{found.rule.code}: {found.message_with(UNREADABLE)}")
    return [*lines, *([f"advice: {found.advice}"] if found.advice else [])]


def _nearest(error: TemplateError, known: Sequence[str], text: str) -> list[str]:
    """The names that there are, when one was misspelt."""
    if not known:
        return []
    written = text[error.start : error.end].strip("\"'") if error.start >= 0 else ""
    shown = ", ".join(known[:_SHOWN_NAMES]) + (", …" if len(known) > _SHOWN_NAMES else "")
    close = difflib.get_close_matches(written, known, 1, _CLOSE)
    return [*([f"did you mean {close[0]}?"] if close else []), f"there is: {shown}"]


def underlined(text: str, start: int, end: int) -> str:
    """The line of `text` that holds the offset `start`, and carets under the characters."""
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    width = max(min(end, line_start + len(line)) - start, 1)
    number = text.count("\n", 0, start) + 1
    label = f"  {number} | "
    indent = "".join("\t" if char == "\t" else " " for char in text[line_start:start])
    return f"{label}{line}\n{' ' * (len(label) - 2)}| {indent}{'^' * width}"
