"""The right name that a wrong one was probably meant to be, and how lists of names read."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import lru_cache

from validator.findings import Json

_CUTOFF = 0.7
_SHOWN = 20
_MANY = 200


def nearest(wrong: str, names: Iterable[str]) -> str | None:
    """The closest of the names; None when nothing is close enough to be a slip."""
    options = sorted({name for name in names if name and name != wrong})
    if len(options) > _MANY:
        # Comparing with thousands takes too long; a slip leaves the beginning or the end as it was.
        options = [name for name in options if name[:2] == wrong[:2] or name[-3:] == wrong[-3:]][:_MANY]
    folded = {_fold(name): name for name in reversed(options)}
    if _fold(wrong) in folded:
        return folded[_fold(wrong)]
    found = difflib.get_close_matches(_fold(wrong), folded, n=1, cutoff=_CUTOFF)
    return folded[found[0]] if found else None


def listed(names: Iterable[str]) -> str:
    """Names in order, as a reader sees them: `a`, `b`; cut when they are many."""
    ordered = sorted(names)
    shown = ", ".join(f"`{name}`" for name in ordered[:_SHOWN])
    more = len(ordered) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown or "none"


def evidence(names: Iterable[str]) -> dict[str, Json]:
    """What exists, for the evidence of a finding."""
    return {"known": [*sorted(names)[:_MANY]]}


def _fold(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def slip(wrong: str, names: Iterable[str]) -> str | None:
    """The name that a wrong one is a slip of the hand for; stricter than `nearest`, which only helps with a mistake.

    `maxTokens` is no slip for `minTokens`: where undeclared names may stand, little else counts.
    """
    return _slip(wrong, tuple(sorted({name for name in names if name and name != wrong})))


@lru_cache(maxsize=4096)  # the steps of many stories have the same names for the same inputs
def _slip(wrong: str, options: tuple[str, ...]) -> str | None:
    folded = _fold(wrong)
    for name in options:
        if _fold(name) in (folded, f"{folded[:-2]}ies" if folded.endswith("ys") else folded) or _is_one_step(
            folded, _fold(name)
        ):
            return name
    alike = [_fold(name) for name in options if not _has_word_more(folded, _fold(name))]
    found = difflib.get_close_matches(folded, alike, n=1, cutoff=_SLIP)
    return next((name for name in options if found and _fold(name) == found[0]), None)


_SLIP = 0.8


def _has_word_more(one: str, other: str) -> bool:
    """Whether one is the other with a word before or behind it, as `maxRetries` is `retries`."""
    short, long = sorted((one, other), key=len)
    return len(long) - len(short) >= _SHORT and (long.startswith(short) or long.endswith(short))


def _is_one_step(one: str, other: str) -> bool:
    """Whether one letter too many, too few, wrong, or two that changed places make the difference."""
    if min(len(one), len(other)) < _SHORT or abs(len(one) - len(other)) > 1:
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, left = one[start:], other[start:]
    swapped = rest[1::-1] + rest[2:] if len(rest) > 1 else rest
    return rest[1:] == left or rest == left[1:] or (rest[1:] == left[1:] and len(one) > _SHORT) or swapped == left


_SHORT = 3
