"""EV18: rules of `engram-validate.yaml` itself."""

from validator.findings import Rule, Severity

UNKNOWN_KEY = Rule(
    "EV180",
    "config-unknown-key",
    Severity.ERROR,
    "unknown key `{key}` in {where}; known are {known}",
    "engram-validate.yaml has only keys that mean something.",
)
INVALID_VALUE = Rule(
    "EV181",
    "config-invalid-value",
    Severity.ERROR,
    "{where} is wrong: {problem}",
    "Every value of engram-validate.yaml has the type that its key asks for.",
)
UNKNOWN_TARGET = Rule(
    "EV182",
    "config-unknown-target",
    Severity.ERROR,
    "`{key}` in {where} names no {kind} of this workspace; {known}",
    "Images and cases are given for templates, engrams and steps that exist.",
)
UNKNOWN_RULE = Rule(
    "EV183",
    "config-unknown-rule",
    Severity.ERROR,
    "`{key}` is no rule; the nearest is {nearest}",
    "`rules:` names rules of the catalogue.",
)
WEAKER_SANDBOX = Rule(
    "EV184",
    "config-weakens-isolation",
    Severity.NOTE,
    "a configuration cannot choose the sandbox `process`, so `auto` is used; if these engrams may run as local"
    " processes, pass `--sandbox process` (of the action: `sandbox: process`) or set ENGRAM_VALIDATE_SANDBOX=process",
    "A configuration asks for stricter isolation only; the caller may ask for less.",
)
