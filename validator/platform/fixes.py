"""What a component does better from a version on, read from `fixes.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Fix:
    """The first version of a component that has it."""

    component: str
    version: str
    source: str
    """In the contract."""

    @property
    def numbers(self) -> tuple[int, int, int]:
        """The version, to compare others with."""
        major, minor, patch = map(int, self.version.split("."))
        return major, minor, patch


@cache
def fix(name: str) -> Fix:
    """One fix by its name in the file; raises KeyError when there is none."""
    return Fix(**tomllib.loads(Path(__file__).with_name("fixes.toml").read_text(encoding="utf-8"))[name])
