"""From what someone asked for to an image that can run, and each way in which that fails."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from validator.rules import sandbox as rules
from validator.sandbox import builds
from validator.sandbox.docker_errors import classify
from validator.sandbox.model import ImageSource, SandboxError, SourceKind
from validator.sandbox.sandbox import Sandbox, open_sandbox


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (
            'Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host',
            rules.REGISTRY_UNREACHABLE,
        ),
        ("dial tcp 127.0.0.1:5000: connect: connection refused", rules.REGISTRY_UNREACHABLE),
        ("x509: certificate signed by unknown authority", rules.REGISTRY_UNREACHABLE),
        ("manifest for a:b not found: manifest unknown: manifest unknown", rules.IMAGE_NOT_FOUND),
        ("no basic auth credentials", rules.IMAGE_DENIED),
        ("unauthorized: authentication required", rules.IMAGE_DENIED),
        ("pull access denied for a, repository does not exist or may require 'docker login'", rules.IMAGE_DENIED),
        ("no matching manifest for linux/arm64/v8 in the manifest list entries", rules.NO_PLATFORM),
        ("invalid reference format", rules.INVALID_REFERENCE),
        ("something nobody has seen", rules.IMAGE_FAILED),
    ],
)
def test_what_a_daemon_says_has_a_rule(text: str, rule: object) -> None:
    assert classify(text) is rule


@pytest.fixture(scope="module")
def sandbox(docker_daemon: None) -> Iterator[Sandbox]:
    """What is built in it has a name of its own, and goes with it."""
    with pytest.MonkeyPatch.context() as patch, open_sandbox("docker") as sandbox:
        name = f"{builds.BUILT}-test-{os.getpid()}"
        patch.setattr(builds, "BUILT", name)
        yield sandbox
        listed = ["docker", "images", "--format", "{{.Repository}}:{{.Tag}}", name]
        if built := subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split():
            subprocess.run(["docker", "rmi", *built], capture_output=True, check=True)


def failure(sandbox: Sandbox, source: ImageSource) -> SandboxError:
    with pytest.raises(SandboxError) as raised:
        sandbox.resolve(dataclasses.replace(source, provenance="images: `x`"))
    assert "(images: `x`)" in raised.value.message
    return raised.value


def test_a_local_image(sandbox: Sandbox, fixture_images: Callable[[str], str]) -> None:
    source = ImageSource(SourceKind.IMAGE, fixture_images("conforming"))
    image = sandbox.resolve(source)
    assert image.kind == "docker"
    assert image.reference == source.value
    assert image.platform == "linux/amd64"
    assert image.command == ("/conforming",)
    assert image.sdk_version == "v0.1.5"
    assert image.digest.startswith("sha256:")
    assert sandbox.resolve(dataclasses.replace(source, digest=image.id)).id == image.id


def test_another_digest_than_promised(sandbox: Sandbox, fixture_images: Callable[[str], str]) -> None:
    source = ImageSource(SourceKind.IMAGE, fixture_images("conforming"), digest="sha256:" + "0" * 64)
    error = failure(sandbox, source)
    assert error.rule is rules.DIGEST_MISMATCH
    assert str(error.facts["expected"]) == source.digest


@pytest.mark.docker
@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (ImageSource(SourceKind.IMAGE, "Upper/Case"), rules.INVALID_REFERENCE),
        (ImageSource(SourceKind.IMAGE, "127.0.0.1:9/nobody/listens:1"), rules.REGISTRY_UNREACHABLE),
        (ImageSource(SourceKind.BUILD, "/nowhere"), rules.BUILD_FAILED),
        (ImageSource(SourceKind.LOAD, "/nowhere.tar"), rules.LOAD_FAILED),
        (ImageSource(SourceKind.PROCESS, "/bin/true"), rules.NEEDS_IMAGE),
    ],
    ids=lambda value: value.value if isinstance(value, ImageSource) else value.code,
)
def test_failures(sandbox: Sandbox, source: ImageSource, rule: object) -> None:
    assert failure(sandbox, source).rule is rule


@pytest.mark.docker
def test_an_image_of_32_bits_is_not_run(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    narrow = {"amd64": "linux/386", "arm64": "linux/arm"}[sandbox._daemon.platform.partition("/")[2]]  # type: ignore[attr-defined]
    error = failure(sandbox, ImageSource(SourceKind.BUILD, str(tmp_path), platform=narrow))
    assert (error.rule, str(error.facts["platform"]).startswith(narrow)) == (rules.NARROW, True)


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (SourceKind.BUILD, "nowhere", "there is no such folder"),
        (SourceKind.BUILD, "file", "a context is a folder, and this is a file"),
        (SourceKind.BUILD, ".", "there is no file Dockerfile in it"),
        (SourceKind.LOAD, "nowhere", "there is no such file"),
        (SourceKind.LOAD, ".", "it is no file"),
        (SourceKind.LOAD, "file", "it is no tar archive, or not all of one"),
    ],
)
def test_what_a_path_is_instead(sandbox: Sandbox, kind: SourceKind, value: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kind: EngramTemplate\n")
    error = failure(sandbox, ImageSource(kind, str(tmp_path / value)))
    assert said in error.message
    assert "Errno" not in error.message


def test_a_build_with_arguments_and_a_target(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        'FROM scratch AS first\nARG WHO=nobody\nLABEL who=$WHO\nENTRYPOINT ["/first"]\n'
        'FROM first AS second\nENTRYPOINT ["/second"]\n'
    )
    lines: list[str] = []
    source = ImageSource(SourceKind.BUILD, str(tmp_path), target="first", build_args={"WHO": "me"})
    image = sandbox.resolve(source, lines.append)
    assert image.command == ("/first",)
    assert any("ARG WHO" in line for line in lines)
    (tmp_path / "Dockerfile").write_text('FROM scratch AS first\nENTRYPOINT ["/other"]\n')
    again = sandbox.resolve(source)
    assert again.command == ("/other",)
    listed = subprocess.run(["docker", "images", "-aq", "--no-trunc"], capture_output=True, text=True, check=True)
    assert again.id in listed.stdout
    assert image.id not in listed.stdout, "what it replaces is gone"


def test_a_build_that_fails_says_why(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY absent /\n")
    error = failure(sandbox, ImageSource(SourceKind.BUILD, str(tmp_path)))
    assert error.rule is rules.BUILD_FAILED
    assert "absent" in str(error.facts["reason"])


def test_a_step_that_fails_shows_its_last_lines(sandbox: Sandbox, python_slim: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        f"FROM {python_slim}\nRUN python3 -c \"print('the reason'); raise SystemExit(3)\"\n"
    )
    error = failure(sandbox, ImageSource(SourceKind.BUILD, str(tmp_path)))
    assert "RUN python3" in str(error.facts["reason"])
    assert "returned a non-zero code: 3" in str(error.facts["reason"])
    assert "the reason" in str(error.facts["output"])
    assert "`build: {network: true}` or --build-network gives it" in error.message


LOOK = "RUN python3 -c \"import os; raise SystemExit(len(os.listdir('/sys/class/net')) == 1)\""
"""A step that fails where there is nothing but a loopback."""


@pytest.mark.parametrize("network", [False, True])
def test_a_build_has_a_network_only_if_asked(network: bool, sandbox: Sandbox, python_slim: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f'FROM {python_slim}\nRUN echo {network}\n{LOOK}\nENTRYPOINT ["/x"]\n')
    source = ImageSource(SourceKind.BUILD, str(tmp_path), network=network)
    if network:
        assert sandbox.resolve(source).command[0] == "/x"
    else:
        assert "no network" in failure(sandbox, source).message


def test_a_context_sends_neither_what_it_ignores_nor_what_its_links_lead_to(
    sandbox: Sandbox, python_slim: str, tmp_path: Path
) -> None:
    (tmp_path / "outside").write_text("secret")
    context = tmp_path / "context"
    context.mkdir()
    (context / "link").symlink_to("../outside")
    (context / "ignored").write_text("secret")
    (context / ".dockerignore").write_text("ignored\n")
    (context / "Dockerfile").write_text(
        f"FROM {python_slim}\nCOPY . /context\n"
        'RUN test ! -e /context/ignored && test -L /context/link && test ! -e /context/link\nENTRYPOINT ["/x"]\n'
    )
    assert sandbox.resolve(ImageSource(SourceKind.BUILD, str(context))).command[0] == "/x"


def test_a_context_that_is_being_sent_has_no_name(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that nothing of it is left of a run that is killed meanwhile."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "Dockerfile").write_text('FROM scratch\nENTRYPOINT ["/x"]\n')
    seen: dict[str, list[Path]] = {}
    source = ImageSource(SourceKind.BUILD, str(tmp_path))
    sandbox.resolve(source, lambda line: seen.update({line: sorted((tmp_path / "temporary").iterdir())}))
    assert any(line.startswith("Step 1") for line in seen)
    assert not any(seen.values())


def test_an_archive(sandbox: Sandbox, fixture_images: Callable[[str], str], tmp_path: Path) -> None:
    archive = tmp_path / "image.tar"
    name = fixture_images("noentrypoint")
    subprocess.run(["docker", "save", "--output", archive, name], check=True)
    image = sandbox.resolve(ImageSource(SourceKind.LOAD, str(archive)))
    assert image.reference == name
    archive.write_bytes(b"no archive")
    assert failure(sandbox, ImageSource(SourceKind.LOAD, str(archive))).rule is rules.LOAD_FAILED


def test_an_image_without_a_command(sandbox: Sandbox, fixture_images: Callable[[str], str]) -> None:
    image = sandbox.resolve(ImageSource(SourceKind.IMAGE, fixture_images("noentrypoint")))
    assert (image.command, image.sdk_version) == ((), "")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda file: None, "there is no such file"),
        (lambda file: file.mkdir(), "it is not a file"),
        (lambda file: file.write_text("#!/bin/sh\n"), "it is not executable"),
        (lambda file: (file.write_text("words"), file.chmod(0o755)), "it is neither an ELF executable nor a script"),
    ],
)
def test_binaries_that_cannot_run(tmp_path: Path, make: Callable[[Path], object], reason: str) -> None:
    file = tmp_path / "engram"
    make(file)
    with open_sandbox("process") as sandbox:
        error = failure(sandbox, ImageSource(SourceKind.PROCESS, str(file)))
    assert error.rule is rules.BINARY_NOT_FOUND
    assert reason in error.message


def test_a_process_sandbox_cannot_run_images() -> None:
    with open_sandbox("process") as sandbox:
        assert failure(sandbox, ImageSource(SourceKind.IMAGE, "a:b")).rule is rules.NEEDS_DOCKER


def test_a_local_binary(fixture_binaries: Path) -> None:
    source = ImageSource(SourceKind.PROCESS, str(fixture_binaries / "conforming"), args=("--list",))
    with open_sandbox("process") as sandbox:
        image = sandbox.resolve(source)
        assert image.command[1:] == ("--list",)
        assert image.sdk_version == "v0.1.5"
        assert failure(sandbox, dataclasses.replace(source, digest="sha256:00")).rule is rules.DIGEST_MISMATCH


def test_the_strongest_sandbox_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with open_sandbox("auto") as sandbox:
        assert sandbox.kind == "process"
        assert "no Docker daemon answers at unix:///nowhere/docker.sock (there is no such socket)" in sandbox.reason
    for kind, rule in (("docker", rules.NO_DAEMON), ("podman", rules.NO_SANDBOX)):
        with pytest.raises(SandboxError) as raised:
            open_sandbox(kind).__enter__()
        assert raised.value.rule is rule
