"""EV2: rules of the check `resolution`."""

from validator.findings import Rule, Severity  # noqa: F401
