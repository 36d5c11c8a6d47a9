"""EV5: rules of the check `isolation`."""

from validator.findings import Rule, Severity  # noqa: F401
