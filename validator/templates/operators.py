"""What an author meant by what does not parse: operators, which templates do not have, and what is not closed.

Source: templating.md, section 2.1: there are functions only, and no call syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

OPERATORS = {
    "??": "`default a b` gives `a` where `b` is empty",
    "==": "`eq a b` compares",
    "!=": "`ne a b` compares",
    ">=": "`ge a b` compares",
    "<=": "`le a b` compares",
    "&&": "`and a b` joins conditions",
    "||": "`or a b` joins conditions",
    ">": "`gt a b` compares",
    "<": "`lt a b` compares",
    "=": "`eq a b` compares, and `:=` declares a variable",
    "!": "`not a` negates",
    "+": "`add a b` adds numbers, `print a b` joins texts",
    "?": "`ternary a b condition` chooses, or `if`",
    "*": "`mul a b` multiplies",
    "/": "`div a b` divides",
    "%": "`mod a b` is the rest",
    ",": "arguments stand behind each other, with spaces between",
    "(": "a function takes its arguments after spaces, as in `upper inputs.name`",
}
"""What to write instead of each, two signs before one."""
_TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|`[^`]*`|/\*.*?\*/|[{][{]-?|-?[}][}]|["\'`]', re.DOTALL)
LONGEST = 10_000
"""Characters of a template that is looked into: what nothing closes is looked for to the end, from each beginning."""
_KEYWORD = re.compile(r"\s*(if|range|with|define|block|end)\b")


def operator_at(text: str, start: int, message: str) -> tuple[str, int] | None:
    """The operator that the parser stumbled over, and where it begins."""
    if start < 0 or not ("unexpected" in message or "illegal number" in message):
        return None
    for at, longest in ((start, 1), (start - 1, 2)):
        for operator in OPERATORS:
            if at >= 0 and len(operator) >= longest and text.startswith(operator, at):
                return operator, at
    return None


def open_quote(text: str) -> int:
    """Where a text within an action begins that nothing closes; -1 when all are closed."""
    within = False
    for token in _tokens(text):
        if token[0].startswith("{{"):
            within = True
        elif token[0].endswith("}}"):
            within = False
        elif within and len(token[0]) == 1:
            return token.start()
    return -1


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """Where quotes, comments and actions are; nothing of a text that is too long to find them in."""
    return _TOKEN.finditer(text) if len(text) <= LONGEST else iter(())


def open_block(text: str) -> tuple[str, int] | None:
    """The innermost block that no `end` closes, and where its word stands; None when all are closed."""
    blocks: list[tuple[str, int]] = []
    for token in _tokens(text):
        keyword = _KEYWORD.match(text, token.end()) if token[0].startswith("{{") else None
        if keyword is None:
            continue
        if keyword[1] != "end":
            blocks.append((keyword[1], keyword.start(1)))
        elif blocks:
            blocks.pop()
    return blocks[-1] if blocks else None
