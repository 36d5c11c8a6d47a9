"""What the author of a template that does not parse meant, and what to write instead.

The one explanation that `check`, `template eval` and `rehearse` give.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from validator.findings import Rule
from validator.rules import resolution as rules
from validator.rules.names import listed, nearest, slip
from validator.templates.catalogue import ALL_FUNCTIONS, DETERMINISTIC_FUNCTIONS
from validator.templates.normalise import ROOTS
from validator.templates.operators import OPERATORS, open_block, open_quote, operator_at
from validator.templates.references import alias

BANNED = ("env", "expandenv", "getHostByName")
_DASHED = re.compile(r"\b(inputs|steps|packet)((?:\.[A-Za-z0-9_-]+)+)")
_SINGLE_QUOTED = re.compile(r"\[\s*'([^']*)'\s*\]")
_NUMBERED = re.compile(r"([A-Za-z0-9_.$-]+)\[\s*(\d+)\s*\]")
_COMPARISON = re.compile(r"\{\{(-?\s*)([\w.\"$-]+)\s*(==|!=|>=|<=|>|<|&&|\|\|)\s*([\w.\"$-]+)(\s*-?)\}\}")
_COMPARING = {"==": "eq", "!=": "ne", ">=": "ge", "<=": "le", ">": "gt", "<": "lt", "&&": "and", "||": "or"}
_FUNCTION = re.compile(r'function "([^"]*)" not defined')
_MEANT = {
    **dict.fromkeys(("elif", "elseif", "elsif"), "else if"),
    **dict.fromkeys(("endif", "endfor", "endrange", "endwith"), "end"),
    **dict.fromkeys(("tojson", "json", "to_json", "stringify", "toYaml"), "toJson"),
    **dict.fromkeys(("fromYaml", "parseJson", "jsonParse", "from_json"), "fromJson"),
    **dict.fromkeys(("length", "size", "count"), "len"),
    **dict.fromkeys(("startsWith", "startswith", "starts_with"), "hasPrefix"),
    **dict.fromkeys(("endsWith", "endswith", "ends_with"), "hasSuffix"),
    **dict.fromkeys(("number", "toNumber", "toFloat", "parseFloat", "float"), "float64"),
    **dict.fromkeys(("integer", "toInt", "parseInt"), "int"),
    **dict.fromkeys(("sum", "plus"), "add"),
    **dict.fromkeys(("base64", "base64Encode", "b64encode"), "b64enc"),
    **dict.fromkeys(("base64Decode", "b64decode"), "b64dec"),
    **dict.fromkeys(("urlencode", "urlEncode", "encodeURIComponent"), "urlquery"),
    **dict.fromkeys(("isset", "defined"), "exists"),
    **{"minus": "sub", "equals": "eq", "strip": "trim", "str": "toString", "sort": "sortAlpha", "unique": "uniq"},
    **{"format": "printf", "capitalize": "title", "required": "default", "isEmpty": "empty", "iif": "ternary"},
}
"""Names that other languages of templates have, and what is so called here."""
_STRANGE = frozenset(
    {"for", "foreach", "in", "is", "not_in", "rand", "random", "include", "set", "let", "raw", "until"}
)
"""Such names of which nothing here is called alike, though it may be spelt alike."""
_NEAR = 1000
"""Characters before and after a mistake that are searched for what was meant."""


@dataclass(frozen=True, slots=True)
class View:
    """What may be named where the template stands."""

    bare: tuple[str, ...] = ROOTS
    """Roots that may stand without a dot."""
    dotted: frozenset[str] = frozenset(ROOTS)
    """Roots that stand behind a dot."""
    is_step: Callable[[str], bool] = lambda _: False
    """Whether there is a step of this name, which then has an alias."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters of the template to replace, as offsets; the text is not yet escaped for a YAML scalar."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a template, where, and what to do."""

    rule: Rule
    start: int
    end: int
    facts: Mapping[str, str]
    """For the rule's message, all but `consequence`."""
    advice: str = ""
    edit: Edit | None = None

    def facts_with(self, consequence: str) -> dict[str, str]:
        """All facts for the rule's message."""
        facts = {**self.facts, "consequence": consequence}
        if "problem" in facts:
            facts["problem"] += f"; {consequence}"
        return facts

    def message_with(self, consequence: str) -> str:
        """In the words of the rule."""
        return self.rule.message.format(**self.facts_with(consequence))


def mistake(text: str, message: str, start: int, end: int, view: View) -> Mistake:
    """Explain the message of the template's parser, which is about these characters."""
    if (quote := open_quote(text)) >= 0:
        return _invalid(f"the quotation mark `{text[quote]}` is not closed: all that follows is text", quote, quote + 1)
    if function := _FUNCTION.search(message):
        return _unknown_function(text, function[1], start, end, view)
    if (found := _unspaced(text, start, message)) is not None:
        return found
    if "bad character U+002D" in message and (found := _dashed(text, start, view)) is not None:
        return found
    if "bad character U+005B" in message and (found := _subscript(text, start, end)) is not None:
        return found
    if (operator := operator_at(text, start, message)) is not None:
        return _operator(text, *operator)
    if "unexpected EOF" in message and (block := open_block(text)) is not None:
        word, start = block
        return _invalid(f"this `{word}` has no `{{{{ end }}}}`", start, start + len(word))
    start = min(start, len(text.rstrip()) - 1)
    return _invalid(re.sub(r"^template: \w+:\d+: ", "", message), start, max(end, start + 1))


