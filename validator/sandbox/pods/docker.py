"""The pod `docker`: the harness in a container without any network, and every engram in one that joins it."""

from __future__ import annotations

import contextlib
import re
import signal
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from validator.rules import sandbox as rules
from validator.sandbox.daemon import Daemon, explanation, reason_of
from validator.sandbox.docker_errors import fail
from validator.sandbox.harness_image import HarnessImage
from validator.sandbox.interrupts import uninterrupted
from validator.sandbox.link import Link
from validator.sandbox.logs import Tail
from validator.sandbox.model import DEFAULT_LIMITS, MEBIBYTE, Exit, Image, Limits, SandboxError, StartError, StartFault
from validator.sandbox.owner import Owner
from validator.sandbox.pods import EngramProcess, seccomp
from validator.sandbox.pods.attachment import Attachment
from validator.sandbox.pods.failed_start import FailedStart

UID = 65532
KEEPERS = 65531
"""The harness's group. Its user is that of engrams: it has to read what they store, whatever its mode."""
HOME = "/pod/home"
STORE = "/pod/store"
HOLDERS = 5
"""How often containers that hold a volume are removed before it is given up."""
KILL_SECONDS = 30.0
"""A daemon that has not ended a container by then is not going to."""
WATCH_SECONDS = 0.5
"""How often a root that can be written to is measured: the daemon knows no quota (contract/docker.md)."""
NEWS_SECONDS = 10.0
"""How long after its last output an engram is taken for one that has ended. A daemon with a busy disk is slow to say
so; an engram may also have closed its standard streams."""
FORMAT_ERROR = re.compile(r"\A(?:standard_init_linux\.go:\d+: )?exec [^\n]*: exec format error\s*\Z")
"""Older runtimes notice a wrong architecture only after the start (contract/docker.md, limits)."""


