"""What of a case nobody chose but us: config and secrets of a generated one, apart from what its author gave."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from validator.findings import Json
from validator.sources.manifests import EngramTemplate
from validator.suite.cases import Case, Origin

LEAST = 6
"""Characters from which on a text names a value: shorter ones stand anywhere."""


@dataclass(frozen=True, slots=True)
class Invented:
    """Values that an engram starts with and that may be wrong, since we made them up."""

    what: str
    """`config`, `secrets`, or both."""
    texts: tuple[str, ...] = ()
    """Those among them that are found nowhere else in the case."""

    def named_in(self, words: str) -> bool:
        """Whether words are about one of them."""
        return any(text in words for text in self.texts)


def invented(template: EngramTemplate, case: Case, settings: Mapping[str, Json]) -> Invented | None:
    """What was made up for a case to start with; None where its author or an Engram chose all of it.

    `settings` is the config of the Engram (`spec.with`). A config that was left empty is a choice of ours, too.
    """
    if case.origin is not Origin.GENERATED:
        return None
    config = {name: value for name, value in case.config.items() if not (settings or _given(case, "config", name))}
    secrets = {
        (name, key): value
        for name, values in case.secrets.items()
        for key, value in values.items()
        if not _given(case, "secrets", name, key)
    }
    left_out = template.config_schema is not None and not settings and not _given(case, "config")
    kinds = [name for name, is_invented in (("config", config or left_out), ("secrets", secrets)) if is_invented]
    if not kinds:
        return None
    sent = json.dumps([case.inputs, *case.send, *case.sessions], default=str)
    texts = (*secrets.values(), *_texts(config))
    return Invented(" and ".join(kinds), tuple(text for text in texts if len(text) >= LEAST and text not in sent))


def _given(case: Case, *path: str) -> bool:
    return case.defaults is not None and case.defaults.find(path) is not None


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
