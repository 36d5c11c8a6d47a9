"""EV51: rules of what an engram calls while it is tested (part of the check `isolation`)."""

from validator.findings import Rule, Severity

UNFORESEEN_REQUEST = Rule(
    "EV510",
    "unforeseen-request",
    Severity.WARNING,
    "the engram asked the stub service `{service}` for {method} {path}, which the case does not foresee: {problem}",
    "A case foresees every request that the engram makes to its stub services.",
)
NETWORK_ACCESS = Rule(
    "EV511",
    "network-access",
    Severity.WARNING,
    "the engram tried to reach {address}: there is no network in a test, and no stub service stands in for it",
    "What an engram calls is given to it by the case, so that a test depends on nothing else.",
)
SERVICE_NOT_CALLED = Rule(
    "EV512",
    "service-not-called",
    Severity.NOTE,
    "the engram never called the stub service `{service}` of this case",
    "A stub service stands in for something that the engram calls.",
)
IDLE_CONNECTIONS = Rule(
    "EV513",
    "idle-connections",
    Severity.NOTE,
    "the engram left {count} connections idle at its stub services, with at most {busy} of its requests under way",
    "An engram uses its connections again: each one that is left behind costs it and the service memory, and a port.",
)
IDLE_ADVICE = "Make one HTTP client for the life of the engram; read the body of each answer to its end, and close it."
