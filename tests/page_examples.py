"""The examples of the pages of rules that take an engram or a configuration, for the tests that play them.

What is done with an engram, with what a page does not show of it, is an entry of rule_examples.yaml.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests import page_blocks, page_engrams
from tests.page_blocks import Block
from validator import rules

CONFIG = re.compile(r"^```yaml (fails|passes) config\n(.*?)^```", re.MULTILINE | re.DOTALL)
ENTRIES = Path(__file__).parent / "rule_examples.yaml"


@dataclass(frozen=True, slots=True)
class Example:
    """One example of a page."""

    code: str
    fails: bool
    """It breaks the rule, and no other; else none."""
    number: int
    """Among those of its page that are of its kind and fail, or do not."""
    text: str = ""
    """An engram-validate.yaml, if it is a configuration."""
    entry: Mapping[str, Any] = field(default_factory=dict)
    """What is done with an engram, if it is one; what the page shows stands in it."""

    @property
    def name(self) -> str:
        """`EV612-fails`, `EV612-fails-2`."""
        return page_blocks.name(self.code, self.fails, self.number)

    @property
    def expected(self) -> set[str]:
        """The codes that are found in it."""
        return {self.code} if self.fails else set()


def configurations(family: str) -> Iterator[Example]:
    """Those that are a whole configuration, in the order of the rules; a family is the beginning of a code."""
    for rule in rules.catalogue().values():
        counts: Counter[str] = Counter()
        for verdict, text in CONFIG.findall(rules.page(rule)) if rule.code.startswith(family) else ():
            counts[verdict] += 1
            yield Example(rule.code, verdict == "fails", counts[verdict], text=text)


def played(families: Collection[str]) -> Iterator[Example]:
    """Those of an engram, in the order of the rules; a family is the beginning of a code, such as `EV6`."""
    shown = {block.name: block for block in page_blocks.blocks()}
    for code, verdicts in entries().items():
        for verdict in ("fails", "passes") if code.startswith(tuple(families)) else ():
            for number, entry in enumerate(verdicts[verdict], 1):
                name = page_blocks.name(code, verdict == "fails", number)
                yield Example(code, verdict == "fails", number, entry=_with(shown.get(name), entry))


@cache
def entries() -> dict[str, dict[str, list[dict[str, Any]]]]:
    """From the code of a rule to what is done with its examples, `fails` and `passes`."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = yaml.safe_load(ENTRIES.read_text(encoding="utf-8"))
    return found


def _with(block: Block | None, entry: dict[str, Any]) -> dict[str, Any]:
    """The entry with what the page shows: `page` names the engram of its code, in place of the fixture."""
    if block is None or block.language in {"python", "dockerfile"}:
        return entry
    if block.language == "go":
        return entry | {"page": page_engrams.engram_name(block)}
    (cases,) = yaml.safe_load(block.text)["cases"].values()
    return entry | {"cases": cases}
