"""EV1: rules of the check `manifests`."""

from validator.findings import Rule, Severity  # noqa: F401
