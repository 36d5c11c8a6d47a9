"""The words of the sandbox: which image, under which limits, one batch case, and what became of it.

Frozen and plain; nothing here does anything. The streaming half adds its own words in `stream_model.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from validator.findings import Finding, Json, Location, Rule, Subject
from validator.sandbox.service_model import Service, ServiceLog

MEBIBYTE = 1 << 20

OUTPUT_REFUSED = "output schema validation failed: "
"""How the SDK begins to say that an output breaks its schema (bubu-sdk-go, schema_validation.go)."""

Progress = Callable[[str], None]
"""Told, in a few words, what the sandbox is busy with (a line of a build, a layer that is pulled)."""


class SandboxError(Exception):
    """The sandbox could not do its work. It says nothing about the contract (exit status 3)."""

    def __init__(self, rule: Rule, /, **facts: object) -> None:
        self.rule = rule
        self.facts = facts
        super().__init__(rule.message.format(**facts))

    @property
    def message(self) -> str:
        """The sentence for a person: what failed, and the thing to do."""
        return self.rule.message.format(**self.facts)

    def finding(self, location: Location, subject: Subject) -> Finding:
        """The same as a finding at the place that named the image; what its sentence says already is no evidence."""
        facts = {name: str(value) for name, value in self.facts.items()}
        evidence: dict[str, Json] = {name: text for name, text in facts.items() if text not in self.message}
        return Finding(self.rule, self.message, location, subject, self.rule.severity, evidence=evidence)


class PullPolicy(StrEnum):
    """When a registry is asked for an image."""

    NEVER = "never"
    MISSING = "missing"
    """When there is none here: a component's own build is never pushed (contract/hub.md, Images)."""
    ALWAYS = "always"


class SourceKind(StrEnum):
    """Where an image comes from."""

    IMAGE = "image"
    BUILD = "build"
    LOAD = "load"
    PROCESS = "process"


@dataclass(frozen=True, slots=True)
class ImageSource:
    """Which image someone asked for, before it was looked for."""

    kind: SourceKind
    value: str
    """By kind: an image reference, a build context folder, an archive of `docker save`, or an executable file."""
    template: str = ""
    """The EngramTemplate it belongs to."""
    provenance: str = ""
    """Who asked, for messages: `spec.image`, ``images: `json-filter` ``, `--image`."""
    dockerfile: str = ""
    """Of a build: path of the Dockerfile below the context; empty for `Dockerfile`."""
    target: str = ""
    """Of a build: the stage to stop at."""
    build_args: Mapping[str, str] = field(default_factory=dict)
    args: tuple[str, ...] = ()
    """Of a process: arguments after the executable."""
    repository: str = ""
    """Of a process: the folder below which files that its arguments name may be read; empty for none."""
    digest: str = ""
    """`sha256:…` that the image must have; empty when nothing was promised."""
    pull: PullPolicy = PullPolicy.MISSING
    platform: str = ""
    """`linux/arm64` and the like; empty for whatever the daemon takes."""
    network: bool = False
    """Of a build: whether its steps may reach the network."""
    seconds: float = 600.0
    """Of a build: how long it may take."""
    buildkit: bool = False
    """Of a build: whether BuildKit may do what the classic builder cannot, without a limit of memory and CPUs."""
    user: int = 0
    """Who the engram is run as; 0 for the sandbox's own user. Nobody is run as root."""
    writable: bool = False
    """Whether its root can be written to, up to `Limits.root`."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image that is here and can be run."""

    source: ImageSource
    kind: str
    """The sandbox that runs it: `docker` or `process`."""
    id: str
    """`sha256:…` of the image's configuration, or the path of the binary."""
    reference: str
    """What a person calls it."""
    digest: str
    """`sha256:…`: the registry's where it has one, else the image id; of the file for a binary."""
    platform: str
    """`linux/amd64`; empty when unknown."""
    command: tuple[str, ...]
    """Entrypoint and command as one list; empty when the image names none."""
    user: str = ""
    size: int = 0
    """Bytes."""
    sdk_version: str = ""
    """Version of bubu-sdk-go in the binary (`v0.1.5`); empty when unknown or not a Go program."""
    env: Mapping[str, str] = field(default_factory=dict)
    """What the image itself sets."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one engram may use (contract/docker.md, "Limits that really hold")."""

    memory: int = 512 * MEBIBYTE
    """Bytes; swap is part of it."""
    pids: int = 256
    """A Go engram with gRPC needs 128 to 256."""
    cpus: float = 1.0
    nofile: int = 1024
    log: int = 64 * 1024
    """Bytes of each log stream that are kept: the tail. The rest is read and thrown away."""
    tmpfs: int = 64 * MEBIBYTE
    """Bytes of /tmp and of the storage, which count as memory."""
    root: int = 256 * MEBIBYTE
    """Bytes of the root, where that can be written to at all."""
    grace: float = 10.0
    """Seconds between SIGTERM and SIGKILL."""


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Identity:
    """The names of the run that an engram is told (contract/runtime.md 1.2)."""

    namespace: str = "sandbox"
    story: str = "sandbox"
    storyrun: str = "sandbox-run"
    step: str = "step"


