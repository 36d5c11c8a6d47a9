"""Images that are built here, from a context and its own Dockerfile."""

from __future__ import annotations

import contextlib
import hashlib
import re
import tempfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from validator.rules import sandbox as rules
from validator.sandbox.daemon import Daemon, explanation
from validator.sandbox.model import ImageSource, Progress
from validator.sandbox.refusals import RefusedError, checked, fail

BUILT = "engram-validate-built"
"""Name of what is built here; the tag tells the context, the target and the arguments."""
LINES = 20
"""The last lines of a build that failed, which are shown."""
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
    progress(f"building {source.value}")
    tag = _tag(source, context, dockerfile)
    step, last = "", deque[str](maxlen=LINES)
    try:
        with _packed(context, dockerfile) as (archive, name), daemon.at_work(f"building {source.value}"):
            before = _id(daemon, tag)
            events = daemon.client.build(
                fileobj=archive,
                custom_context=True,
                dockerfile=name,
                buildargs=dict(source.build_args),
                target=source.target,
                platform=source.platform or None,
                network_mode=None if source.network else "none",
                tag=tag,
                rm=True,
                forcerm=True,
                decode=True,
            )
            for event in checked(events):
                for line in str(event.get("stream", "")).splitlines():
                    if line.strip():
                        progress(line.strip())
                        last.append(line.rstrip())
                        step = found[1] if (found := _STEP.match(line)) else step
            built = _id(daemon, tag)
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
