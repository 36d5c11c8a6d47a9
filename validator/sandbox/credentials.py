"""What this run may show to registries, and to which: nobody else ever sees it.

`REGISTRY_USERNAME` and `REGISTRY_PASSWORD` are for the registry that `REGISTRY` names, else for GitHub's, where engrams
are published (contract/hub.md, Images); a GitHub token is for GitHub's alone. Everything else is looked up in docker's
own configuration, credential helpers included, as `docker pull` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

GITHUB = "ghcr.io"
HUB = "docker.io"
_HUB_NAMES = {"docker.io", "index.docker.io", "registry-1.docker.io", "https://index.docker.io/v1/"}
SECRETS = ("REGISTRY_PASSWORD", "GITHUB_TOKEN")
"""Variables that hold what no engram and no report may have."""


@dataclass(frozen=True, slots=True)
class Login:
    """A name and a password."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Logins by the host (and port) of a registry."""

    by_registry: Mapping[str, Login] = field(default_factory=dict)

    def for_image(self, reference: str) -> dict[str, str] | None:
        """What docker-py takes as `auth_config`; None where docker's own configuration has to do."""
        login = self.by_registry.get(registry_of(reference))
        return {"username": login.username, "password": login.password} if login is not None else None

    def masked(self, text: str) -> str:
        """The text without any password."""
        for login in self.by_registry.values():
            if len(login.password) > 1:
                text = text.replace(login.password, "***")
        return text


def from_environment(environ: Mapping[str, str], token: str = "") -> Credentials:
    """The logins that variables of the environment name; `token` is one that the action was given."""
    found: dict[str, Login] = {}
    github = token or environ.get("GITHUB_TOKEN", "")
    if github:
        found[GITHUB] = Login(environ.get("GITHUB_ACTOR") or "x-access-token", github)
    username, password = environ.get("REGISTRY_USERNAME", ""), environ.get("REGISTRY_PASSWORD", "")
    if username and password:
        registry = environ.get("REGISTRY", "").strip().removeprefix("https://").rstrip("/") or GITHUB
        found[HUB if registry in _HUB_NAMES else registry] = Login(username, password)
    return Credentials(found)


def docker_login(client: Any, registry: str) -> tuple[dict[str, str], str]:
    """What docker's own configuration has for one registry, and why it has nothing where its helper fails.

    As for `docker pull`, a helper that fails or is missing costs its registry the login, and no other anything.
    """
    from docker import auth
    from docker.credentials import StoreError
    from docker.errors import DockerException

    try:
        known = auth.load_config(credstore_env=client.credstore_env)
        return known.resolve_authconfig(None if registry == HUB else registry) or {}, ""
    except (DockerException, StoreError, OSError, ValueError, KeyError) as error:
        return {}, f"docker's credential helper for {registry} fails ({error}); asking without a login"


def registry_of(reference: str) -> str:
    """The host (and port) that a reference is pulled from; Docker Hub where it names none."""
    first, slash, _ = reference.partition("/")
    named = bool(slash) and ("." in first or ":" in first or first == "localhost")
    return HUB if not named or first in _HUB_NAMES else first
