"""Samples of schemas that are asked for again and again: each is made once.

What one run shares is in one object, which is handed down to whoever asks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from validator.findings import Json
from validator.schemas.samples import samples

MOST = 4096
"""Schemas whose samples are remembered; the oldest are forgotten first."""


@dataclass(slots=True)
class SampleCache:
    """The samples of each schema, told apart by what it says and not by where it stands."""

    _made: dict[tuple[str, int], tuple[Json, ...]] = field(default_factory=dict)

    def samples(self, schema: Mapping[str, Json], parts: Sequence[Json], count: int) -> tuple[Json, ...]:
        """At most `count` different instances of a schema and of all `parts`. They are shared: never change them."""
        before = schema.get("allOf")
        joined: Json = {**schema, "allOf": [*(before if isinstance(before, list) else ()), *parts]}
        try:
            key = (json.dumps(joined), count)
        except (TypeError, ValueError):
            return samples(joined, count)
        if key not in self._made:
            if len(self._made) >= MOST:
                del self._made[next(iter(self._made))]
            self._made[key] = samples(joined, count)
        return self._made[key]
