"""The templates of the page. All text that they write is escaped, and nothing in it is invisible."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from validator.findings import Json
from validator.reports.escapes import cut, script_data, visible
from validator.reports.tallies import counted, duration

FOLDER = Path(__file__).parent


@cache
def environment() -> Environment:
    """The environment in which `*.html` of this folder are rendered."""
    jinja = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters.update(cut=cut, message=message, duration=duration, counted=counted, number=_number)
    return jinja


def _shown(value: Any) -> Any:
    """What an expression of a template writes: text without invisible characters, which autoescape then escapes."""
    return value if isinstance(value, Markup) else visible(str(value))


def _number(value: int) -> str:
    return f"{value:,}"


def message(content: str) -> Markup:
    """A message: what it sets between backticks becomes code."""
    parts = visible(content).split("`")
    if len(parts) % 2 == 0:  # a backtick without its partner belongs to what is quoted
        return escape(visible(content))
    return Markup().join(
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part) for index, part in enumerate(parts)
    )


def asset(name: str) -> Markup:
    """A style sheet or script of ours, as it is."""
    return Markup((FOLDER / name).read_text(encoding="utf-8"))  # noqa: S704 - our own file


def checksum(script: str) -> str:
    """By which the policy of a page allows this one script (`Content-Security-Policy`)."""
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")


def data(value: Json) -> Markup:
    """JSON for a script element, as it is."""
    return Markup(script_data(value))  # noqa: S704 - escaped there
