"""What a request for a list or a watch asks for, read from its query. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from validator.sandbox.harness import selectors


class QueryError(ValueError):
    """A query that a real API server does not take."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which objects are wanted, and from when on."""

    labels: tuple[selectors.Requirement, ...]
    fields: tuple[selectors.Requirement, ...]
    since: int
    """The version after which changes are wanted; 0 for all that is there."""
    seconds: int
    """After which a watch ends; 0 for never."""
    bookmark: bool
    """Whether the end of what is there is to be told."""

    def selects(self, manifest: Mapping[str, Any]) -> bool:
        """Whether an object is among those that are wanted."""
        return selectors.selects(self.labels, self.fields, manifest)


def watches(target: str) -> bool:
    """Whether a request wants to hear of every change from now on."""
    return any(value in {"1", "true"} for value in _query(target).get("watch", ()))


def query(target: str) -> Query:
    """What the target of a request asks for. Raises QueryError."""
    given = {name: values[0] for name, values in _query(target).items()}
    try:
        by_label = selectors.labels(given.get("labelSelector", ""))
        by_field = selectors.fields(given.get("fieldSelector", ""))
    except selectors.SelectorError as error:
        raise QueryError(str(error)) from None
    since, seconds = _number(given, "resourceVersion"), _number(given, "timeoutSeconds")
    return Query(by_label, by_field, since, seconds, given.get("sendInitialEvents") == "true")


def _query(target: str) -> dict[str, list[str]]:
    return parse_qs(target.partition("?")[2])


def _number(given: Mapping[str, str], name: str) -> int:
    text = given.get(name, "0")
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise QueryError(f"invalid {name}: {text[:40]}")
    return int(text)
