"""Which daemon is meant: as the docker command decides it, by variables of the environment and the context in use."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from validator.rules import sandbox as rules
from validator.sandbox.model import SandboxError

DEFAULT = "unix:///var/run/docker.sock"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a daemon should answer."""

    address: str
    """`unix:///path`, `tcp://host:port` and the like."""
    tls: Any = None
    """A `docker.tls.TLSConfig`; None without TLS, or where the environment says how (DOCKER_TLS_VERIFY)."""
    context: str = ""
    """The context of the docker command that named it; empty for none."""
    from_environment: bool = False
    """Whether DOCKER_HOST named it."""
    is_encrypted: bool = False

    @property
    def variables(self) -> dict[str, str]:
        """What makes a program of docker's ask the same daemon."""
        if self.from_environment:
            names = ("DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
            return {name: os.environ[name] for name in names if name in os.environ}
        if self.tls is None:
            return {"DOCKER_HOST": self.address}
        folder = Path(self.tls.ca_cert or self.tls.cert[0]).parent
        return {"DOCKER_HOST": self.address, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(folder)}

    @property
    def shown(self) -> str:
        """What a person calls it."""
        return f"{self.address} (docker context `{self.context}`)" if self.context else self.address


def chosen(environ: Mapping[str, str] = os.environ) -> Endpoint:
    """What the docker command would ask: DOCKER_HOST, else DOCKER_CONTEXT, else the context in use, else the default.

    Raises SandboxError (EV901) for a context that is not there, and for what cannot be reached from here.
    """
    if host := environ.get("DOCKER_HOST"):
        encrypted = bool(environ.get("DOCKER_TLS_VERIFY") or environ.get("DOCKER_CERT_PATH"))
        return _reachable(Endpoint(host, from_environment=True, is_encrypted=encrypted))
    name = environ.get("DOCKER_CONTEXT") or _in_use()
    return _reachable(_of_context(name)) if name not in {"", "default"} else Endpoint(DEFAULT)


def _in_use() -> str:
    """The context that the docker command's configuration names (`docker context use`); empty for none."""
    from docker.utils.config import find_config_file

    path = find_config_file()
    if path is None:
        return ""
    try:
        with Path(str(path)).open(encoding="utf-8") as file:
            name = json.load(file).get("currentContext")
    except (OSError, ValueError, AttributeError):
        # The docker command warns of it and goes on.
        return ""
    return name if isinstance(name, str) else ""


def _of_context(name: str) -> Endpoint:
    from docker.context import Context

    try:
        context = Context.load_context(name)
        address = context.Host if context is not None else None
        tls = context.TLSConfig if context is not None else None
    except Exception as error:  # docker-py raises plain ones for a file that it cannot read
        raise _unusable(f"docker context `{name}`", f"it cannot be read: {error}") from error
    if not address:
        reason = "there is no such context" if context is None else "it names no Docker endpoint"
        advice = "see `docker context ls`, and choose one with `docker context use` or DOCKER_CONTEXT"
        raise _unusable(f"docker context `{name}`", f"{reason}; {advice}")
    return Endpoint(str(address), tls, name, is_encrypted=tls is not None)


def _reachable(endpoint: Endpoint) -> Endpoint:
    if not endpoint.address.startswith("ssh://"):
        return endpoint
    host = endpoint.address.removeprefix("ssh://").partition("/")[0]
    raise _unusable(
        endpoint.shown,
        "a daemon is not reached by SSH from here: forward its socket with"
        f" `ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock ssh://{host}`, and set DOCKER_HOST=unix:///tmp/docker.sock",
    )


def _unusable(endpoint: str, reason: str) -> SandboxError:
    return SandboxError(rules.NO_DAEMON, endpoint=endpoint, reason=reason)
