"""The examples on the pages of rules that take an engram or a configuration, for the tests that play them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from validator import rules

BLOCK = re.compile(r"^```yaml (fails|passes) (fixture|config)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Example:
    """One block of a page."""

    code: str
    fails: bool
    """It breaks the rule, and no other; else none."""
    kind: str
    """`fixture`: an engram and what is done with it. `config`: an engram-validate.yaml."""
    text: str
    number: int
    """Among those of its page that are of its kind and fail, or do not."""

    @property
    def name(self) -> str:
        """`EV612-fails`, `EV612-fails-2`."""
        return f"{self.code}-{'fails' if self.fails else 'passes'}" + (f"-{self.number}" if self.number > 1 else "")

    @property
    def expected(self) -> set[str]:
        """The codes that are found in it."""
        return {self.code} if self.fails else set()


def examples(families: Collection[str], kind: str) -> Iterator[Example]:
    """All of a kind, in the order of the rules; a family is the beginning of a code, such as `EV6`."""
    for rule in rules.catalogue().values():
        if not rule.code.startswith(tuple(families)):
            continue
        counts: Counter[str] = Counter()
        for verdict, of_kind, text in BLOCK.findall(rules.page(rule)):
            if of_kind == kind:
                counts[verdict] += 1
                yield Example(rule.code, verdict == "fails", kind, text, counts[verdict])
