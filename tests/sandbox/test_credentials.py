"""Which registry sees which password."""

from __future__ import annotations

import pytest

from validator.sandbox.credentials import Credentials, Login, from_environment, registry_of

PAIR = {"REGISTRY_USERNAME": "ada", "REGISTRY_PASSWORD": "lovelace"}


@pytest.mark.parametrize(
    ("environ", "token", "image", "shown"),
    [
        ({}, "", "ghcr.io/acme/a:1", None),
        (PAIR, "", "ghcr.io/acme/a:1", ("ada", "lovelace")),
        (PAIR, "", "registry.example/a:1", None),
        (PAIR, "", "a:1", None),
        ({**PAIR, "REGISTRY": "registry.example:5000"}, "", "registry.example:5000/a:1", ("ada", "lovelace")),
        ({**PAIR, "REGISTRY": "https://registry.example/"}, "", "registry.example/a:1", ("ada", "lovelace")),
        ({**PAIR, "REGISTRY": "registry.example"}, "", "registry.example.evil/a:1", None),
        ({**PAIR, "REGISTRY": "registry.example"}, "", "ghcr.io/acme/a:1", None),
        ({**PAIR, "REGISTRY": "docker.io"}, "", "acme/a:1", ("ada", "lovelace")),
        ({"REGISTRY_USERNAME": "ada"}, "", "ghcr.io/acme/a:1", None),
        ({"GITHUB_TOKEN": "t0ken", "GITHUB_ACTOR": "ada"}, "", "ghcr.io/acme/a:1", ("ada", "t0ken")),
        ({"GITHUB_TOKEN": "t0ken"}, "given", "ghcr.io/acme/a:1", ("x-access-token", "given")),
        ({"GITHUB_TOKEN": "t0ken"}, "", "registry.example/a:1", None),
        ({**PAIR, "GITHUB_TOKEN": "t0ken"}, "", "ghcr.io/acme/a:1", ("ada", "lovelace")),
    ],
)
def test_who_sees_what(environ: dict[str, str], token: str, image: str, shown: tuple[str, str] | None) -> None:
    login = from_environment(environ, token).for_image(image)

    assert login == (None if shown is None else {"username": shown[0], "password": shown[1]})


@pytest.mark.parametrize(
    ("image", "registry"),
    [
        ("a", "docker.io"),
        ("acme/a:1", "docker.io"),
        ("localhost/a", "localhost"),
        ("localhost:5000/a@sha256:00", "localhost:5000"),
        ("index.docker.io/acme/a", "docker.io"),
    ],
)
def test_the_registry_of_a_reference(image: str, registry: str) -> None:
    assert registry_of(image) == registry


def test_passwords_are_not_shown() -> None:
    credentials = Credentials({"ghcr.io": Login("ada", "lovelace")})

    assert "lovelace" not in repr(credentials)
    assert credentials.masked("denied: lovelace is no password") == "denied: *** is no password"
