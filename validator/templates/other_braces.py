"""Paths into the context between braces of other languages, which are text (templating.md, section 1)."""

from __future__ import annotations

import re

from validator.templates.lookups import SURE_ONLY, Presence, look_up
from validator.templates.normalise import ROOTS
from validator.templates.types import Type

_WAY = rf"\.?(?P<way>(?:{'|'.join(sorted(ROOTS))})(?:\.[A-Za-z_]\w*)+)"
_OPENS = r"\{|\$\(|<%=|\[\["
BRACE = re.compile(_OPENS)
"""What begins an action, or what looks like one: text without it is text and nothing else."""
_OTHER = re.compile(
    rf"(?<![{{\w$#%])(?:[$#%]?\{{|{_OPENS})\s*{_WAY}\s*(?:\}}|\)|%>|\]\])(?!\}})"
    rf"|\{{%-?\s*\w+\s+{_WAY.replace('way', 'tag')}.*?%\}}"
)
_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_MOST_CHARACTERS = 4_000
"""Of a longer text the beginning is looked at: the search takes the square of the length at worst."""
_DECLARED = frozenset({Presence.SURE, Presence.OPTIONAL})


def other_braces(text: str, context: Type) -> re.Match[str] | None:
    """The first such path that the schemas of a context declare: others may be meant for somebody else.

    Its group `way` is the path, where nothing else stands between the braces, and `tag` where something does.
    """
    text = text[:_MOST_CHARACTERS]
    if not any(f"{root}." in text for root in ROOTS):
        return None
    actions = [match.span() for match in _ACTION.finditer(text)]
    for match in _OTHER.finditer(text):
        within = any(start <= match.start() < end for start, end in actions)
        if not within and _is_declared(context, match["way"] or match["tag"]):
            return match
    return None


def _is_declared(type_: Type, way: str) -> bool:
    """Whether schemas declare all names of a way."""
    for name in way.split("."):
        found = look_up(type_.present, name)
        if not found.presences or (found.presences != SURE_ONLY and not found.presences & _DECLARED):
            return False
        type_ = found.type
    return True
