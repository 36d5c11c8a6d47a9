"""The Docker daemon: how to reach it, and what its failures mean."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from validator.rules import sandbox as rules
from validator.sandbox.endpoints import Endpoint, chosen
from validator.sandbox.model import SandboxError
from validator.sandbox.pods.seccomp import ARCHITECTURES

CALL_SECONDS = 120.0
"""How long the daemon may take for one answer, apart from builds and pulls, which answer bit by bit."""
ANSWER_SECONDS = 8
"""How long it may take to say that it is there. A daemon under load takes one or two."""
PORT = 2375
"""Where a daemon listens without encryption, unless its address says otherwise."""
POOL = 32
"""Connections kept: more than the cases that run at a time."""


@dataclass(frozen=True, slots=True)
class Daemon:
    """A daemon that answered."""

    client: Any
    """A `docker.APIClient`, whose types are incomplete."""
    endpoint: str
    version: str
    platform: str
    """What it runs images on, as `linux/amd64`."""
    cpus: int
    variables: Mapping[str, str]
    """What makes a program of docker's ask the same one."""
    unfiltered: str = ""
    """Why its containers may make other system calls than `seccomp.profile` allows; empty where it applies that."""

    @contextlib.contextmanager
    def at_work(self, doing: str) -> Iterator[None]:
        """Turn a daemon that went away into SandboxError (EV917). What docker itself raises passes."""
        import requests
        import urllib3
        from docker.errors import DockerException

        try:
            yield
        except DockerException:
            raise
        except (requests.exceptions.ChunkedEncodingError, urllib3.exceptions.HTTPError) as error:
            # The latter bare, where docker reads a stream behind the back of requests.
            raise SandboxError(rules.DAEMON_LOST, doing=doing, reason="its answer broke off") from error
        except (requests.RequestException, ConnectionError) as error:
            raise SandboxError(rules.DAEMON_LOST, doing=doing, reason=reason_of(error)) from error


@contextlib.contextmanager
def connect(endpoint: str | None = None) -> Iterator[Daemon]:
    """The daemon that the docker command would ask, or another. Raises SandboxError (EV901)."""
    import docker
    import requests
    from docker.errors import DockerException
    from docker.utils import kwargs_from_env

    client: Any = None
    wanted = Endpoint(endpoint) if endpoint else chosen()
    where = wanted.shown
    try:
        _knock(wanted)
        options = (
            kwargs_from_env() if wanted.from_environment else {"base_url": wanted.address, "tls": wanted.tls or False}
        )
        client = docker.APIClient(version="auto", timeout=ANSWER_SECONDS, max_pool_size=POOL, **options)
        answered: dict[str, Any] = client.version()
        info: dict[str, Any] = client.info()
        client.timeout = int(CALL_SECONDS)
    except (DockerException, requests.RequestException, OSError) as error:
        if client is not None:
            client.close()
        reason = f"it gave no answer within {ANSWER_SECONDS} s" if _ran_out(error) else reason_of(error)
        raise SandboxError(rules.NO_DAEMON, endpoint=where, reason=reason) from error
    try:
        yield Daemon(
            client=client,
            endpoint=where,
            version=str(answered.get("Version", "")),
            platform=f"{answered.get('Os', 'linux')}/{answered.get('Arch', '')}",
            cpus=int(info.get("NCPU") or 1),
            variables=wanted.variables,
            unfiltered=_why_unfiltered(answered, info),
        )
    finally:
        client.close()


def _knock(wanted: Endpoint) -> None:
    """Ask for a sign of life before docker does, which would leave a failed connection open. Raises OSError."""
    if wanted.address.startswith("unix://"):
        knocking = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        target: Any = wanted.address.removeprefix("unix://")
    elif wanted.address.startswith(("tcp://", "http://")) and not wanted.is_encrypted:
        place = urlsplit(wanted.address)
        found = socket.getaddrinfo(place.hostname, place.port or PORT, type=socket.SOCK_STREAM)
        knocking, target = socket.socket(*found[0][:3]), found[0][4]
    else:
        return
    with knocking:
        knocking.settimeout(ANSWER_SECONDS)
        knocking.connect(target)
        knocking.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
        knocking.recv(1)


def _why_unfiltered(version: dict[str, Any], info: dict[str, Any]) -> str:
    """Why a daemon does not apply a seccomp profile of ours; empty when it does."""
    if any("podman" in str(part.get("Name", "")).lower() for part in version.get("Components") or ()):
        return "Podman reads seccomp profiles from its own files only"
    if not any("seccomp" in str(option) for option in info.get("SecurityOptions") or ()):
        return "the daemon has no seccomp"
    architecture = str(version.get("Arch", ""))
    return "" if architecture in ARCHITECTURES else f"system calls of {architecture} are not known"


def _ran_out(error: BaseException | None) -> bool:
    """Whether a time limit is behind an error."""
    import requests

    while error is not None:
        if isinstance(error, TimeoutError | requests.Timeout):
            return True
        error = error.__cause__ or error.__context__
    return False


def explanation(error: Any) -> str:
    """What the daemon said with an error answer."""
    return str(getattr(error, "explanation", None) or error).strip()


def reason_of(error: BaseException) -> str:
    """The innermost sentence of a chain of connection errors, without addresses of objects."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    if isinstance(error, FileNotFoundError):
        return "there is no such socket"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).strip() or type(error).__name__