def _unspaced(text: str, start: int, message: str) -> Mistake | None:
    """A trim marker without its space (section 2.1)."""
    if "bad number syntax" in message and text[start - 2 : start + 1] == "{{-":
        at, edit = start, Edit(start, start + 1, "- ")
    elif "bad character U+002D" in message and text[start : start + 3] == "-}}":
        at, edit = start, Edit(start, start + 1, " -")
    else:
        return None
    side = "behind" if edit.text == "- " else "before"
    facts = {"problem": f"the trim marker needs a space {side} it"}
    return Mistake(rules.INVALID_TEMPLATE, at, at + 1, facts, f"write `{edit.text}`", edit)


def _invalid(problem: str, start: int, end: int) -> Mistake:
    return Mistake(rules.INVALID_TEMPLATE, start, end, {"problem": problem})


def _around(pattern: re.Pattern[str], text: str, at: int) -> Iterator[re.Match[str]]:
    """What matches near a place: patterns that begin with any number of letters take the square of a text's length."""
    return pattern.finditer(text, max(0, at - _NEAR), at + _NEAR)


def _subscript(text: str, start: int, end: int) -> Mistake | None:
    for match in _around(_SINGLE_QUOTED, text, start):
        if start <= match.start() <= end + 1 and len(match[1]) != 1:
            return _rewritten(rules.SINGLE_QUOTED_KEY, match, f'["{match[1]}"]', {"found": f"`'{match[1]}'`"})
    for match in _around(_NUMBERED, text, start):
        if match.start() <= start < match.end():
            call = f"index {match[1]} {match[2]}"
            facts = {"found": "[…] with a number", "advice": f"`{call}` takes an element"}
            return _rewritten(rules.OPERATOR_SYNTAX, match, f"({call})", facts)
    return None


def _rewritten(rule: Rule, match: re.Match[str], text: str, facts: Mapping[str, str]) -> Mistake:
    edit = Edit(match.start(), match.end(), text)
    return Mistake(rule, match.start(), match.end(), facts, f"write `{text}`", edit)


def _operator(text: str, operator: str, start: int) -> Mistake:
    advice, edit = OPERATORS[operator], None
    match = _COMPARISON.search(text)
    if match is not None and match.start(3) == start:
        right = f"{match[4]}.0" if match[4].isdigit() and operator not in ("&&", "||") else match[4]
        edit = Edit(match.start(2), match.end(4), f"{_COMPARING[operator]} {match[2]} {right}")
        advice = f"write `{edit.text}`"
    facts = {"found": operator if operator != "(" else "f(x)", "advice": OPERATORS[operator]}
    return Mistake(rules.OPERATOR_SYNTAX, start, start + len(operator), facts, advice, edit)


def _unknown_function(text: str, name: str, start: int, end: int, view: View) -> Mistake:
    if name in BANNED:
        return Mistake(rules.BANNED_WORD, start, end, {"found": name})
    if name in ROOTS:
        opened = max(text.rfind("{{", 0, start), 0)
        return _invalid("the action that begins here is not closed by `}}`", opened, len(text))
    where = ""
    rooted = text[end : end + 1] in (".", "[")
    meant = slip(name, view.bare) or (nearest(name, view.bare) if rooted else None)
    close = _MEANT.get(name) or meant or (None if rooted or name in _STRANGE else nearest(name, ALL_FUNCTIONS))
    if name in ALL_FUNCTIONS:
        where = " in this field, which has none of chance and clock" if name not in DETERMINISTIC_FUNCTIONS else ""
        close = None
    elif rooted and name in view.dotted:
        where = "; only `inputs`, `steps` and `packet` may stand without a dot"
        close = f".{name}"
    elif rooted and view.bare:
        where = f", nor a root: the roots here are {listed(view.bare)}"
    facts = {"found": name, "where": where}
    if not close:
        return Mistake(rules.UNKNOWN_FUNCTION, start, end, facts)
    return Mistake(rules.UNKNOWN_FUNCTION, start, end, facts, f"write `{close}`", Edit(start, end, close))


def _dashed(text: str, at: int, view: View) -> Mistake | None:
    for match in _around(_DASHED, text, at):
        if not (match.start() <= at < match.end() and "-" in match[2]):
            continue
        names = match[2].split(".")[1:]
        index = next(index for index, name in enumerate(names) if "-" in name)
        start = match.start(2) + sum(len(name) + 1 for name in names[:index]) + 1
        name = names[index]
        if match[1] == "steps" and index == 0 and view.is_step(name):
            edit = Edit(start, start + len(name), alias(name))
        else:
            before = ".".join((match[1], *names[:index]))
            edit = Edit(match.start(), start + len(name), f'(index .{before} "{name}")')
        return Mistake(rules.DASHED_NAME, start, start + len(name), {"found": name}, f"write `{edit.text}`", edit)
    return None
