"""Images that are built here, from a context and its own Dockerfile."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
from collections import deque
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from validator.rules import sandbox as rules
from validator.sandbox import buildkit
from validator.sandbox.bases import prepare
from validator.sandbox.daemon import Daemon, explanation
from validator.sandbox.deadline import Deadline
from validator.sandbox.docker_errors import RefusedError, checked, fail
from validator.sandbox.intermediate import removed
from validator.sandbox.model import ImageSource, Progress

BUILT = "engram-validate-built"
"""Name of what is built here; the tag tells the context, the target and the arguments."""
LINES = 20
"""The last lines of a build that failed, which are shown."""
MEMORY = 4 << 30
"""Bytes that a step may use: a compiler needs more than an engram."""
CPUS = 4
"""A machine with more is not a build's alone."""
PERIOD = 100_000
"""Microseconds of which a quota is a part, as Docker has it by default."""
_STEP = re.compile(r"Step \d+/\d+ : (.*)")


@dataclass(slots=True)
class _BuildLog:
    """What a build has said so far."""

    step: str = ""
    last: deque[str] = field(default_factory=lambda: deque[str](maxlen=LINES))

    def add(self, event: Mapping[str, Any], progress: Progress) -> None:
        for line in str(event.get("stream", "")).splitlines():
            if line.strip():
                progress(line.strip())
                self.last.append(line.rstrip())
                self.step = found[1] if (found := _STEP.match(line)) else self.step
        self.step = event.get("step", self.step)

    @property
    def facts(self) -> dict[str, str]:
        return {"output": "\n".join(self.last)} if self.last else {}


def build(daemon: Daemon, source: ImageSource, progress: Progress) -> str:
    """Build, and return the image's id. Raises SandboxError (EV910) with the step that failed and what it said."""
    from docker.errors import APIError, DockerException

    context, dockerfile = Path(source.value), source.dockerfile or "Dockerfile"
    if reason := _unusable(context, dockerfile):
        fail(rules.BUILD_FAILED, source, reason=reason)
    prepared = prepare(daemon, source, (context / dockerfile).read_text("utf-8", "replace"), progress)
    progress(f"building {source.value}")
    tag, log = _tag(source, context, dockerfile), _BuildLog()
    try:
        with (
            _packed(context, dockerfile, buildkit=prepared.buildkit) as (archive, name),
            daemon.at_work(f"building {source.value}"),
            removed(daemon) as intermediate,
        ):
            before = _id(daemon, tag)
            events = (
                buildkit.events(daemon, source, archive, name, tag)
                if prepared.buildkit
                else intermediate.noted(_classic(daemon, source, archive, name, tag, prepared.arguments))
            )
            with contextlib.closing(events):
                for event in checked(events):
                    log.add(event, progress)
            built = _id(daemon, tag)
    except TimeoutError:
        where = f" in `{log.step}`" if log.step else ""
        late = f"it was not done{where} after {source.seconds:g} seconds"
        way_out = "a build has twenty times the `timeout` of a case (--timeout): raise it, or build the image before"
        fail(rules.BUILD_FAILED, source, reason=f"{late}; {way_out}", **log.facts)
    except (DockerException, RefusedError, OSError, TypeError) as error:
        fail(rules.BUILD_FAILED, source, reason=_reason(source, log.step, explanation(error)), **log.facts)
    if not built:
        fail(rules.IMAGE_REMOVED, source, reason="it had just been built")
    if before not in {"", built}:
        # One image a context is kept, for its layers; another run may still be using the one before.
        with contextlib.suppress(APIError), daemon.at_work(f"removing what was built of {source.value} before"):
            daemon.client.remove_image(before)
    return built


def _unusable(context: Path, dockerfile: str) -> str:
    """Why nothing can be built of a context; empty when it can."""
    if not context.is_dir():
        return "a context is a folder, and this is a file" if context.exists() else "there is no such folder"
    if not (context / dockerfile).is_file():
        return f"there is no file {dockerfile} in it"
    read = (dockerfile, f"{dockerfile}.dockerignore", ".dockerignore")
    return next((reason for name in read if (reason := _leads_out(context, name))), "")


