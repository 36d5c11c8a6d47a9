"""A daemon beside this very process: in namespaces of its own, so that no other daemon of the machine notices."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from validator.sandbox.dind import startup
from validator.sandbox.interrupts import uninterrupted
from validator.sandbox.owner import Owner

BRIDGE = Path("/sys/class/net/docker0")
"""Another daemon's bridge: whoever sees it shares its network namespace, and must not start a second one there."""
OWN_PROCESSES = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
"""A pid namespace: when this very command ends, so does all that was started in it."""


class CannotNestError(Exception):
    """A daemon cannot run here; the message says exactly why."""


def why_not() -> str:
    """What is missing before anything is tried; empty when it is worth a try."""
    if not sys.platform.startswith("linux"):
        return "a daemon of our own needs Linux"
    missing = [name for name in ("dockerd", "unshare", "sh", "mount") if shutil.which(name) is None]
    if missing:
        return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed here"
    if os.geteuid() != 0:
        return "a daemon needs root, and this is another user"
    return ""


def has_own_network(owner: Owner) -> bool:
    """Whether no other daemon can be in this network: a container's own, from which images can be pulled."""
    return bool(owner.container) and not BRIDGE.exists()


@contextlib.contextmanager
def nested_daemon(owner: Owner) -> Iterator[str]:
    """The endpoint of a daemon that runs while the block does. Raises CannotNestError."""
    if reason := why_not():
        raise CannotNestError(reason)
    alone = [] if has_own_network(owner) else ["--net"]
    folder = tempfile.mkdtemp(prefix=owner.prefix)
    process = subprocess.Popen(
        ["unshare", *alone, "--mount", *startup.command(folder, *OWN_PROCESSES)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    drain = None
    try:
        _wait(process)
        # Nobody reads on: what it says from now on goes where a full pipe cannot stop it.
        drain = subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL, start_new_session=True)
        yield f"unix://{folder}/docker.sock"
    finally:
        with uninterrupted():
            _stop(process)
            if drain is not None:
                drain.wait()
            shutil.rmtree(folder, ignore_errors=True)


def _wait(process: subprocess.Popen[bytes]) -> None:
    """Read what the daemon says until it answers. Raises CannotNestError when it does not."""
    assert process.stdout is not None
    log = b""
    until = time.monotonic() + startup.SECONDS
    while startup.READY not in log:
        readable, _, _ = select.select([process.stdout], [], [], max(0.0, until - time.monotonic()))
        chunk = os.read(process.stdout.fileno(), 1 << 16) if readable else b""
        if not chunk:
            raise CannotNestError(startup.complaint(log) if readable else f"it did not start in {startup.SECONDS:g} s")
        log += chunk


def _stop(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(OSError):
        process.stdin.close()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()  # and with it its child, whose namespace holds all the rest
        process.wait()
    process.stdout.close()
