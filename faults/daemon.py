"""A Docker daemon that may be killed: its own folders, socket and network namespace beside the machine's daemon.

In the machine's network namespace a second daemon would take the first one's bridge away (contract/docker.md). Pods
have no network anyway, so this daemon needs none.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

UP = "API listen on"
SECONDS = 60


class PrivateDaemon:
    """One dockerd: started, killed and started again with the same folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.endpoint = f"unix://{folder}/docker.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens. Raises OSError with its last words."""
        command = ["unshare", "--net", "--", "dockerd", "--bridge=none", "--iptables=false", "--host", self.endpoint]
        for option, name in (("data-root", "data"), ("exec-root", "exec"), ("pidfile", "pid")):
            command += [f"--{option}", str(self.folder / name)]
        (self.folder / "pid").unlink(missing_ok=True)
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        )
        assert self._process.stderr is not None
        last = b""
        for last in self._process.stderr:
            if UP.encode() in last:
                break
        else:
            raise OSError(f"dockerd does not start: {last.decode(errors='replace').strip()}")
        # Nobody reads on: let it write into nothing rather than block.
        subprocess.Popen(["cat"], stdin=self._process.stderr, stdout=subprocess.DEVNULL)
        self._process.stderr.close()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, and wait for its end and its containerd's."""
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(SECONDS)
        self._end_containerd()

    def docker(self, *arguments: str) -> str:
        """What the docker command prints. Raises CalledProcessError."""
        done = subprocess.run(
            ["docker", "--host", self.endpoint, *arguments], check=True, capture_output=True, text=True, timeout=SECONDS
        )
        return done.stdout

    def bring(self, images: Iterable[str]) -> None:
        """Copy images from the machine's own daemon."""
        with subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE) as saving:
            subprocess.run(
                ["docker", "--host", self.endpoint, "load"],
                check=True,
                stdin=saving.stdout,
                stdout=subprocess.DEVNULL,
            )
        if saving.returncode:
            raise OSError("docker save failed")

    def stop(self) -> None:
        """End it and everything it started, whatever state it is in."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._end_containerd()

    def _end_containerd(self) -> None:
        """End what a killed daemon has left, and bury it: the next one would take even a dead containerd for alive."""
        with contextlib.suppress(OSError, ValueError):
            # A stale number may be somebody else's by now.
            pid = int((self.folder / "exec" / "containerd" / "containerd.pid").read_text())
            if Path(f"/proc/{pid}/comm").read_text().strip() == "containerd":
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


@contextlib.contextmanager
def private_daemon(images: Iterable[str]) -> Iterator[PrivateDaemon]:
    """A daemon that holds these images; stopped, and its folder removed, when the block ends."""
    # Short, since the paths of unix sockets may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="faults-", dir="/var/tmp"))
    daemon = PrivateDaemon(folder)
    try:
        daemon.start()
        daemon.bring(images)
        yield daemon
    finally:
        with contextlib.suppress(Exception):
            _remove_everything(daemon)
        daemon.stop()
        _unmount_below(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _remove_everything(daemon: PrivateDaemon) -> None:
    """Its containers first: their shims and mounts would outlive it."""
    if daemon._process is None or daemon._process.poll() is not None:
        daemon.start()
    if containers := daemon.docker("ps", "--all", "--quiet").split():
        daemon.docker("rm", "--force", "--volumes", *containers)


def _unmount_below(folder: Path) -> None:
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    for mount in reversed([path for path in mounted if path.startswith(f"{folder}/")]):
        subprocess.run(["umount", "--lazy", mount], check=False, stderr=subprocess.DEVNULL)
