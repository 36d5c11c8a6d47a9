"""EV9: rules of the check `sandbox`: what kept an image from being tried, and what to do about it."""

from validator.findings import Rule, Severity

NO_DAEMON = Rule(
    "EV901",
    "no-docker-daemon",
    Severity.ERROR,
    "no Docker daemon answers at {endpoint} ({reason}); start one, set DOCKER_HOST, or use the process sandbox",
    "The docker sandbox needs a daemon that answers.",
)
NO_SANDBOX = Rule(
    "EV902",
    "sandbox-unavailable",
    Severity.ERROR,
    "the sandbox {kind!r} cannot run here: {reason}",
    "The requested sandbox can run on this machine.",
)
IMAGE_NOT_FOUND = Rule(
    "EV903",
    "image-not-found",
    Severity.ERROR,
    "there is no image {reference!r}, neither here nor in its registry ({reason}); build or load it first, or "
    "correct the name ({provenance})",
    "An image under test exists.",
)
IMAGE_DENIED = Rule(
    "EV904",
    "image-access-denied",
    Severity.ERROR,
    "the registry denies access to {reference!r} ({reason}); log in to it (docker login, or REGISTRY, "
    "REGISTRY_USERNAME and REGISTRY_PASSWORD), or build or load the image here ({provenance})",
    "This run may read the registry of an image under test.",
)
REGISTRY_UNREACHABLE = Rule(
    "EV905",
    "registry-unreachable",
    Severity.ERROR,
    "the registry of {reference!r} cannot be reached ({reason}); test an image that is built here "
    "(`--image NAME=build:DIR`), or fix the network or the registry's certificate ({provenance})",
    "The registry of an image under test can be reached.",
)
INVALID_REFERENCE = Rule(
    "EV906",
    "invalid-image-reference",
    Severity.ERROR,
    "{reference!r} is not an image reference; expected [registry/]name[:tag][@sha256:digest] ({provenance})",
    "An image under test is named by a well-formed reference.",
)
NO_PLATFORM = Rule(
    "EV907",
    "no-image-for-platform",
    Severity.ERROR,
    "{reference!r} exists, but not for {expected} ({reason}); build it for {expected} ({provenance})",
    "The registry has the image under test for this machine's platform.",
)
DIGEST_MISMATCH = Rule(
    "EV909",
    "digest-mismatch",
    Severity.ERROR,
    "{reference!r} has the digest {found}, not {expected}: this is not the image that was pinned ({provenance})",
    "An image pinned by digest is the one that runs.",
)
BUILD_FAILED = Rule(
    "EV910",
    "image-build-failed",
    Severity.ERROR,
    "building {context!r} failed: {reason} ({provenance})",
    "The build context of an image under test builds.",
)
LOAD_FAILED = Rule(
    "EV911",
    "image-load-failed",
    Severity.ERROR,
    "{file!r} cannot be loaded as an image: {reason}; expected the output of `docker save` with one image in it"
    " ({provenance})",
    "An image archive under test holds exactly one image.",
)
IMAGE_TOO_LARGE = Rule(
    "EV912",
    "image-too-large",
    Severity.ERROR,
    "{reference!r} has {size} bytes, more than the limit of {limit}; make it smaller or raise the limit ({provenance})",
    "An image under test stays below the size limit.",
)
BINARY_NOT_FOUND = Rule(
    "EV913",
    "binary-not-runnable",
    Severity.ERROR,
    "{file!r} cannot be run as a process: {reason} ({provenance})",
    "A binary under test exists and can be executed.",
)
NEEDS_DOCKER = Rule(
    "EV914",
    "image-needs-docker",
    Severity.ERROR,
    "{reference!r} is an image, but the sandbox `process` runs only local programs; name one with `process:`, or "
    "use the docker sandbox ({provenance})",
    "The chosen sandbox can run the image or program under test.",
)
HARNESS_FAILED = Rule(
    "EV915",
    "harness-failed",
    Severity.ERROR,
    "the sandbox's harness failed: {reason}; run again",
    "The stand-in for the platform starts and answers.",
)
ENVIRONMENT_TOO_LARGE = Rule(
    "EV916",
    "environment-too-large",
    Severity.ERROR,
    "{variable} would need {size} bytes, but Linux allows {limit} for one variable; make the case smaller",
    "The inputs and config of a case fit into an environment variable.",
)
DAEMON_LOST = Rule(
    "EV917",
    "docker-daemon-lost",
    Severity.ERROR,
    "the Docker daemon stopped answering while {doing}: {reason}; check its log, and run again once it answers",
    "The Docker daemon keeps answering while cases run.",
)
IMAGE_FAILED = Rule(
    "EV918",
    "image-unusable",
    Severity.ERROR,
    "{reference!r} cannot be used: {reason} ({provenance})",
    "The daemon can provide an image under test.",
)
NEEDS_IMAGE = Rule(
    "EV919",
    "program-needs-process",
    Severity.ERROR,
    "{reference!r} is a local program, but the sandbox `docker` runs only images; name one with `image:`, `build:` "
    "or `load:`, or use the process sandbox ({provenance})",
    "The chosen sandbox can run the image or program under test.",
)
IMAGE_REMOVED = Rule(
    "EV921",
    "image-removed",
    Severity.ERROR,
    "{reference!r} was removed from the Docker daemon during this run ({reason}); provide it again, and do not "
    "prune images while a run needs them ({provenance})",
    "An image under test exists until its cases have ended.",
)
CRASHED = Rule(
    "EV922",
    "own-mistake",
    Severity.ERROR,
    "engram-validate itself failed; this says nothing about the engram: {problem}; please report it with the "
    "traceback shown here",
    "engram-validate completes every case.",
)
UNISOLATED = Rule(
    "EV923",
    "nothing-confines-engrams",
    Severity.ERROR,
    "nothing here would keep an engram from reading and changing what this account can: {reason}; {advice}, or pass "
    "`--allow-unisolated` for engrams that you trust (the same as ENGRAM_VALIDATE_ALLOW_UNISOLATED=1)",
    "An engram runs without isolation only if the caller allows it.",
)
NARROW = Rule(
    "EV927",
    "narrow-program",
    Severity.ERROR,
    "{reference!r} is built for {platform}, but the sandbox runs no 32-bit programs; build it for {expected} "
    "({provenance})",
    "An image under test is built for the machine's own architecture.",
)
API_OVERLOADED = Rule(
    "EV924",
    "api-overloaded",
    Severity.WARNING,
    "the sandbox closed connections to its Kubernetes API to save memory: the engram keeps more than {connections} "
    "connections busy at once, or leaves more than {size} MiB of requests unfinished and answers unread",
    "An engram does not overload the Kubernetes API.",
)
SERVICES_OVERLOADED = Rule(
    "EV928",
    "services-overloaded",
    Severity.NOTE,
    "the sandbox closed connections to the case's stub services to save memory: the engram has more than "
    "{connections} requests in progress at once, or more than {size} MiB of their bodies and of answers that it "
    "does not read",
    "An engram does not overload its stub services.",
)
CONNECTOR_OVERLOADED = Rule(
    "EV929",
    "connector-overloaded",
    Severity.WARNING,
    "the connector refused streams: the engram has more than {streams} open at once, but needs only one for data "
    "and one for control messages",
    "An engram does not open more streams than it needs.",
)
CASE_BREAKS_HARNESS = Rule(
    "EV925",
    "case-breaks-the-sandbox",
    Severity.ERROR,
    "the sandbox's harness crashed twice while it ran only this case ({reason}): the engram may overload or attack "
    "it; no other case is affected",
    "An engram does not crash the sandbox's harness.",
)
IMAGE_USER = Rule(
    "EV931",
    "image-user",
    Severity.NOTE,
    "the user of {reference!r} {user}: a pod that must not run as root cannot start it, unless the operator or the "
    "template names a user; set `USER` to a number above 0, such as `USER 65532:65532`",
    "An image names a user other than root by number.",
)
SHARD_MISSING = Rule(
    "EV930",
    "shard-missing",
    Severity.ERROR,
    "{which} missing: the results of its cases are unknown; run it again, and merge the reports of all shards",
    "A merged report covers every shard of its plan.",
)
NOT_HERE = Rule(
    "EV920",
    "image-not-here",
    Severity.ERROR,
    "there is no image {reference!r} here, and the pull policy `never` forbids pulling it; build or load it first, "
    "or choose another pull policy ({provenance})",
    "An image with the pull policy `never` is already here.",
)