class DockerPod:
    """A harness container and the engram containers that join its network namespace."""

    def __init__(self, daemon: Daemon, image: Image, harness_image: HarnessImage, limits: Limits, owner: Owner) -> None:
        self.image = image
        self.limits = limits
        self.home = HOME
        self.server = ""
        self.isolation = "a container without network"
        self._daemon = daemon
        self._owner = owner
        self._harness_image = harness_image
        self._harness_id = ""
        # A name of its own: a volume of the same name as one that is just being removed is no fresh one.
        self._id = uuid.uuid4().hex[:12]
        self._volumes: list[str] = []
        self._attachment: Attachment | None = None
        self._living: set[str] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._removing = ThreadPoolExecutor(1, "engram-remove")
        self.harness = Link(self._write)

    def open(self) -> None:
        """Start the harness and wait until it is up. Raises SandboxError (EV915, EV917)."""
        from docker.errors import APIError

        client = self._daemon.client
        try:
            # What the daemon makes while an interrupt unwinds would be nobody's.
            with uninterrupted(), self._daemon.at_work("starting the harness"):
                home = self._volume("home", MEBIBYTE)
                store = self._volume("store", self.limits.tmpfs)
                host = self._confinement(replace(DEFAULT_LIMITS, cpus=self._daemon.cpus), network="none")
                host["Binds"] = [f"{home}:{HOME}", f"{store}:{STORE}"]
                # Engrams share its resolv.conf: the harness itself answers for names.
                host |= {"Dns": ["127.0.0.1"], "DnsSearch": ["."]}
                created = client.create_container_from_config(
                    {
                        "Image": self._harness_image.id,
                        "Entrypoint": list(self._harness_image.command),
                        "Cmd": ["--home", HOME, "--store", STORE, "--alone"],
                        "User": f"{UID}:{KEEPERS}",
                        "WorkingDir": "/",
                        "OpenStdin": True,
                        "StdinOnce": True,
                        "AttachStdin": True,
                        "AttachStdout": True,
                        "AttachStderr": True,
                        "Env": ["GRPC_VERBOSITY=NONE", "PYTHONDONTWRITEBYTECODE=1"],
                        "Labels": self._owner.labels,
                        "HostConfig": host,
                    },
                    f"engram-validate-{self._owner.run}-harness-{self.image.id[-8:]}-{self._id}",
                )
                self._harness_id = str(created["Id"])
                self._attachment = Attachment(client, self._harness_id, stdin=True)
                threading.Thread(target=self._listen, name="harness-output", daemon=True).start()
                client.start(self._harness_id)
        except APIError as error:
            raise SandboxError(rules.HARNESS_FAILED, reason=explanation(error)) from error
        self.server = str(self.harness.ready()["api"])

    def close(self) -> None:
        """Remove every container and volume of this pod, whatever state they are in."""
        from docker.errors import APIError, DockerException

        self.harness.lose("the pod was closed")
        self._removing.shutdown(wait=True)
        with self._lock:
            self._closed = True
            left = list(self._living)
        for container in [*left, self._harness_id]:
            if container:
                with contextlib.suppress(APIError, DockerException, OSError):
                    self._daemon.client.remove_container(container, v=True, force=True)
        if self._attachment is not None:
            self._attachment.close()
        for volume in self._volumes:
            with contextlib.suppress(APIError, DockerException, OSError):
                self._remove_volume(volume)

    def _remove_volume(self, volume: str) -> None:
        """Remove a volume, and first whatever still holds it: an interrupt may come while an engram is being made."""
        from docker.errors import APIError, NotFound

        client = self._daemon.client
        for _ in range(HOLDERS):
            try:
                client.remove_volume(volume, force=True)
            except NotFound:
                return
            except APIError:
                for holder in client.containers(all=True, filters={"volume": volume}):
                    with contextlib.suppress(APIError):
                        client.remove_container(holder["Id"], v=True, force=True)
                    with contextlib.suppress(APIError):
                        client.wait(holder["Id"], timeout=self.limits.grace, condition="removed")
            else:
                return

    def renew(self, image: Image) -> bool:
        """From now on run this image; False when something is left of the cases before, or the harness is gone."""
        self.image = image
        return self.harness.is_idle()

    def spawn(
        self, env: Mapping[str, str], limits: Limits | None = None, *, home: str = "", storage: str = ""
    ) -> EngramProcess:
        """Start a fresh container of the image, joined to the harness. Raises SandboxError (EV915, EV917, EV921)."""
        from docker.errors import APIError, ImageNotFound

        limits = limits or self.limits
        client = self._daemon.client
        host = self._confinement(limits, network=f"container:{self._harness_id}")
        host["Binds"] = [f"{self._volumes[0]}:{HOME}:ro"] + ([f"{self._volumes[1]}:{STORE}"] if storage else [])
        host["Tmpfs"] = {"/tmp": f"rw,nosuid,nodev,size={limits.tmpfs},mode=1777"}  # noqa: S108 - the container's own
        host["ShmSize"] = limits.tmpfs
        if self.image.source.writable:
            host["ReadonlyRootfs"] = False
            host["Ulimits"].append({"Name": "fsize", "Soft": limits.root, "Hard": limits.root})
        if "KUBECONFIG" in self.image.env:
            # A cluster's own account goes first there, so that nobody reads it (contract/runtime.md, 1.3).
            env = {"KUBECONFIG": "", **env}
        config = {
            "Image": self.image.id,
            "User": f"{self.image.source.user or UID}:{UID}",
            "Env": [f"{name}={value}" for name, value in env.items()],
            "AttachStdout": True,
            "AttachStderr": True,
            "Labels": self._owner.labels,
            "HostConfig": host,
        }
        try:
            with self._daemon.at_work("starting an engram"):
                container = str(client.create_container_from_config(config)["Id"])
                with self._lock:
                    self._living.add(container)
                    closed = self._closed
                if closed:
                    # The pod was closed while the daemon made it: nobody else knows of it.
                    self._remove(container)
                    raise SandboxError(rules.HARNESS_FAILED, reason="the pod was closed")
                attachment = Attachment(client, container)
                try:
                    client.start(container)
                except BaseException:
                    attachment.close()
                    self.remove(container)
                    raise
        except ImageNotFound as error:
            fail(rules.IMAGE_REMOVED, self.image.source, reason=explanation(error))
        except APIError as error:
            return FailedStart(_start_error(error))
        return ContainedEngram(self, self._daemon, container, attachment, limits, writable=self.image.source.writable)

    def remove(self, container: str) -> None:
        """Remove a container that has ended, beside the next case."""
        with contextlib.suppress(RuntimeError):
            self._removing.submit(self._remove, container)

    def _remove(self, container: str) -> None:
        from docker.errors import APIError, DockerException

        with contextlib.suppress(APIError, DockerException, OSError):
            self._daemon.client.remove_container(container, v=True, force=True)
            with self._lock:
                self._living.discard(container)

    def _volume(self, what: str, size: int) -> str:
        """A volume in memory: bounded, shared by the pod's containers, gone with them.

        The harness makes folders in it, whose names nobody can guess; engrams can pass through, but not look around.
        """
        name = f"{self._owner.name}-{what}-{self._id}"
        mount = f"size={size},mode=0771,uid=0,gid={KEEPERS},nosuid,nodev"
        options = {"type": "tmpfs", "device": "tmpfs", "o": mount}
        self._volumes.append(name)
        self._daemon.client.create_volume(name, driver="local", driver_opts=options, labels=self._owner.labels)
        return name

    def _confinement(self, limits: Limits, *, network: str) -> dict[str, Any]:
        return {
            "NetworkMode": network,
            "ReadonlyRootfs": True,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges", *self._filter()],
            "Memory": limits.memory,
            "MemorySwap": limits.memory,
            "PidsLimit": limits.pids,
            "NanoCpus": int(min(limits.cpus, self._daemon.cpus) * 1e9),
            "Ulimits": [{"Name": "nofile", "Soft": limits.nofile, "Hard": limits.nofile}],
            "LogConfig": {"Type": "none", "Config": {}},
            "IpcMode": "private",
            "Init": False,
        }

    def _filter(self) -> list[str]:
        """The system calls that are allowed, in place of whatever this daemon's default allows."""
        architecture = self._daemon.platform.partition("/")[2]
        return [] if self._daemon.unfiltered else [f"seccomp={seccomp.profile(architecture)}"]

    def _write(self, line: bytes) -> None:
        assert self._attachment is not None
        self._attachment.write(line)

    def _listen(self) -> None:
        from docker.errors import DockerException

        assert self._attachment is not None
        errors = Tail(4096)
        for stream, chunk in self._attachment.frames():
            if stream == Attachment.STDOUT:
                self.harness.feed(chunk)
            else:
                errors.feed(chunk)
        with self._lock:
            closed = self._closed
        if closed:
            return
        try:
            with self._daemon.at_work("watching the harness"):
                code = int(self._daemon.client.wait(self._harness_id)["StatusCode"])
        except SandboxError as error:
            self.harness.lose(f"its Docker daemon stopped answering: {error.facts['reason']}")
        except DockerException as error:
            self.harness.lose(f"its container is gone: {explanation(error)}")
        else:
            self.harness.ended(code, errors.log().text)


