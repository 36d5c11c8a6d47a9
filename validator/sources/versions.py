"""The order of `spec.version`: semantic versioning, for as much as a template's version follows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from validator.sources.template import EngramTemplate, ImpulseTemplate

_VERSION = re.compile(r"v?(\d+(?:\.\d+)*)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?")
_Template = TypeVar("_Template", EngramTemplate, ImpulseTemplate)
Rank = tuple[bool, tuple[int, ...], bool, tuple[tuple[bool, int, str], ...]]


def rank(version: str) -> Rank:
    """A key that sorts versions: what is no version comes first, a pre-release before its release."""
    match = _VERSION.fullmatch(version.strip())
    if match is None:
        return False, (), False, ()
    numbers = tuple(int(part[:400]) for part in match[1].split("."))
    parts = (match[2] or "").split(".") if match[2] else []
    ahead = tuple((not part.isdecimal(), int(part[:400]) if part.isdecimal() else 0, part) for part in parts)
    return True, (*numbers, *(0,) * (3 - len(numbers))), not ahead, ahead


def same(one: str, other: str) -> bool:
    """Whether two texts name one version: a leading `v` does not tell them apart."""
    return one.removeprefix("v") == other.removeprefix("v")


def chosen(templates: Sequence[_Template], version: str = "") -> _Template | None:
    """Of several templates of one name that of the version; without one, or where none has it, the newest.

    Those of this repository come before `provided` ones, and the first of a version before its copies.
    """
    wanted = [template for template in templates if version and same(template.version, version)]
    pool = wanted or list(templates)
    own = [template for template in pool if template.own] or pool
    return max(own, key=lambda template: rank(template.version), default=None)


def label(template: EngramTemplate, all_of_them: Sequence[EngramTemplate]) -> str:
    """What a template is called among others: its name, with version (else file) where others share the name."""
    namesakes = [one for one in all_of_them if one.name == template.name]
    if len(namesakes) == 1 or not template.version:
        return template.name if len(namesakes) == 1 else f"{template.name} ({template.file})"
    versioned = f"{template.name}@{template.version}"
    unique = sum(one.version == template.version for one in namesakes) == 1
    return versioned if unique else f"{versioned} ({template.file})"
