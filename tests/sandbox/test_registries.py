"""Images from a real registry: who is let in, which image comes, and what is said when none does."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from docker.errors import ImageNotFound

from tests.conftest import absent
from tests.sandbox.registry import PASSWORD, USER, Registry, free_port, running
from validator.engine.locking import locked
from validator.engine.options import Options, UsageError
from validator.engine.preparation import prepare
from validator.engine.sharing import every_unit
from validator.rules import sandbox as rules
from validator.sandbox import pulls
from validator.sandbox.credentials import Credentials, Login
from validator.sandbox.daemon import connect
from validator.sandbox.images import resolve
from validator.sandbox.model import Image, ImageSource, PullPolicy, SandboxError, SourceKind
from validator.sandbox.owner import current
from validator.sandbox.pulls import Registries


@pytest.fixture(scope="module", autouse=True)
def needed(docker_daemon: None) -> None:
    if shutil.which("docker-registry") is None:
        absent("docker", "Debian's docker-registry is not installed")


@pytest.fixture(scope="module")
def daemon() -> Iterator[Any]:
    with connect() as daemon:
        yield daemon


@pytest.fixture(scope="module", params=["plain", "tls"])
def registry(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running(tmp_path_factory.mktemp("registry"), tls=request.param == "tls") as registry:
        yield registry


@pytest.fixture
def images(daemon: Any, fixture_images: Callable[[str], str]) -> Iterator[Callable[[str], str]]:
    """From a fixture engram to its image; what was pulled is gone afterwards."""
    yield fixture_images
    for image in daemon.client.images():
        for name in [*(image.get("RepoTags") or ()), *(image.get("RepoDigests") or ())]:
            if name.startswith("127.0.0.1:"):
                with suppress(ImageNotFound):  # its last tag took the digest with it
                    daemon.client.remove_image(name)


def insider(registry: Registry) -> Registries:
    return Registries(Credentials({registry.host: Login(USER, PASSWORD)}), pause=nobody_waits)


def nobody_waits(seconds: float) -> None:
    raise AssertionError(f"there is nothing to wait {seconds} s for")


def got(daemon: Any, reference: str, registries: Registries, lines: list[str] | None = None, **more: Any) -> Image:
    source = ImageSource(SourceKind.IMAGE, reference, provenance="images: `x`", **more)
    told = lines if lines is not None else []
    return resolve(daemon, source, told.append, current(), registries)


def refused(daemon: Any, reference: str, registries: Registries, **more: Any) -> SandboxError:
    with pytest.raises(SandboxError) as raised:
        got(daemon, reference, registries, **more)
    return raised.value


def test_who_has_the_password_gets_the_image(daemon: Any, registry: Registry, images: Callable[[str], str]) -> None:
    digest = registry.push(daemon.client, images("conforming"), "engrams/conforming:1")
    lines: list[str] = []
    image = got(daemon, f"{registry.host}/engrams/conforming:1", insider(registry), lines)

    assert (image.digest, image.sdk_version) == (digest, "v0.1.5")
    assert lines[0] == f"pulling {registry.host}/engrams/conforming:1"
    assert PASSWORD not in "".join(lines)
    again: list[str] = []
    got(daemon, f"{registry.host}/engrams/conforming:1", Registries(pause=nobody_waits), again)
    assert again == [], "what is here is not asked for"


ASKS_ONCE = pytest.mark.parametrize("registry", ["plain"], indirect=True)
"""A daemon trusts loopback: refused over TLS, it asks again without, and tells of that only (docker.md)."""


@ASKS_ONCE
@pytest.mark.parametrize(
    "login",
    [None, Login(USER, "not-the-password"), Login("somebody", PASSWORD)],
    ids=["nobody", "wrong", "somebody else"],
)
def test_who_has_none_is_told(
    login: Login | None, daemon: Any, registry: Registry, images: Callable[[str], str]
) -> None:
    registry.push(daemon.client, images("conforming"), "engrams/closed:1")
    known = {} if login is None else {registry.host: login}
    error = refused(daemon, f"{registry.host}/engrams/closed:1", Registries(Credentials(known), pause=nobody_waits))

    assert error.rule is rules.IMAGE_DENIED
    assert "REGISTRY_USERNAME" in error.message
    assert PASSWORD not in error.message
    assert "not-the-password" not in error.message


@ASKS_ONCE
def test_a_password_is_shown_to_its_own_registry_only(
    daemon: Any, registry: Registry, images: Callable[[str], str]
) -> None:
    registry.push(daemon.client, images("conforming"), "engrams/other:1")
    elsewhere = Registries(Credentials({"registry.example": Login(USER, PASSWORD)}), pause=nobody_waits)

    assert refused(daemon, f"{registry.host}/engrams/other:1", elsewhere).rule is rules.IMAGE_DENIED


def test_the_configuration_of_docker_lets_in(
    registry: Registry, images: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = {"auth": base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()}
    (tmp_path / "config.json").write_text(json.dumps({"auths": {registry.host: entry}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with connect() as daemon:
        registry.push(daemon.client, images("conforming"), "engrams/configured:1")
        assert got(daemon, f"{registry.host}/engrams/configured:1", Registries(pause=nobody_waits)).id


def test_what_is_not_there_is_said_at_once(daemon: Any, registry: Registry, images: Callable[[str], str]) -> None:
    error = refused(daemon, f"{registry.host}/engrams/nothing:1", insider(registry))

    assert error.rule is rules.IMAGE_NOT_FOUND


def test_policies(daemon: Any, registry: Registry, images: Callable[[str], str]) -> None:
    reference = f"{registry.host}/engrams/moving:1"
    registry.push(daemon.client, images("conforming"), "engrams/moving:1")
    never = refused(daemon, reference, insider(registry), pull=PullPolicy.NEVER)
    assert never.rule is rules.NOT_HERE

    first = got(daemon, reference, insider(registry))
    assert got(daemon, reference, insider(registry), pull=PullPolicy.NEVER).id == first.id
    daemon.client.tag(first.id, f"{registry.host}/engrams/kept", "1")
    registry.push(daemon.client, images("wrongtype"), "engrams/moving:1")
    daemon.client.tag(first.id, f"{registry.host}/engrams/moving", "1")
    assert got(daemon, reference, insider(registry)).id == first.id, "what is here will do"
    second = got(daemon, reference, insider(registry), pull=PullPolicy.ALWAYS)
    assert second.command == ("/wrongtype",)


def test_a_digest_outlasts_its_tag(daemon: Any, registry: Registry, images: Callable[[str], str]) -> None:
    reference = f"{registry.host}/engrams/pinned:1"
    digest = registry.push(daemon.client, images("conforming"), "engrams/pinned:1")
    registry.push(daemon.client, images("wrongtype"), "engrams/pinned:1")

    moved = got(daemon, reference, insider(registry))
    assert moved.command == ("/wrongtype",)
    image = got(daemon, reference, insider(registry), digest=digest)
    assert (image.command, image.digest) == (("/conforming",), digest)
    error = refused(daemon, reference, insider(registry), digest="sha256:" + "0" * 64)
    assert error.rule is rules.IMAGE_NOT_FOUND


def test_a_manifest_that_was_tampered_with_is_refused_by_its_digest(
    daemon: Any, registry: Registry, images: Callable[[str], str]
) -> None:
    # An image that is pulled nowhere else: the daemon remembers the manifests it has seen.
    digest = registry.push(daemon.client, images("nulls"), "engrams/tampered:1")
    hexadecimal = digest.removeprefix("sha256:")
    blob = registry.folder / "data/docker/registry/v2/blobs/sha256" / hexadecimal[:2] / hexadecimal / "data"
    blob.write_bytes(blob.read_bytes() + b" ")

    error = refused(daemon, f"{registry.host}/engrams/tampered:1", insider(registry), digest=digest)
    assert error.rule in {rules.IMAGE_FAILED, rules.IMAGE_NOT_FOUND, rules.DIGEST_MISMATCH}


def test_an_image_for_another_platform(daemon: Any, registry: Registry, images: Callable[[str], str]) -> None:
    reference = f"{registry.host}/engrams/amd64:1"
    registry.push(daemon.client, images("conforming"), "engrams/amd64:1")
    error = refused(daemon, reference, insider(registry), platform="linux/arm64")

    assert error.rule is rules.NO_PLATFORM
    assert "linux/arm64" in error.message
    assert got(daemon, reference, insider(registry), platform="linux/amd64").platform == "linux/amd64"
    never = refused(daemon, reference, insider(registry), platform="linux/arm64", pull=PullPolicy.NEVER)
    assert never.rule is rules.NO_PLATFORM
    assert "the one here is for linux/amd64" in never.message


def test_a_registry_that_is_just_starting_is_tried_again(
    daemon: Any, images: Callable[[str], str], tmp_path: Path
) -> None:
    port = free_port()
    with running(tmp_path, port=port) as registry:
        registry.push(daemon.client, images("conforming"), "engrams/late:1")
    waits: list[float] = []
    lines: list[str] = []
    with ExitStack() as stack:

        def started(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 2:
                stack.enter_context(running(tmp_path, port=port))

        registries = Registries(Credentials({f"127.0.0.1:{port}": Login(USER, PASSWORD)}), pause=started)
        assert got(daemon, f"127.0.0.1:{port}/engrams/late:1", registries, lines).id
    assert waits == [1.0, 2.0]
    assert any(line.endswith("connection refused; trying again in 1 s") for line in lines)


def test_a_registry_that_never_comes_is_not_waited_for_for_long(daemon: Any) -> None:
    waits: list[float] = []
    error = refused(daemon, f"127.0.0.1:{free_port()}/engrams/gone:1", Registries(pause=waits.append))

    assert error.rule is rules.REGISTRY_UNREACHABLE
    assert waits == list(pulls.PAUSES)


TEMPLATE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {{name: conforming}}
spec: {{image: "{reference}", supportedModes: [job]}}
"""