class ContainedEngram:
    """An `EngramProcess` in a container. One thread belongs to it: it reads until the end and asks how it ended."""

    def __init__(
        self,
        pod: DockerPod,
        daemon: Daemon,
        container: str,
        attachment: Attachment,
        limits: Limits,
        *,
        writable: bool = False,
    ) -> None:
        """Follow a container that was started. One whose root is `writable` is ended when it has filled it."""
        self.started = time.monotonic()
        self._pod = pod
        self._daemon = daemon
        self._container = container
        self._attachment = attachment
        self._limits = limits
        self._writable = writable
        self._killed = False
        self._crowded = False
        self._overfull = False
        self._exit = Exit(None)
        self._failure: SandboxError | None = None
        self._fell_silent = threading.Event()
        self._ended = threading.Event()
        threading.Thread(target=self._follow, name="engram-output", daemon=True).start()
        if writable:
            threading.Thread(target=self._watch, name="engram-root", daemon=True).start()

    def wait(self, timeout: float | None = None) -> Exit | None:
        """How it ended; None when it is still running after `timeout` seconds. Raises SandboxError (EV917)."""
        if not self._ended.wait(timeout) and not (self._fell_silent.is_set() and self._ended.wait(NEWS_SECONDS)):
            return None
        if self._failure is not None:
            raise self._failure
        return self._exit

    def terminate(self, grace: float | None = None) -> Exit:
        """SIGTERM, then after the grace SIGKILL."""
        self._signal("SIGTERM")
        return self.wait(self._limits.grace if grace is None else grace) or self.kill()

    def kill(self) -> Exit:
        """SIGKILL for everything in the container. Raises SandboxError (EV917) when that does not end it."""
        self._crowded = not self._ended.is_set() and self._is_full()
        self._signal("SIGKILL")
        ended = self.wait(KILL_SECONDS)
        if ended is None:
            reason = f"a container outlived SIGKILL by {KILL_SECONDS:g} s"
            raise SandboxError(rules.DAEMON_LOST, doing="stopping an engram", reason=reason)
        return ended

    def _is_full(self) -> bool:
        """Whether it holds as many processes and threads as it may."""
        from docker.errors import DockerException

        try:
            stats = self._daemon.client.stats(self._container, stream=False, one_shot=True)
            return int(stats["pids_stats"]["current"]) >= self._limits.pids
        except (DockerException, OSError, KeyError, TypeError, ValueError):
            # It may have ended a moment ago, or the daemon may not count: no reason to fail.
            return False

    def _watch(self) -> None:
        """Measure what it has written to its root, and end it when that is too much."""
        from docker.errors import DockerException

        while not self._ended.wait(WATCH_SECONDS):
            with contextlib.suppress(DockerException, OSError, SandboxError):
                with self._daemon.at_work("measuring an engram"):
                    listed = self._daemon.client.containers(size=True, filters={"id": self._container})
                if any((each.get("SizeRw") or 0) > self._limits.root for each in listed):
                    self._overfull = True
                    self._signal("SIGKILL")
                    return

    def _signal(self, name: str) -> None:
        from docker.errors import APIError

        if self._ended.is_set():
            return
        self._killed = True
        # It may have ended by itself a moment ago: then there is nothing to signal.
        with contextlib.suppress(APIError), self._daemon.at_work("stopping an engram"):
            self._daemon.client.kill(self._container, name)

    def _follow(self) -> None:
        stdout, stderr = Tail(self._limits.log), Tail(self._limits.log)
        try:
            for stream, chunk in self._attachment.frames():
                (stdout if stream == Attachment.STDOUT else stderr).feed(chunk)
            # The frames end before the engram does where it closes its standard streams.
            self._fell_silent.set()
            code = int(self._daemon.client.wait(self._container)["StatusCode"])
            seconds = time.monotonic() - self.started
            oom = False
            if code:
                oom = bool(self._daemon.client.inspect_container(self._container)["State"].get("OOMKilled"))
            number = code - 128 if 128 < code < 160 else None
            error = stderr.log()
            wrong = code in {1, 255} and FORMAT_ERROR.match(error.text)
            self._exit = Exit(
                code=None if number is not None else code,
                signal=number,
                oom=oom,
                stdout=stdout.log(),
                stderr=error,
                seconds=seconds,
                start_error=StartError(StartFault.WRONG_ARCHITECTURE, error.text.strip()) if wrong else None,
                crowded=self._crowded,
                overfull=self._overfull or (self._writable and number == signal.SIGXFSZ),
                killed=self._killed,
            )
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
            self._failure = SandboxError(rules.DAEMON_LOST, doing="watching an engram", reason=reason_of(error))
        finally:
            self._attachment.close()
            self._ended.set()
            self._pod.remove(self._container)


