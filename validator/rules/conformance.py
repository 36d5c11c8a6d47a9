"""EV4: rules of the check `conformance`."""

from validator.findings import Rule, Severity  # noqa: F401
