"""Whose a container, a volume or a folder is: known from labels, so that leftovers of the dead can be removed."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PREFIX = "io.bubustack.engram-validate"
RUN = f"{PREFIX}.run"
HOST = f"{PREFIX}.host"
PID = f"{PREFIX}.pid"
STARTED = f"{PREFIX}.started"
CONTAINER = f"{PREFIX}.container"
NAMED = "engram-validate-"
_NAME = re.compile(rf"{NAMED}(\w+)-(\w+)-(\d+)-(\w*)-(\w+)-")


@dataclass(frozen=True, slots=True)
class Owner:
    """One run of the validator, as others can recognise it."""

    run: str
    host: str
    """A hash of what a process id means something in: machine, boot and pid namespace."""
    pid: int
    started: str
    """Start of the process in the kernel's clock ticks: a process id alone may have been used again."""
    container: str = ""
    """Id of the container that the validator itself runs in, where the daemon knows it."""

    @property
    def labels(self) -> dict[str, str]:
        """For everything of ours that a daemon keeps."""
        return {
            RUN: self.run,
            HOST: self.host,
            PID: str(self.pid),
            STARTED: self.started,
            CONTAINER: self.container,
        }

    @property
    def prefix(self) -> str:
        """Begins the names of its folders and control groups: whose they are is read from them alone."""
        return f"{NAMED}{self.host}-{self.pid}-{self.started}-"

    @property
    def name(self) -> str:
        """For names of volumes: a daemon that dies while it makes one keeps the volume without its labels."""
        return f"{NAMED}{self.run}-{self.host}-{self.pid}-{self.started}-{self.container or 'none'}"


def current() -> Owner:
    """This process."""
    pid = os.getpid()
    return Owner(uuid.uuid4().hex[:12], _host(), pid, started(pid), own_container())


def from_labels(labels: Mapping[str, str]) -> Owner | None:
    """Who labelled something; None when it is not ours."""
    if RUN not in labels:
        return None
    pid = labels.get(PID, "")
    return Owner(
        labels[RUN],
        labels.get(HOST, ""),
        int(pid) if pid.isdecimal() else 0,
        labels.get(STARTED, ""),
        labels.get(CONTAINER, ""),
    )


def from_name(name: str) -> Owner | None:
    """Who named a volume; None when it is not ours."""
    found = _NAME.match(name)
    if not found:
        return None
    run, host, pid, started_, container = found.groups()
    return Owner(run, host, int(pid), started_, "" if container == "none" else container)


def is_dead(owner: Owner, here: Owner, alive: bool | None = None) -> bool:
    """Whether that run is certainly over. Of another host nothing is certain.

    `alive` is what a daemon knows about the owner's container, if anything.
    """
    if owner.container and owner.container != here.container:
        return alive is False
    if owner.host != here.host:
        return False
    return started(owner.pid) != owner.started


def started(pid: int) -> str:
    """When a process started; empty when there is none. Without /proc, `alive` for every living one."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        if Path("/proc/self/stat").exists() or pid <= 0:
            return ""
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return ""
        except PermissionError:
            pass
        return "alive"
    # The name, in parentheses, may hold anything; field 22 counts from after it.
    return text.rpartition(")")[2].split()[19]


def own_container(mountinfo: Path = Path("/proc/self/mountinfo")) -> str:
    """Id of the container that this process runs in; empty outside one (contract/docker.md, mounted socket)."""
    try:
        mounts = mountinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # Only what is mounted over our own files: a host sees mounts of every container that it runs.
    found = re.search(r"/containers/([0-9a-f]{64})/\S+ /etc/(?:hostname|hosts|resolv\.conf) ", mounts)
    return found[1] if found else ""


def _host() -> str:
    parts = [platform.node()]
    for source in ("/proc/sys/kernel/random/boot_id", "/etc/machine-id"):
        try:
            parts.append(Path(source).read_text(encoding="utf-8").strip())
        except OSError:
            parts.append("")
    try:
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    except OSError:
        parts.append("")
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