def test_a_lock_keeps_what_a_tag_loses(
    daemon: Any, registry: Registry, images: Callable[[str], str], tmp_path: Path
) -> None:
    reference = f"{registry.host}/engrams/locked:1"
    first = registry.push(daemon.client, images("conforming"), "engrams/locked:1")
    (tmp_path / "Engram.yaml").write_text(TEMPLATE.format(reference=reference))
    options = Options(root=tmp_path, credentials=insider(registry).credentials)
    new = locked(options)
    assert (new.images, new.problems) == ({reference: first}, ())
    assert new.changes == (f"{reference} is {first}",)

    second = registry.push(daemon.client, images("wrongtype"), "engrams/locked:1")
    prepared = prepare(options)
    [unit] = every_unit(prepared)
    image = resolve(daemon, unit.source("docker", tmp_path), str, current(), insider(registry))
    assert image.command == ("/conforming",), "the tag has moved, the lock has not"
    assert locked(options).changes == (f"{reference} was {first}, and is {second} now",)
    assert locked(options).changes == ()


def test_an_image_that_was_never_pushed_cannot_be_locked(images: Callable[[str], str], tmp_path: Path) -> None:
    (tmp_path / "Engram.yaml").write_text(TEMPLATE.format(reference=images("conforming")))
    done = locked(Options(root=tmp_path, pull="missing"))

    assert done.images == {}
    assert "is only here, in no registry" in done.problems[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no lock"),
        ("[]", "is no lock"),
        ('{"version": 2, "images": {}}', "expected version 1, found 2"),
        ('{"version": 1, "images": {"a:1": "latest"}}', "a:1 has no digest, but 'latest'"),
    ],
)
def test_a_lock_that_is_none(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "engram-validate.lock").write_text(text)

    with pytest.raises(UsageError, match=said):
        prepare(Options(root=tmp_path))
