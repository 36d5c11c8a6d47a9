"""`python -m validator` is `engram-validate`."""

import signal
import sys


def run() -> None:
    """Run the command line. Ctrl-C while its first modules are imported ends it as it does later on."""
    try:
        from validator.cli import main
    except KeyboardInterrupt:
        print("engram-validate: interrupted", file=sys.stderr)  # noqa: T201
        sys.exit(128 + signal.SIGINT)
    main()


if __name__ == "__main__":
    run()
