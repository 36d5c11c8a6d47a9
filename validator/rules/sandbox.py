"""EV9: rules of the check `sandbox`."""

from validator.findings import Rule, Severity  # noqa: F401