@dataclass(frozen=True, slots=True)
class Secret:
    """One entry of a template's `secretSchema`, filled (contract/runtime.md 1.7)."""

    values: Mapping[str, str]
    prefix: str = ""
    """Prefix of the environment variables; empty for the controller's default, `<name>_`."""


@dataclass(frozen=True, slots=True)
class BatchCase:
    """One run of a batch engram: everything that it is told."""

    id: str
    """Names the StepRun, so it must be unique among the cases that run in one pod at a time (a suffix is added)."""
    inputs: Mapping[str, Json] = field(default_factory=dict)
    """`BUBU_TRIGGER_DATA`, as the controller would have merged it: defaults applied, templates still in place."""
    config: Mapping[str, Json] = field(default_factory=dict)
    """`BUBU_STEP_CONFIG`."""
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    context: Mapping[str, Json] = field(default_factory=lambda: {"inputs": {}, "steps": {}})
    """`BUBU_TEMPLATE_CONTEXT`: what `{{ … }}` in config and inputs can see."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Further variables; they win over everything else."""
    identity: Identity = Identity()
    mode: str = "job"
    """`BUBU_EXECUTION_MODE`."""
    timeout: float = 30.0
    """Seconds until the engram is killed, whatever it does."""
    step_timeout: float | None = None
    """`BUBU_STEP_TIMEOUT` in seconds; by default the kill timer minus a margin. Does not stop a hung engram."""
    max_inline: int = MEBIBYTE
    """`BUBU_MAX_INLINE_SIZE` in bytes."""
    storage: bool = False
    """Give it file storage: large outputs are offloaded, and inputs above the environment's limit go by reference."""
    skip_input_templating: bool = False
    manifests: tuple[Mapping[str, Json], ...] = ()
    """Engrams and EngramTemplates that the API serves. An Engram among them switches the SDK's own schema checks on."""
    services: tuple[Service, ...] = ()
    """Stub services beside it; `${{ services.NAME.url }}` in what it is told becomes the address."""


class StartFault(StrEnum):
    """Why an engram could not even start."""

    WRONG_ARCHITECTURE = "wrong-architecture"
    MISSING_ENTRYPOINT = "missing-entrypoint"
    NOT_EXECUTABLE = "not-executable"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class StartError:
    """The engram never ran: that is the image's fault."""

    fault: StartFault
    text: str
    """What the kernel or the daemon said."""


