"""What a kind of mistake is, and a slip of the fingers."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.mutation.drafts import Draft

Apply = Callable[[random.Random, Draft], bool]
"""Makes the mistake in a copy of a draft; False where the draft has no place for it."""
Rewrite = Callable[[random.Random, str], str | None]
"""Makes the mistake in the text; None where the text has no place for it."""


@dataclass(frozen=True)
class Mistake:
    """A kind of mistake."""

    name: str
    apply: Apply | None = None
    rewrite: Rewrite | None = None
    removes: bool = False
    """What is wrong is missing: there are no characters that a range could cover."""


def slip(rng: random.Random, word: str) -> str:
    """A word with one slip of the fingers: a letter that is missing, doubled, or swapped with the next."""
    at = rng.randrange(1, len(word))
    choices = [word[:at] + word[at + 1 :], word[:at] + word[at - 1] + word[at:]]
    if at + 1 < len(word) and word[at] != word[at + 1]:
        choices.append(word[:at] + word[at + 1] + word[at] + word[at + 2 :])
    return rng.choice([choice for choice in choices if choice not in (word, "")])
