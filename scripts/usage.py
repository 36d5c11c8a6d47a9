"""What a script answers to `--help` and to arguments that it does not know: the text at its top."""

from __future__ import annotations

import sys
from collections.abc import Sequence

ASKS = {"-h", "--help"}


def answer_help(text: str | None, arguments: Sequence[str] | None = None) -> None:
    """Print a script's text and end with status 0 where its arguments ask for help."""
    if ASKS & set(sys.argv[1:] if arguments is None else arguments):
        print((text or "").strip())
        raise SystemExit(0)


def refuse(text: str | None, problem: str) -> int:
    """Say on standard error what is wrong with the arguments, and how the script is called; the exit status."""
    print(f"{problem}\n\n{(text or '').strip()}", file=sys.stderr)
    return 2


def without_arguments(text: str | None) -> None:
    """Answer `--help`; end with status 2 where there is any other argument."""
    answer_help(text)
    if sys.argv[1:]:
        raise SystemExit(refuse(text, f"unknown argument {' '.join(sys.argv[1:])}; expected none"))
