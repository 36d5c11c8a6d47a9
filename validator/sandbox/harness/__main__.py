"""`python -m validator.sandbox.harness`: see `program`."""

from validator.sandbox.harness.program import main

main()
