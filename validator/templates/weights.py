"""How large values are when they are written out: two lines of a template can make one that no memory would hold.

A list may stand in another one twice, and that one in a third: what is shared in memory counts each time it occurs.
"""

from __future__ import annotations

from collections.abc import Collection

from validator.templates.errors import LIMITS, UnsupportedError
from validator.templates.values import Value


class Weights:
    """Counts each container once, however often it occurs. Values do not change while a template is evaluated."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Value, int]] = {}
        """By identity, which holds as long as the value is kept beside."""

    def of(self, value: Value) -> int:
        """Characters of texts plus elements of containers. Raises UnsupportedError beyond `LIMITS.rendered`."""
        try:
            weight = self._of(value)
        except RecursionError:
            raise UnsupportedError("a deeply nested value") from None
        if weight > LIMITS.rendered:
            raise UnsupportedError("a value of several megabytes")
        return weight

    def _of(self, value: Value) -> int:
        if isinstance(value, str):
            return len(value)
        if not isinstance(value, (list, dict)):
            return 0
        if id(value) not in self._known:
            parts = (*value, *value.values()) if isinstance(value, dict) else value
            self._known[id(value)] = (value, len(parts) + self._within(parts))
        return self._known[id(value)][1]

    def _within(self, parts: Collection[Value]) -> int:
        """What elements weigh beyond one each. Long lists of numbers or of texts, which loops append to, at no cost."""
        kinds = {kind for kind in set(map(type, parts)) if issubclass(kind, str | list | dict)}
        if not kinds:
            return 0
        if kinds == {str}:
            return sum(len(part) for part in parts if isinstance(part, str))
        return sum(map(self._of, parts))