@contextlib.contextmanager
def docker_pod(
    daemon: Daemon, image: Image, harness_image: HarnessImage, limits: Limits, owner: Owner
) -> Iterator[DockerPod]:
    """A pod that is gone when the block ends."""
    pod = DockerPod(daemon, image, harness_image, limits, owner)
    try:
        pod.open()
        yield pod
    finally:
        with uninterrupted():
            pod.close()


_EXEC = re.compile(r'exec: "(?P<program>[^"]*)": (?:stat [^:]*: )?(?P<problem>.*?)(?:: unknown)?$', re.DOTALL)
"""What is left of the runtime's words, which first name each of its layers."""


def start_problem(text: str) -> str:
    """The part of a daemon's refusal to start a container that is about its program."""
    found = _EXEC.search(text.strip())
    return f"`{found['program']}`: {found['problem']}" if found else text


def _start_error(error: Any) -> StartError:
    """What the daemon's refusal to create or start means. Raises SandboxError when it is not the image's fault."""
    message = explanation(error)
    text, lowered = start_problem(message), message.lower()
    if "exec format error" in lowered:
        return StartError(StartFault.WRONG_ARCHITECTURE, text)
    if "no command specified" in lowered:
        return StartError(StartFault.MISSING_ENTRYPOINT, "the image names neither an entrypoint nor a command")
    if "executable file not found" in lowered or (_EXEC.search(message) and "no such file or directory" in lowered):
        return StartError(StartFault.MISSING_ENTRYPOINT, text)
    if "permission denied" in lowered and "exec" in lowered:
        return StartError(StartFault.NOT_EXECUTABLE, text)
    if "cannot join network of a non running container" in lowered:
        raise SandboxError(rules.HARNESS_FAILED, reason="its container is gone") from error
    raise SandboxError(rules.DAEMON_LOST, doing="starting an engram", reason=text) from error
