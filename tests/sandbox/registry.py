"""A real registry on loopback (Debian's docker-registry): with a password or open, plain or over TLS."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trustme
from docker.errors import ImageNotFound

USER, PASSWORD = "tester", "registry-password-1"
HTPASSWD = "tester:$2y$05$JsROkieOgHEQFzrriTE24uqC2eDKt21.Bfvvz4DcHOA.M76G9DST2\n"
"""The same, as `htpasswd -B` writes it."""


@dataclass(frozen=True)
class Registry:
    """One that answers."""

    host: str
    folder: Path

    def push(self, client: Any, image: str, name: str) -> str:
        """Push an image under a name here and forget that name; the digest."""
        reference = f"{self.host}/{name}"
        client.tag(image, *reference.rsplit(":", 1))
        events = list(
            client.push(reference, stream=True, decode=True, auth_config={"username": USER, "password": PASSWORD})
        )
        assert not [event for event in events if "error" in event], events
        digest = next(event["aux"]["Digest"] for event in events if "Digest" in event.get("aux", {}))
        for known in (reference, f"{reference.rpartition(':')[0]}@{digest}"):
            with suppress(ImageNotFound):
                client.remove_image(known)
        return str(digest)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(folder: Path, *, secret: bool = True, tls: bool = False, port: int = 0) -> Iterator[Registry]:
    """Start a registry, and stop it at the end."""
    program = shutil.which("docker-registry")
    assert program is not None
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    lines = ["version: 0.1", "log: {level: info}", f"storage: {{filesystem: {{rootdirectory: {folder}/data}}}}"]
    more = ""
    if tls:
        certificate = trustme.CA().issue_cert("127.0.0.1")
        certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
        certificate.private_key_pem.write_to_path(folder / "key.pem")
        more = f", tls: {{certificate: {folder}/cert.pem, key: {folder}/key.pem}}"
    lines.append(f"http: {{addr: '127.0.0.1:{port}'{more}}}")
    if secret:
        (folder / "htpasswd").write_text(HTPASSWD)
        lines.append(f"auth: {{htpasswd: {{realm: test, path: {folder}/htpasswd}}}}")
    (folder / "config.yml").write_text("\n".join(lines) + "\n")
    process = subprocess.Popen(
        [program, "serve", folder / "config.yml"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    with process:
        try:
            assert process.stderr is not None
            said = []
            for line in process.stderr:
                said.append(line)
                if "listening on" in line:
                    break
            else:
                raise AssertionError("".join(said))
            # What it says from now on goes nowhere, or its pipe would be full one day.
            drain = subprocess.Popen(["cat"], stdin=process.stderr, stdout=subprocess.DEVNULL)
            with drain:
                yield Registry(f"127.0.0.1:{port}", folder)
                process.terminate()
        finally:
            process.kill()
