"""EV6: rules of the check `streaming`."""

from validator.findings import Rule, Severity  # noqa: F401
