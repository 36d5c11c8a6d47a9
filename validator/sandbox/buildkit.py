"""Builds by BuildKit: the daemon's own, through docker's plugin `buildx`, for what the classic builder cannot read.

BuildKit has no limit of memory or CPUs for a build (a daemon takes a control group from version 23 on, which somebody
else would have to make), so the caller has to allow it. All other promises are those of the classic builder.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from validator.sandbox.daemon import Daemon
from validator.sandbox.deadline import Deadline
from validator.sandbox.interrupts import uninterrupted
from validator.sandbox.model import ImageSource
from validator.sandbox.owner import current

NAME = "docker-buildx"
PLACES = tuple(f"/usr/{where}/docker/cli-plugins" for where in ("local/lib", "local/libexec", "lib", "libexec"))
"""Where docker's client looks, after its own folder."""
LONGEST = 4096
"""Bytes of one line that are read; how much a step may say in all is BuildKit's to limit (2 MiB)."""
GRACE = 10.0
"""Seconds to cancel a build before the client is killed, which cancels it too."""
PARENT = ("setpriv", "--pdeathsig", "KILL", "--")
"""Ends a program with its parent, however that ends (util-linux)."""
_LINE = re.compile(r"#(?P<number>\d+) (?:\d+\.\d+ )?(?P<text>.*)")
_STEP = re.compile(r"\[(?!internal\b)[^\]]*\] (?P<step>.+)")
_NOISE = re.compile(r"(?:DONE|CACHED|CANCELED|resolve|sha256:|extracting)\b.*|\.\.\.")

_OVER = ("DONE", "CACHED")


def plugin(environ: Mapping[str, str] = os.environ) -> str:
    """The program of the plugin, where docker's client would find it; empty where there is none."""
    own = environ.get("DOCKER_CONFIG") or Path("~/.docker").expanduser()
    found = (Path(folder, NAME) for folder in (f"{own}/cli-plugins", *PLACES))
    named = next((str(path) for path in found if path.is_file() and os.access(path, os.X_OK)), "")
    return named or shutil.which(NAME, path=environ.get("PATH")) or ""


def events(
    daemon: Daemon, source: ImageSource, archive: IO[bytes], dockerfile: str, tag: str
) -> Generator[dict[str, Any], None, None]:
    """What BuildKit says of a build, as the classic builder would say it. Raises TimeoutError when it takes too long.

    The program gets no variable of ours and none of docker's configuration: base images are pulled before, and a
    Dockerfile is not to reach a login, an agent or a secret. A name of its own keeps the caches of `RUN --mount` apart
    from those of other builds of this daemon.
    """
    with tempfile.TemporaryDirectory(prefix=current().prefix) as home:
        environment = {
            "PATH": os.defpath,
            **dict.fromkeys(("HOME", "DOCKER_CONFIG", "BUILDX_CONFIG"), home),
            **daemon.variables,
        }
        with _running(_command(source, dockerfile, tag), archive, environment) as process:
            terminate = Deadline(source.seconds, lambda: _signal(process, signal.SIGTERM))
            kill = Deadline(source.seconds + GRACE, lambda: _signal(process, signal.SIGKILL))
            with terminate as deadline, kill:
                yield from _progress(process)
            if deadline.over:
                raise TimeoutError


def _command(source: ImageSource, dockerfile: str, tag: str) -> Sequence[str]:
    given = {**source.build_args, "BUILDKIT_CACHE_MOUNT_NS": tag}
    flags = [f"--build-arg={name}={value}" for name, value in given.items()]
    flags += [f"--target={source.target}"] if source.target else []
    flags += [f"--platform={source.platform}"] if source.platform else []
    flags += [f"--network={'default' if source.network else 'none'}", "--provenance=false", "--progress=plain"]
    parent = PARENT if shutil.which(PARENT[0]) else ()
    return [*parent, plugin(), "build", "--load", f"--tag={tag}", f"--file={dockerfile}", *flags, "-"]


@contextlib.contextmanager
def _running(
    command: Sequence[str], archive: IO[bytes], environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    archive.seek(0)
    process = subprocess.Popen(
        command,
        stdin=archive,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with uninterrupted():
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    assert process.stderr is not None
    if process.poll() is None:
        _signal(process, signal.SIGTERM)
    # Nobody listens any more: a pipe that is full would keep it from ending.
    process.stderr.close()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _progress(process: subprocess.Popen[bytes]) -> Generator[dict[str, Any], None, None]:
    """Its lines, with the step that each is about; and why it failed, as the last."""
    assert process.stderr is not None
    steps: dict[str, str] = {}
    error = ""
    for line in iter(lambda: process.stderr.readline(LONGEST), b""):  # type: ignore[union-attr]  # seen above
        text = line.decode("utf-8", "replace").rstrip()
        if text.startswith("ERROR: "):
            error = text.removeprefix("ERROR: ")
        found = _LINE.fullmatch(text)
        if found is None or _NOISE.fullmatch(found["text"]):
            if found is not None and found["text"].startswith(_OVER):
                yield {"stream": "", "step": ""}  # the next one is only named when it says something
            continue
        if named := _STEP.fullmatch(found["text"]):
            steps[found["number"]] = named["step"]
        if found["number"] in steps:
            yield {"stream": found["text"], "step": steps[found["number"]]}
    if process.wait():
        yield {"error": error or f"docker buildx ended with status {process.returncode}"}
