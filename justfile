# The commands that people need; `just` lists them.
default:
    @just --list

# Make .venv from the lock file.
setup:
    python3 scripts/environment.py dev

# Format and lint.
lint: setup
    .venv/bin/ruff format .
    .venv/bin/ruff check .

# Check types.
types: setup
    .venv/bin/mypy

# All tests, or those that the arguments of pytest choose.
test *arguments:
    python3 scripts/test.py {{arguments}}

# The tests that need no image, Docker, Go or browser.
fast:
    python3 scripts/test.py --fast

# Write golden files anew; read the difference before you commit it.
golden *arguments:
    UPDATE_GOLDEN=1 python3 scripts/test.py {{arguments}}

# Build the site of the documentation, strictly.
site: setup
    .venv/bin/mkdocs build --strict

# Build the fixture engrams.
fixtures: setup
    .venv/bin/python scripts/fixtures.py

# Break the machinery: kills, dead daemons, full disks (25 minutes, as root).
faults *arguments: setup
    .venv/bin/python -m faults {{arguments}}

# Everything that CI does.
ci:
    bash .ci/run
