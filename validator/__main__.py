"""`python -m validator` is `engram-validate`."""

import signal
import sys

import validator

MIXED = (
    "engram-validate: another distribution has put a package `validator` over that of engram-validate, and either may"
    " break; install engram-validate into an environment of its own (`pipx install engram-validate`)"
)


def run() -> None:
    """Run the command line. Ctrl-C while its first modules are imported ends it as it does later on."""
    if getattr(validator, "DISTRIBUTION", "") != "engram-validate":
        print(MIXED, file=sys.stderr)  # noqa: T201
    try:
        from validator.cli import main
    except KeyboardInterrupt:
        print("engram-validate: interrupted", file=sys.stderr)  # noqa: T201
        sys.exit(128 + signal.SIGINT)
    main()


if __name__ == "__main__":
    run()
