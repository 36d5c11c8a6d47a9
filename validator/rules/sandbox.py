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
    "The sandbox that was asked for can run on this machine.",
)
IMAGE_NOT_FOUND = Rule(
    "EV903",
    "image-not-found",
    Severity.ERROR,
    "there is no image {reference!r}, neither here nor in its registry ({reason}); build or load it first, or correct"
    " the name ({provenance})",
    "An image under test exists.",
)
IMAGE_DENIED = Rule(
    "EV904",
    "image-access-denied",
    Severity.ERROR,
    "the registry refuses {reference!r} ({reason}); log in to it (docker login, or REGISTRY, REGISTRY_USERNAME and"
    " REGISTRY_PASSWORD), or build or load the image here ({provenance})",
    "The registry of an image under test lets this run read it.",
)
REGISTRY_UNREACHABLE = Rule(
    "EV905",
    "registry-unreachable",
    Severity.ERROR,
    "the registry of {reference!r} cannot be reached ({reason}); build or load the image here, or mend the network or"
    " its certificate ({provenance})",
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
    "The registry has an image under test for the machine that runs it.",
)
DIGEST_MISMATCH = Rule(
    "EV909",
    "digest-mismatch",
    Severity.ERROR,
    "{reference!r} has the digest {found}, not {expected}; whoever pinned it meant another image ({provenance})",
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
    "{reference!r} is {size} bytes large, more than the limit of {limit}; make it smaller or raise the limit"
    " ({provenance})",
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
    "{reference!r} is an image, and the sandbox `process` runs only local binaries; name one with `process:`, or use"
    " the docker sandbox ({provenance})",
    "The sandbox that was chosen can run the kind of image that was named.",
)
HARNESS_FAILED = Rule(
    "EV915",
    "harness-failed",
    Severity.ERROR,
    "the harness of the sandbox does not work: {reason}; run again",
    "The stand-in for the platform starts and answers.",
)
ENVIRONMENT_TOO_LARGE = Rule(
    "EV916",
    "environment-too-large",
    Severity.ERROR,
    "{variable} would take {size} bytes, and Linux allows {limit} for one variable; make the case smaller",
    "What a case hands to an engram fits into its environment.",
)
DAEMON_LOST = Rule(
    "EV917",
    "docker-daemon-lost",
    Severity.ERROR,
    "the Docker daemon stopped answering while {doing}: {reason}; look at its log, and run again once it answers",
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
    "{reference!r} is a local program, and the sandbox `docker` runs only images; name one with `image:`, `build:` or"
    " `load:`, or use the process sandbox ({provenance})",
    "The sandbox that was chosen can run the kind of image that was named.",
)
IMAGE_REMOVED = Rule(
    "EV921",
    "image-removed",
    Severity.ERROR,
    "{reference!r} was removed from the Docker daemon while this run needed it ({reason}); provide it again, and let"
    " nothing prune images meanwhile ({provenance})",
    "An image under test stays until its cases are over.",
)
CRASHED = Rule(
    "EV922",
    "own-mistake",
    Severity.ERROR,
    "this is a mistake of engram-validate itself, and says nothing of the engram: {problem}; please report it, with the"
    " traceback that is shown with it",
    "engram-validate judges every case that it is given.",
)
UNISOLATED = Rule(
    "EV923",
    "nothing-confines-engrams",
    Severity.ERROR,
    "nothing here would keep an engram from reading and changing all that this account can ({reason}); {advice}, or"
    " accept that for engrams you trust: `--allow-unisolated`, or ENGRAM_VALIDATE_ALLOW_UNISOLATED=1",
    "An engram runs unconfined only where the caller has said that it may.",
)
NARROW = Rule(
    "EV927",
    "narrow-program",
    Severity.ERROR,
    "{reference!r} is for {platform}, and the sandbox runs no programs of 32 bits; build it for {expected}"
    " ({provenance})",
    "An image under test is for the machine's own architecture.",
)
API_OVERLOADED = Rule(
    "EV924",
    "api-overloaded",
    Severity.WARNING,
    "connections to the Kubernetes API were closed for want of room: the engram keeps more than {connections} at work"
    " at a time, or leaves more than {size} MiB of requests unfinished and answers unread",
    "An engram asks no more of the Kubernetes API at a time than a small stand-in can bear.",
)
SERVICES_OVERLOADED = Rule(
    "EV928",
    "services-overloaded",
    Severity.NOTE,
    "connections to the case's stub services were closed for want of room: the engram has more than {connections}"
    " requests under way at a time, or more than {size} MiB of their bodies and of answers that it does not read",
    "An engram asks no more of stub services at a time than a small stand-in can bear.",
)
CONNECTOR_OVERLOADED = Rule(
    "EV929",
    "connector-overloaded",
    Severity.WARNING,
    "streams to the connector were refused: the engram has more than {streams} open at a time, where it needs one for"
    " data and one for control messages",
    "An engram keeps no more streams open than a connector of its own can bear.",
)
CASE_BREAKS_HARNESS = Rule(
    "EV925",
    "case-breaks-the-sandbox",
    Severity.ERROR,
    "the sandbox's stand-in for the platform ended twice while this case alone was in it ({reason}): its engram may"
    " overload or attack it; no other case is affected",
    "An engram leaves the sandbox's stand-in for the platform running.",
)
IMAGE_USER = Rule(
    "EV931",
    "image-user",
    Severity.NOTE,
    "the user of {reference!r} {user}: where neither the operator nor the template names a user, a pod that must not"
    " run as root does not start it; set `USER` to a number above 0, such as `USER 65532:65532`",
    "An image names a user other than root by number.",
)
SHARD_MISSING = Rule(
    "EV930",
    "shard-missing",
    Severity.ERROR,
    "{which} missing: what was to be run there is not known; run it again, and merge the reports of all shards",
    "A merged report speaks for every shard of its plan.",
)
NOT_HERE = Rule(
    "EV920",
    "image-not-here",
    Severity.ERROR,
    "there is no image {reference!r} here, and the pull policy `never` asks no registry; build or load it first, or let"
    " it be pulled ({provenance})",
    "An image that is never pulled is here.",
)
