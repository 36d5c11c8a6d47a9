"""Calls of text functions in the order of other languages: the text comes last in a template, so that it can be piped.

Source: templating.md, section 4, row "string": the subject is the last argument.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from validator.templates.operands import Call, Operand
from validator.templates.reach import Oddity, Remark

_LOOKING = frozenset({"contains", "hasPrefix", "hasSuffix", "trimPrefix", "trimSuffix"})
"""Functions of two texts, of which the first is looked for in the second."""
_LISTED = re.compile(r"[,;| ]")
"""What stands between the words of a list, in which one may well look for what the data say."""


def remarks_on_order(call: Call) -> Iterator[Remark]:
    """A constant in the place of the text, and free text of the data in the place of what is looked for."""
    if call.name in _LOOKING and len(call.arguments) == 2:
        sought, text = call.arguments
        if _is_free(sought) and (word := _constant(text)) is not None and not _LISTED.search(word.strip()):
            yield _remark(call, sought, text)
    elif call.name == "replace" and len(call.arguments) == 3:
        old, new, text = call.arguments
        if _is_free(old) and _constant(new) is not None and _constant(text) is not None:
            yield _remark(call, old, text)


def _remark(call: Call, first: Operand, last: Operand) -> Remark:
    start, end = min(first.start, last.start), max(first.end, last.end)
    facts = {"function": call.name, "sought": [first.start, first.end], "text": [last.start, last.end]}
    return Remark(Oddity.ORDER, start, end, facts)  # type: ignore[arg-type]


def _is_free(operand: Operand) -> bool:
    """Whether it is any text that the data hold, not one of a few words."""
    return operand.varies and operand.type.values is None and operand.type.only("string")


def _constant(operand: Operand) -> str | None:
    values = operand.type.values
    word = values[0] if not operand.varies and values is not None and len(values) == 1 else None
    return word if isinstance(word, str) else None
