"""The releases of the platform, each read from its file `VERSION.toml` beside this module.

A file holds the `components` of a release, the `gaps` (codes of the rules that a story can meet there), the behaviours
of the `controller` that its documentation does not promise, and the settings of the `hub`. It begins from the release
that it is `like`, without the gaps and behaviours that it has `closed`; `*` closes all.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent

DOCUMENTED = "documented"
"""What the platform's documentation promises; no release does all of it."""


@dataclass(frozen=True, slots=True)
class Release:
    """One release of the platform; every fact carries its source in the contract."""

    version: str
    """That of bobrapet, or `documented`."""
    components: Mapping[str, str]
    """The version of each component, as far as it was read or run."""
    gaps: Mapping[str, str]
    """The source by the code of a rule that speaks of this release."""
    controller: Mapping[str, str]
    """The source by the name of a behaviour (a field of `stories.engine.profile.Profile`)."""
    hub: Mapping[str, Any]
    """The value by the name of a setting (a field of `stories.hub.profile.HubProfile`)."""


@cache
def versions() -> tuple[str, ...]:
    """Every version that there is a file of: releases from the oldest to the newest, then `documented`."""
    names = {path.stem for path in _FOLDER.glob("[0-9]*.toml")}
    return (*sorted(names, key=lambda name: tuple(map(int, name.split(".")))), DOCUMENTED)


def current() -> str:
    """The newest release: what is checked against unless somebody asks for another."""
    return versions()[-2]


@cache
def release(version: str) -> Release:
    """One of `versions()`."""
    data = tomllib.loads((_FOLDER / f"{version}.toml").read_text(encoding="utf-8"))
    like = release(data["like"]) if "like" in data else Release(version, {}, {}, {}, {})
    closed = frozenset(data.get("closed", ()))
    return Release(
        version,
        dict(like.components) | data.get("components", {}),
        _open(like.gaps, closed) | data.get("gaps", {}),
        _open(like.controller, closed) | data.get("controller", {}),
        dict(like.hub) | {name: setting["value"] for name, setting in data.get("hub", {}).items()},
    )


def _open(facts: Mapping[str, str], closed: frozenset[str]) -> dict[str, str]:
    return {} if "*" in closed else {name: source for name, source in facts.items() if name not in closed}
