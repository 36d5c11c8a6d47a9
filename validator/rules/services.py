"""EV51: rules of what an engram calls while it is tested (part of the check `isolation`)."""

from validator.findings import Rule, Severity

UNFORESEEN_REQUEST = Rule(
    "EV510",
    "unforeseen-request",
    Severity.WARNING,
    "the engram requested {method} {path} from the stub service `{service}`, but the case does not expect it: "
    "{problem}",
    "A case expects every request that the engram makes to its stub services.",
)
NETWORK_ACCESS = Rule(
    "EV511",
    "network-access",
    Severity.WARNING,
    "the engram tried to reach {address}, but a test has no network and no stub service replaces that address",
    "A case provides everything that an engram calls, so that a test depends on nothing else.",
)
SERVICE_NOT_CALLED = Rule(
    "EV512",
    "service-not-called",
    Severity.NOTE,
    "the engram never called the stub service `{service}` of this case",
    "Every stub service of a case replaces something that the engram calls.",
)
IDLE_CONNECTIONS = Rule(
    "EV513",
    "idle-connections",
    Severity.NOTE,
    "the engram left {count} connections to its stub services idle, with at most {busy} requests in progress at once",
    "An engram reuses its connections: each idle one costs memory and a port on both sides.",
)
IDLE_ADVICE = "Make one HTTP client for the life of the engram; read the body of each answer to its end, and close it."
