"""What stands at a place of a template: a name of a way into the context, and what can take its place; an argument."""

from __future__ import annotations

from validator.checks.resolution.templates import Template
from validator.findings import Json, Location
from validator.templates.reach import Access


def name_location(template: Template, access: Access, index: int) -> Location:
    """The characters of a name, without the quotation marks of a key."""
    start, end = access.spans[index]
    if template.text[start : start + 1] in ("'", '"', "`") and end - start > 2:
        return template.span(start + 1, end - 1)
    return template.span(start, end)


def replacement(template: Template, access: Access, index: int, name: str) -> str | None:
    """The text that takes a name's place; None where that would need another spelling."""
    start, _ = access.spans[index]
    opening = template.text[start : start + 1]
    if opening in ("(", "$"):  # a key that is put together
        return f'\\"{name}\\"' if template.node.style == '"' else f'"{name}"'
    quoted = opening in ("'", '"', "`")
    if quoted or name.replace("_", "a").isalnum():
        return name
    return None


def part(template: Template, place: Json) -> str:
    """The characters of an argument that a remark names by its start and end."""
    start, end = (int(str(at)) for at in place) if isinstance(place, list) else (0, 0)
    return template.text[start:end]