@dataclass(frozen=True, slots=True)
class Log:
    """The tail of one log stream."""

    text: str = ""
    total: int = 0
    """Bytes that were written, kept or not."""
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended."""

    code: int | None
    """The exit code; None when a signal ended it."""
    signal: int | None = None
    oom: bool = False
    """It hit its memory limit."""
    crowded: bool = False
    """When we ended it, it held as many processes and threads as it may."""
    overfull: bool = False
    """We ended it for writing more to its root than that holds."""
    stdout: Log = Log()
    stderr: Log = Log()
    seconds: float = 0.0
    """From start to end."""
    start_error: StartError | None = None
    killed: bool = False
    """We ended it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request that an engram made to the Kubernetes API."""

    method: str
    path: str
    """With its query."""
    status: int
    content_type: str = ""
    body: Json = None
    """As JSON; a body that is too large or no JSON is shown as a string."""


@dataclass(frozen=True, slots=True)
class BatchRun:
    """What one batch run came to. Truth is the last patch that carries a phase, not the exit code."""

    exit: Exit
    timed_out: bool
    """The kill timer ended it."""
    status: Mapping[str, Any]
    """`StepRun.status` as a real API server would hold it after all merge patches (RFC 7386)."""
    patches: tuple[Mapping[str, Any], ...]
    """The `status` of every patch, as sent."""
    result_patch: Mapping[str, Any] | None
    """The last of them that carries a phase; None when the engram never reported."""
    requests: tuple[Request, ...] = ()
    unknown: tuple[str, ...] = ()
    """`METHOD path` of requests that the stand-in for Kubernetes has no answer to."""
    objections: tuple[str, ...] = ()
    """Why the API refused what the engram wrote to its StepRun, as a real server does (definition of StepRun)."""
    limits: tuple[str, ...] = ()
    """What the API refused for no other reason than that it is a stand-in."""
    ignored: tuple[str, ...] = ()
    """Writes that changed nothing: to a path that there is none of, or with a status where none is taken."""
    refused_patch: Mapping[str, Any] | None = None
    """The last status with a phase that was refused."""
    files: Mapping[str, Any] = field(default_factory=dict)
    """What it stored: storage key -> JSON document."""
    unread: tuple[str, ...] = ()
    """Keys of files that it stored and that were not read: there is no room for them here."""
    steprun: str = ""
    services: ServiceLog | None = None
    """What was asked of its stub services; None when it had none."""
    lookups: tuple[str, ...] = ()
    """Names looked up in the pod while it ran."""
    unrouted: int = 0
    """How often an IPv4 address beyond the pod was dialled while it ran."""
    seconds: float = 0.0
    """Wall clock of the whole case, set-up included."""

    @property
    def phase(self) -> str:
        """The phase that it reported; empty when it reported none."""
        return str((self.result_patch or {}).get("phase") or "")

    @property
    def succeeded(self) -> bool:
        """It reported success."""
        return self.phase == "Succeeded"

    @property
    def refused_output(self) -> str:
        """Why the SDK refuses what the program put out, by the outputSchema that it looked up; empty when it does not.

        It judges before the API server merges (contract/runtime.md 1.1), so that it sees null members.
        """
        message = str(self.error.get("message") or "")
        refused = self.phase == "Failed" and message.startswith(OUTPUT_REFUSED)
        return message.removeprefix(OUTPUT_REFUSED) if refused else ""

    @property
    def completed(self) -> bool:
        """The program itself succeeded, whatever the SDK said of its output."""
        return self.succeeded or bool(self.refused_output)

    @property
    def output(self) -> Json:
        """The merged output: what downstream steps see. None when there is none."""
        output: Json = self.status.get("output")
        return output

    @property
    def sent_output(self) -> Json:
        """The output as sent: null members are still there, and it may have been refused."""
        output: Json = (self.result_patch or self.refused_patch or {}).get("output")
        return output

    @property
    def error(self) -> Mapping[str, Any]:
        """`status.error`, empty when there is none."""
        error = self.status.get("error")
        return error if isinstance(error, dict) else {}