def _leads_out(context: Path, name: str) -> str:
    """Why a file that this process reads is none of the context's: its links are the pull request's. Empty if it is."""
    end, written = Path(os.path.realpath(context / name)), Path(os.path.normpath(context.resolve() / name))
    if end == written or (
        end.is_relative_to(context.resolve()) and ".git" not in end.relative_to(context.resolve()).parts
    ):
        return ""
    return f"{name} in it is a link that leads out of it"


def _classic(
    daemon: Daemon, source: ImageSource, archive: IO[bytes], dockerfile: str, tag: str, arguments: Mapping[str, str]
) -> Generator[dict[str, Any], None, None]:
    """What the daemon says of a build within its limits. Raises TimeoutError when it takes too long.

    The request is our own, since docker-py's sets no quota, asks every credential helper there is and sends all that it
    finds, and cannot be given up while the daemon says nothing. Who hangs up cancels the build.
    """
    import requests
    import urllib3

    client = daemon.client
    parameters = {
        "t": tag,
        "dockerfile": dockerfile,
        "buildargs": json.dumps(dict(arguments)),
        "target": source.target or None,
        "platform": source.platform or None,
        "networkmode": None if source.network else "none",
        "rm": True,
        "forcerm": True,
        "memory": MEMORY,
        "memswap": MEMORY,
        "cpuperiod": PERIOD,
        "cpuquota": CPUS * PERIOD,
    }
    deadline = Deadline(source.seconds)
    try:
        with deadline:
            response = client._post(
                client._url("/build"),
                data=archive,
                params={name: value for name, value in parameters.items() if value is not None},
                headers={"Content-Type": "application/tar"},
                stream=True,
                timeout=source.seconds,
            )
            deadline.watch(client._get_raw_response_socket(response))
            yield from client._stream_helper(response, decode=True)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        if deadline.over or isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
            raise TimeoutError from error
        raise
    if deadline.over:
        raise TimeoutError


@contextlib.contextmanager
def _packed(context: Path, dockerfile: str, *, buildkit: bool) -> Iterator[tuple[IO[bytes], str]]:
    """A context as docker's client packs it, and the name of its Dockerfile there. Raises OSError.

    The archive has no name, so that nothing of it is left however this process ends: docker's own would be.
    """
    from docker.api.build import process_dockerfile
    from docker.utils import tar

    own = context / f"{dockerfile}.dockerignore"  # which BuildKit alone knows
    ignored = own if buildkit and own.is_file() else context / ".dockerignore"
    lines = ignored.read_text("utf-8", "replace").splitlines() if ignored.is_file() else []
    exclude = [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]
    exclude += [".git", "**/.git"]  # a checkout leaves credentials in its configuration
    named = process_dockerfile(dockerfile, str(context))
    with tempfile.TemporaryFile() as archive:
        # The plugin looks at 512 bytes to see an archive: of a plain one they may all be an extended header.
        tar(context, exclude=exclude, dockerfile=named, fileobj=archive, gzip=buildkit)
        yield archive, named[0] or dockerfile


def _reason(source: ImageSource, step: str, problem: str) -> str:
    """What failed, and what helps where it may have been the network that a build has only when that is asked for."""
    where = f"`{step}`: {problem}" if step and step not in problem else problem
    if step.upper().startswith("RUN") and not source.network:
        return f"{where} (its steps have no network; `build: {{network: true}}` or --build-network gives it)"
    return where


def _tag(source: ImageSource, context: Path, dockerfile: str) -> str:
    arguments = map("=".join, sorted(source.build_args.items()))
    named = [str(context.resolve()), dockerfile, source.target, source.platform, *arguments]
    return f"{BUILT}:" + hashlib.sha256("\0".join(named).encode()).hexdigest()[:16]


def _id(daemon: Daemon, reference: str) -> str:
    from docker.errors import ImageNotFound

    try:
        return str(daemon.client.inspect_image(reference)["Id"])
    except ImageNotFound:
        return ""
