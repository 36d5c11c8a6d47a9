"""Untrusted text made harmless for the place it goes to: a terminal, XML, Markdown, GitHub's log.

Manifests, images and their logs are written by others. Nothing of theirs may move a cursor, reverse the reading
direction, end an element, ping a person or form a workflow command.
"""

from __future__ import annotations

import json
import re

from validator.findings import Json

_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and line feed, DEL, C1
    "\u00ad\u061c\u180e\u200b\u200e\u200f"  # soft hyphen, marks of direction, zero-width space
    "\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # line separators, bidi overrides and isolates
    "\ud800-\udfff\ufffe\uffff"  # lone surrogates, non-characters
    "\U000e0000-\U000e0fff"  # tags: invisible letters
    "]"
)
_COLOR = re.compile(r"\x1b\[[0-9;:]*m")
_MARKUP = re.compile(r"[&<>\"'`*_\[\]|~\\$@#!]")
_LINK = re.compile(r"(?i)(://)|\b(www)\.")
_COMMAND = re.compile(r"(?m)^([^!-~\n]*)(:[^!-~\n]*:)")
_OLD_COMMAND = re.compile(r"#([^!-~\n]*#[^!-~\n]*\[)")
_FENCE = re.compile(r"`{3,}")


def _code(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def visible(text: str) -> str:
    r"""The text with control and direction characters spelled out (`\x1b`, `\u202e`); tab and line feed stay.

    Printable right-to-left letters stay as well: they are somebody's language, not an attack.
    """
    return _INVISIBLE.sub(_code, text.replace("\r\n", "\n"))


def inline(text: str) -> str:
    r"""Like `visible`, on one line: a line feed becomes `\n`, a tab `\t`."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def cut(text: str, limit: int) -> str:
    """At most `limit` characters of the text, saying how many there were when it is cut."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters in all)"


def brief(text: str, limit: int = 300) -> str:
    """A name or a reason, on one line of at most `limit` characters."""
    return cut(inline(text), limit)


def tail(text: str, lines: int, width: int = 400) -> list[str]:
    """The last lines of a log, each visible and at most `width` characters; the first says how many are not shown.

    Colours are dropped rather than spelled out: logs are full of them and they say nothing.
    """
    every = visible(_COLOR.sub("", text)).rstrip("\n").split("\n")
    shown = [cut(line, width) for line in every[-lines:]]
    left = len(every) - lines
    return shown if left <= 0 else [f"… {left:,} line{'' if left == 1 else 's'} before", *shown]


def script_data(value: Json) -> str:
    """JSON for a script element that no parser takes for markup."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("&", "\\u0026").replace(">", "\\u003e")


def xml(text: str) -> str:
    """Text that every XML 1.0 parser accepts, whatever the serialiser does about markup afterwards."""
    return visible(text)


def markdown(text: str) -> str:
    """Prose for GitHub Markdown in which nothing is markup, a mention, a reference or a link.

    Entities cannot open a construct, and a zero-width space keeps GitHub's own filters, which run after entities are
    decoded, from finding `@name`, `#1` and addresses.
    """
    spaced = _LINK.sub(lambda match: ":\u200b//" if match[1] else f"{match[2]}\u200b.", inline(text))

    def entity(match: re.Match[str]) -> str:
        return f"&#{ord(match[0])};" + ("\u200b" if match[0] in "@#" else "")

    return _MARKUP.sub(entity, spaced)


def code(text: str) -> str:
    """One line of Markdown set as code, safe in table cells, where backticks and pipes are not."""
    return f"<code>{markdown(text)}</code>"


def message(text: str) -> str:
    """A message as Markdown: what it sets between backticks becomes code, all else is plain."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backtick without its partner belongs to what is quoted
        return markdown(text)
    return "".join(code(part) if index % 2 and part else markdown(part) for index, part in enumerate(parts))


def fenced(text: str, language: str = "") -> str:
    """A Markdown code block that its content cannot end."""
    body = visible(text)
    fence = "`" * max(3, *(len(found) + 1 for found in _FENCE.findall(body)), 3)
    return f"{fence}{language}\n{body}\n{fence}"


def command_data(text: str) -> str:
    """The message of a workflow command (the runner decodes `%25`, `%0D` and `%0A`)."""
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def command_property(text: str) -> str:
    """A property of a workflow command: also `:` and `,` are encoded."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")


def workflow_log(text: str) -> str:
    r"""Text for GitHub's log in which no line is a workflow command, readable anyway: a `\` breaks the form.

    The runner takes a line that begins with `::` after white space, and, of the older form, `##[` anywhere in a line.
    Its comparison ignores invisible letters (.NET, culture-sensitive), so these are looked through here as well.
    """
    return _OLD_COMMAND.sub(r"#\\\1", _COMMAND.sub(r"\1\\\2", text))


def without_commands(text: str, token: str) -> str:
    """The text between GitHub's own brackets that turn workflow commands off: `token` must be unguessable."""
    return f"::stop-commands::{token}\n{workflow_log(text).rstrip()}\n::{token}::\n"
