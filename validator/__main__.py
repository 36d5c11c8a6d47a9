"""`python -m validator` is `engram-validate`."""

from validator.cli import main

if __name__ == "__main__":
    main()
