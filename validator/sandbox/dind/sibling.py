"""A daemon in a container beside this process, started through the daemon that is there and reached through it, too.

No path of the host and no port is needed: each connection is an `exec` of docker's own bridge from standard streams to
the socket (`docker system dial-stdio`).
"""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import tempfile
import threading
from collections.abc import Iterator
from typing import Any

from validator.sandbox.daemon import Daemon, explanation
from validator.sandbox.dind import startup
from validator.sandbox.dind.nested import CannotNestError
from validator.sandbox.interrupts import uninterrupted
from validator.sandbox.model import Progress
from validator.sandbox.owner import Owner
from validator.sandbox.pods.attachment import Attachment, frames

IMAGE = "docker:28-dind"
OVERRIDE = "ENGRAM_VALIDATE_DIND_IMAGE"
"""Names another image with `dockerd`, `docker` and `sh`."""
INSIDE = "/var/lib/engram-validate-dind"
CAPABILITIES = ("SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE")
"""Enough for a daemon (contract/docker.md, "Docker-in-Docker"), where `--privileged` itself may fail.

The last one is to join the network of a harness that is another user.
"""


@contextlib.contextmanager
def sibling_daemon(outer: Daemon, owner: Owner, progress: Progress) -> Iterator[str]:
    """The endpoint of a daemon that runs while the block does. Raises CannotNestError."""
    from docker.errors import APIError, DockerException

    with contextlib.ExitStack() as stack:
        try:
            image = _image(outer, progress)
            with uninterrupted():  # what the daemon makes while an interrupt unwinds would be nobody's
                container = _created(outer, image, owner)
                stack.callback(_removed, outer, container)
            attachment = Attachment(outer.client, container, stdin=True)
            stack.callback(attachment.close)
            outer.client.start(container)
        except (APIError, DockerException) as error:
            raise CannotNestError(explanation(error)) from error
        _wait(attachment)
        folder = tempfile.mkdtemp(prefix=owner.prefix)
        stack.callback(_emptied, folder)
        bridge = Bridge(outer, container, f"{folder}/docker.sock")
        stack.callback(bridge.close)
        yield f"unix://{folder}/docker.sock"


def _image(outer: Daemon, progress: Progress) -> str:
    from docker.errors import ImageNotFound

    reference = os.environ.get(OVERRIDE) or IMAGE
    try:
        return str(outer.client.inspect_image(reference)["Id"])
    except ImageNotFound:
        progress(f"pulling {reference}")
        errors = [event for event in outer.client.pull(reference, stream=True, decode=True) if "error" in event]
        if errors:
            reason = str(errors[0]["error"]).strip()
            raise CannotNestError(
                f"its image {reference} cannot be pulled ({reason}); {OVERRIDE} names another"
            ) from None
        return str(outer.client.inspect_image(reference)["Id"])


def _created(outer: Daemon, image: str, owner: Owner) -> str:
    created = outer.client.create_container_from_config(
        {
            "Image": image,
            "Entrypoint": startup.command(INSIDE),
            "Cmd": [],
            "User": "0:0",
            "OpenStdin": True,
            "StdinOnce": True,
            "AttachStdin": True,
            "AttachStdout": True,
            "AttachStderr": True,
            "Labels": owner.labels,
            "Volumes": {INSIDE: {}},
            "HostConfig": {
                "AutoRemove": True,
                "NetworkMode": "none",
                "CapAdd": list(CAPABILITIES),
                "SecurityOpt": ["seccomp=unconfined", "apparmor=unconfined"],
                "LogConfig": {"Type": "none"},
            },
        },
        f"engram-validate-{owner.run}-dind",
    )
    return str(created["Id"])


def _wait(attachment: Attachment) -> None:
    """Read what the daemon says until it answers; a thread reads on. Raises CannotNestError when it does not."""
    logs: queue.Queue[bytes] = queue.Queue()

    def read() -> None:
        ready = False
        log = b""
        for _, data in attachment.frames():
            if not ready:
                log += data
                ready = startup.READY in log
                if ready:
                    logs.put(b"")
        if not ready:
            logs.put(log or b"it ended without a word")

    threading.Thread(target=read, name="dind-log", daemon=True).start()
    try:
        log = logs.get(timeout=startup.SECONDS)
    except queue.Empty:
        raise CannotNestError(f"it did not start in {startup.SECONDS:g} s") from None
    if log:
        raise CannotNestError(startup.complaint(log))


def _removed(outer: Daemon, container: str) -> None:
    from docker.errors import APIError, DockerException

    with contextlib.suppress(APIError, DockerException, OSError):
        outer.client.remove_container(container, force=True, v=True)
    with contextlib.suppress(APIError, DockerException, OSError):
        outer.client.wait(container, condition="removed", timeout=startup.SECONDS)


def _emptied(folder: str) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


class Bridge:
    """A local socket, each connection to which leads to the daemon in the container."""

    def __init__(self, outer: Daemon, container: str, path: str) -> None:
        self._outer = outer
        self._container = container
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(path)
        self._listener.listen(64)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, name="dind-bridge", daemon=True).start()

    def close(self) -> None:
        """Take no more connections, and end those that are open."""
        # A thread that waits in accept is only woken by a shutdown.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            left = list(self._open)
        for connection in left:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), name="dind-connection", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        from docker.errors import APIError, DockerException

        with self._lock:
            self._open.add(connection)
        try:
            with contextlib.suppress(APIError, DockerException, OSError, ValueError), connection:
                self._joined(connection)
        finally:
            with self._lock:
                self._open.discard(connection)

    def _joined(self, connection: socket.socket) -> None:
        client = self._outer.client
        bridge = ["docker", "--host", f"unix://{INSIDE}/docker.sock", "system", "dial-stdio"]
        execution = client.exec_create(self._container, bridge, stdin=True, stdout=True, stderr=False)
        file: Any = client.exec_start(execution["Id"], socket=True)
        inside: socket.socket = getattr(file, "_sock", file)
        inside.settimeout(None)
        try:
            sending = threading.Thread(target=_pump, args=(connection, inside), name="dind-to", daemon=True)
            sending.start()
            for _, data in frames(inside):
                connection.sendall(data)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            sending.join()
        finally:
            inside.close()
            file.close()
            response = getattr(file, "_response", None)
            if response is not None:
                response.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    """All bytes from one to the other, and then its end."""
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
