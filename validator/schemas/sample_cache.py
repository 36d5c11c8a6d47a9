"""Samples of schemas that are asked for again and again: each is made once, and not before somebody wants it.

What one run shares is in one object, which is handed down to whoever asks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from validator.findings import Json
from validator.schemas.samples import each_sample

MOST = 4096
"""Schemas whose samples are remembered; the oldest are forgotten first."""


@dataclass(slots=True)
class _Row:
    """The samples of one schema, of which those that nobody has asked for are still to be made."""

    rest: Iterator[Json]
    samples: list[Json] = field(default_factory=list)

    def __iter__(self) -> Iterator[Json]:
        index = 0
        while True:
            if index == len(self.samples):
                try:
                    self.samples.append(next(self.rest))
                except StopIteration:
                    return
            yield self.samples[index]
            index += 1


@dataclass(slots=True)
class SampleCache:
    """The samples of each schema, told apart by what it says and not by where it stands."""

    _rows: dict[tuple[str, int], _Row] = field(default_factory=dict)

    def samples(self, schema: Mapping[str, Json], parts: Sequence[Json], count: int) -> Iterable[Json]:
        """At most `count` different instances of a schema and of all `parts`. They are shared: never change them."""
        before = schema.get("allOf")
        joined: Json = {**schema, "allOf": [*(before if isinstance(before, list) else ()), *parts]}
        try:
            key = (json.dumps(joined), count)
        except (TypeError, ValueError):
            return _Row(each_sample(joined, count))
        if key not in self._rows:
            if len(self._rows) >= MOST:
                del self._rows[next(iter(self._rows))]
            self._rows[key] = _Row(each_sample(joined, count))
        return self._rows[key]
