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
UNKNOWN_PLACEHOLDER = Rule(
    "EV186",
    "config-unknown-placeholder",
    Severity.ERROR,
    "`{placeholder}` {problem}; known here are {known}",
    "Every placeholder of a case names a service of the case, and among secrets a made-up value or a variable.",
)
UNDECLARED_SECRET = Rule(
    "EV187",
    "config-undeclared-secret",
    Severity.ERROR,
    "the template declares no secret `{secret}`, and a cluster refuses an Engram that has it; secretSchema has {known}",
    "The secrets of a case are those that `secretSchema` of the template declares.",
)
UNDECLARED_INPUT = Rule(
    "EV188",
    "config-undeclared-input",
    Severity.WARNING,
    "inputSchema does not declare the input `{path}` of this case, but lets it pass",
    "The inputs of a case are those that inputSchema of the template declares.",
)
UNEXPECTED_SECRET_KEY = Rule(
    "EV189",
    "config-unexpected-secret-key",
    Severity.WARNING,
    "`expectedKeys` of the secret `{secret}` has no `{key}`; expected are {known}",
    "The keys of a secret are those that `expectedKeys` of the template names.",
)
