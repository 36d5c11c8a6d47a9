"""EV3: rules of the check `pairwise`."""

from validator.findings import Rule, Severity  # noqa: F401
