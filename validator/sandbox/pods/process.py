"""The pod `process`: the harness and local binaries as processes of this machine, confined where bubblewrap works."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

from validator.rules import sandbox as rules
from validator.sandbox import elf
from validator.sandbox.harness.protocol import TRUST
from validator.sandbox.interrupts import uninterrupted
from validator.sandbox.link import Link
from validator.sandbox.logs import Tail
from validator.sandbox.model import Image, Limits, SandboxError, StartError, StartFault
from validator.sandbox.owner import Owner
from validator.sandbox.pods import EngramProcess, cgroups, confinement
from validator.sandbox.pods.cgroups import Cgroups, Groups
from validator.sandbox.pods.confinement import Confinement
from validator.sandbox.pods.failed_start import FailedStart
from validator.sandbox.pods.local import LocalEngram

LIMITED = (
    f'[ -z "$1" ] || {cgroups.ENTER} || exit 126; '
    '{ ulimit -c 0; ulimit -n "$2"; ulimit -d "$3"; } 2>/dev/null; shift 3; exec "$@"'
)
"""Limits are set by a shell: a fork with code of ours between would be unsafe among threads. Data, not address space:
Go reserves far more addresses than it uses."""
HARNESS_LIMITED = 'ulimit -d "$1" 2>/dev/null; shift; exec "$@"'
HARNESS_MEMORY = 640 << 20
"""Bytes of data of a harness, of which gRPC takes 80 MiB: what an engram makes it hold has to end there."""
ENV_TOOL = "/usr/bin/env"
"""Hands an engram that nothing confines its environment, and only it: the shell before it sees none of that."""
END_SECONDS = 5.0
"""How long a harness that has closed its output may take to end."""
RUNTIME_DATA = 192 << 20
"""Bytes of data that a Go runtime maps before it allocates anything (measured: 64 to 160 MiB)."""


class ProcessPod:
    """A harness process and the engrams that join it."""

    def __init__(
        self, image: Image, limits: Limits, confined: Confinement | None, folder: str, groups: Groups | None = None
    ) -> None:
        self.image = image
        self.limits = limits
        self.home = f"{folder}/home"
        self.store = f"{folder}/store"
        self.server = ""
        self._confinement = confined
        self._groups = groups
        self._harness_pid = 0
        self._view: tuple[Image, confinement.View] | None = None
        """What engrams see of the program of an image."""
        self._harness, self.harness = self._start()

    @property
    def isolation(self) -> str:
        """What keeps an engram in."""
        return "bubblewrap" if self._confinement else ""

    def open(self) -> None:
        """Wait until the harness is up."""
        ready = self.harness.ready()
        self.server = str(ready["api"])
        self._harness_pid = int(ready["pid"])

    def close(self) -> None:
        """End the harness; it ends what was left under its guard."""
        self.harness.lose("the pod was closed")
        assert self._harness.stdin is not None
        with contextlib.suppress(OSError):
            self._harness.stdin.close()
        try:
            self._harness.wait(5)
        except subprocess.TimeoutExpired:
            # Bubblewrap and the harness itself, which would hold the pipe open.
            os.killpg(self._harness.pid, signal.SIGKILL)
            self._harness.wait()
        self._reader.join()
        if self._groups is not None:
            self._groups.end()

    def renew(self, image: Image) -> bool:
        """From now on run this image; False when something is left of the cases before, or the harness is gone."""
        self.image = image
        return self.harness.is_idle()

    def spawn(
        self, env: Mapping[str, str], limits: Limits | None = None, *, home: str = "", storage: str = ""
    ) -> EngramProcess:
        """Start the binary with this environment. Raises SandboxError (EV915)."""
        limits = limits or self.limits
        fault = elf.start_fault(self.image.command[0])
        if fault:
            return FailedStart(StartError(StartFault.WRONG_ARCHITECTURE, fault))
        command = list(self.image.command)
        env = {**self.image.env, **env}
        status_read = -1
        passed: list[int] = []
        data = (limits.memory + RUNTIME_DATA) // 1024
        group = None
        try:
            if self._confinement:
                status_read, status_write = os.pipe()
                passed.append(status_write)
                passed.append(confinement.memory_file(confinement.settings(env)))
                if self._confinement.filter:
                    passed.append(confinement.memory_file(self._confinement.filter))
                command = self._confinement.engram(
                    command,
                    harness=self._harness_pid,
                    program=self._shown(),
                    readable=[home, f"{self.home}/{TRUST}"] if home else [self.home],
                    writable=[storage] if storage else [],
                    tmpfs=limits.tmpfs,
                    status_fd=status_write,
                    settings_fd=passed[1],
                    filter_fd=passed[2] if self._confinement.filter else -1,
                    root=limits.root if self.image.source.writable else 0,
                )
            else:
                command = [ENV_TOOL, "-i", "--", *(f"{name}={value}" for name, value in env.items()), *command]
            if self._groups is not None:
                # Bubblewrap itself waits in it for the engram.
                group = self._groups.open(limits.pids + bool(self._confinement))
            entry = str(group.entry) if group else ""
            command = ["/bin/sh", "-c", LIMITED, "sh", entry, str(limits.nofile), str(data), *command]
            mark = "" if self._confinement or not home else f"HOME={home}"
            return LocalEngram(
                command, limits, self.harness, group, status=status_read, passed=tuple(passed), mark=mark
            )
        except OSError as error:
            if group is not None:
                group.end()
            raise SandboxError(rules.HARNESS_FAILED, reason=f"no process could be started: {error}") from error
        finally:
            for fd in passed:
                os.close(fd)

    def _shown(self) -> confinement.View:
        if self._view is None or self._view[0] is not self.image:
            folders = confinement.folders_of(self.image.command, self.image.source.repository)
            self._view = self.image, confinement.view(folders)
        return self._view[1]

    def _start(self) -> tuple[subprocess.Popen[bytes], Link]:
        command = [sys.executable, "-P", "-m", "validator.sandbox.harness", "--home", self.home, "--store", self.store]
        if self._groups is not None:
            command += ["--groups", str(self._groups.folder)]
        with self._confinement.held_filter() if self._confinement else contextlib.nullcontext(-1) as calls:
            if self._confinement:
                own = [self.home, self.store, *([str(self._groups.folder)] if self._groups is not None else [])]
                command = self._confinement.harness([*command, "--alone"], own, filter_fd=calls)
            command = ["/bin/sh", "-c", HARNESS_LIMITED, "sh", str(HARNESS_MEMORY // 1024), *command]
            process = subprocess.Popen(
                command,
                env=harness_env(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
                pass_fds=confinement.passable(calls),
            )
        assert process.stdin is not None
        link = Link(writer(process.stdin))
        self._reader = threading.Thread(target=_read, args=(process, link), name="harness-output", daemon=True)
        self._reader.start()
        return process, link


@contextlib.contextmanager
def process_pod(
    image: Image,
    limits: Limits,
    confined: Confinement | None,
    owner: Owner,
    folders: list[str],
    groups_in: Cgroups | None = None,
) -> Iterator[ProcessPod]:
    """A pod that is gone when the block ends. Its processes are counted where control groups can be made.

    Its folder is noted in `made`, for whoever tidies up after an interrupt that comes just before it is put away.
    """
    folder = ""
    pod = None
    try:
        with uninterrupted():
            folder = tempfile.mkdtemp(prefix=owner.prefix)
            folders.append(folder)
            for name in ("home", "store", f"home/{TRUST}"):
                Path(folder, name).mkdir()
            groups = groups_in.open(Path(folder).name) if groups_in else None
            pod = ProcessPod(image, limits, confined, folder, groups)
        pod.open()
        yield pod
    finally:
        with uninterrupted():
            if pod is not None:
                pod.close()
            shutil.rmtree(folder, ignore_errors=True)


def harness_env() -> dict[str, str]:
    """What the harness needs to find this very package, installed or not."""
    root = str(Path(__file__).resolve().parents[3])
    return {"PYTHONPATH": root, "PATH": os.environ.get("PATH", os.defpath), "GRPC_VERBOSITY": "NONE"}


def writer(stream: IO[bytes]) -> Callable[[bytes], None]:
    """Writes all of a line to an unbuffered stream. Raises OSError, also when the stream was closed."""

    def write(line: bytes) -> None:
        view = memoryview(line)
        try:
            while view:
                view = view[stream.write(view) :]
        except ValueError as error:
            raise BrokenPipeError(str(error)) from error

    return write


def _read(process: subprocess.Popen[bytes], link: Link) -> None:
    assert process.stdout is not None
    assert process.stderr is not None
    errors = Tail(4096)
    stderr = process.stderr

    def read_errors() -> None:
        while chunk := stderr.read(1 << 16):
            errors.feed(chunk)
        stderr.close()

    side = threading.Thread(target=read_errors, name="harness-errors", daemon=True)
    side.start()
    while chunk := process.stdout.read(1 << 16):
        link.feed(chunk)
    process.stdout.close()
    side.join()
    status = None
    with contextlib.suppress(subprocess.TimeoutExpired):
        status = process.wait(END_SECONDS)
    link.ended(status, errors.log().text)
