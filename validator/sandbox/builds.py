"""Images that are built here, from a context and its own Dockerfile."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import socket
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from validator.rules import sandbox as rules
from validator.sandbox.bases import prepare
from validator.sandbox.daemon import Daemon, explanation
from validator.sandbox.model import ImageSource, Progress
from validator.sandbox.refusals import RefusedError, checked, fail

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


def build(daemon: Daemon, source: ImageSource, progress: Progress) -> str:
    """Build, and return the image's id. Raises SandboxError (EV910) with the step that failed and what it said."""
    from docker.errors import APIError, DockerException

    context = Path(source.value)
    dockerfile = source.dockerfile or "Dockerfile"
    if not context.is_dir():
        reason = "a context is a folder, and this is a file" if context.exists() else "there is no such folder"
        fail(rules.BUILD_FAILED, source, reason=reason)
    if not (context / dockerfile).is_file():
        fail(rules.BUILD_FAILED, source, reason=f"there is no file {dockerfile} in it")
    for name in (dockerfile, ".dockerignore"):
        if reason := _leads_out(context, name):
            fail(rules.BUILD_FAILED, source, reason=reason)
    prepared = prepare(daemon, source, (context / dockerfile).read_text("utf-8", "replace"), progress)
    progress(f"building {source.value}")
    tag = _tag(source, context, dockerfile)
    step, last = "", deque[str](maxlen=LINES)
    try:
        with _packed(context, dockerfile) as (archive, name), daemon.at_work(f"building {source.value}"):
            before = _id(daemon, tag)
            for event in checked(_events(daemon, source, archive, name, tag, prepared.arguments)):
                for line in str(event.get("stream", "")).splitlines():
                    if line.strip():
                        progress(line.strip())
                        last.append(line.rstrip())
                        step = found[1] if (found := _STEP.match(line)) else step
            built = _id(daemon, tag)
    except TimeoutError:
        said = {"output": "\n".join(last)} if last else {}
        where = f" in `{step}`" if step else ""
        late = f"it was not done{where} after {source.seconds:g} seconds"
        way_out = "a build has twenty times the `timeout` of a case (--timeout): raise it, or build the image before"
        fail(rules.BUILD_FAILED, source, reason=f"{late}; {way_out}", **said)
    except (DockerException, RefusedError, OSError, TypeError) as error:
        said = {"output": "\n".join(last)} if last else {}
        fail(rules.BUILD_FAILED, source, reason=_reason(source, step, explanation(error)), **said)
    if not built:
        fail(rules.IMAGE_REMOVED, source, reason="it had just been built")
    if before not in {"", built}:
        # One image a context is kept, for its layers; another run may still be using the one before.
        with contextlib.suppress(APIError), daemon.at_work(f"removing what was built of {source.value} before"):
            daemon.client.remove_image(before)
    return built


def _leads_out(context: Path, name: str) -> str:
    """Why a file that this process reads is none of the context's: its links are the pull request's. Empty if it is."""
    end, written = Path(os.path.realpath(context / name)), Path(os.path.normpath(context.resolve() / name))
    if end == written or (
        end.is_relative_to(context.resolve()) and ".git" not in end.relative_to(context.resolve()).parts
    ):
        return ""
    return f"{name} in it is a link that leads out of it"


def _events(
    daemon: Daemon, source: ImageSource, archive: IO[bytes], dockerfile: str, tag: str, arguments: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
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


class Deadline:
    """Hangs up on a peer once its time is over."""

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._sockets: list[Any] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def watch(self, file: Any) -> None:
        """Take the connection on which the peer talks."""
        self._sockets.append(getattr(file, "_sock", file))

    def _end(self) -> None:
        self.over = True
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def _packed(context: Path, dockerfile: str) -> Iterator[tuple[IO[bytes], str]]:
    """A context as docker's client packs it, and the name of its Dockerfile there. Raises OSError.

    The archive has no name, so that nothing of it is left however this process ends: docker's own would be.
    """
    from docker.api.build import process_dockerfile
    from docker.utils import tar

    ignored = context / ".dockerignore"
    lines = ignored.read_text("utf-8", "replace").splitlines() if ignored.is_file() else []
    exclude = [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]
    exclude += [".git", "**/.git"]  # a checkout leaves credentials in its configuration
    named = process_dockerfile(dockerfile, str(context))
    with tempfile.TemporaryFile() as archive:
        tar(context, exclude=exclude, dockerfile=named, fileobj=archive)
        yield archive, named[0] or dockerfile


def _reason(source: ImageSource, step: str, said: str) -> str:
    """What failed, and what helps where it may have been the network that a build has only when that is asked for."""
    where = f"`{step}`: {said}" if step and step not in said else said
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
