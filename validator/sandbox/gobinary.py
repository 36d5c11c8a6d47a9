"""The SDK version of an image, read from its binary without running it (contract/hub.md, The MIME trap)."""

from __future__ import annotations

import contextlib
import posixpath
import tarfile
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from validator.sandbox.gobuildinfo import modules
from validator.sandbox.interrupts import uninterrupted

SDK = "github.com/bubustack/bubu-sdk-go"
BINARY_LIMIT = 256 << 20
"""Bytes of a binary that are read at most."""
LINKS = 8


def sdk_version(client: Any, image: str, command: Sequence[str], labels: Mapping[str, str]) -> str:
    """Version of bubu-sdk-go (`v0.1.5`) in the image's executable; empty when it cannot be known.

    Raises ImageNotFound when the image is gone.
    """
    if not command or not command[0].startswith("/"):
        return ""
    with uninterrupted():
        return _sdk_version(client, image, command[0], labels)


def _sdk_version(client: Any, image: str, executable: str, labels: Mapping[str, str]) -> str:
    from docker.errors import APIError, ImageNotFound

    try:
        # Never started: it is there because only the files of a container can be read.
        container = client.create_container_from_config(
            {"Image": image, "Entrypoint": [executable], "NetworkDisabled": True, "Labels": dict(labels)}
        )["Id"]
    except ImageNotFound:
        raise
    except APIError:
        return ""
    try:
        return modules(_binary(client, container, executable)).get(SDK, "")
    finally:
        with contextlib.suppress(APIError):
            client.remove_container(container, force=True, v=True)


def sdk_version_of_file(file: Path) -> str:
    """The same of a local binary."""
    if file.stat().st_size > BINARY_LIMIT:
        return ""
    return modules(file.read_bytes()).get(SDK, "")


def _binary(client: Any, container: str, path: str) -> bytes:
    from docker.errors import APIError

    for _ in range(LINKS):
        try:
            chunks, status = client.get_archive(container, path)
        except APIError:
            return b""
        if int(status.get("size") or 0) > BINARY_LIMIT:
            return b""
        link = str(status.get("linkTarget") or "")
        if not link:
            return _first_file(chunks)
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), link))
    return b""


def _first_file(chunks: Iterable[bytes]) -> bytes:
    with tempfile.TemporaryFile() as archive:
        size = 0
        for chunk in chunks:
            size += len(chunk)
            if size > BINARY_LIMIT + (1 << 20):
                return b""
            archive.write(chunk)
        archive.seek(0)
        with contextlib.suppress(tarfile.TarError), tarfile.open(fileobj=archive) as tar:
            for entry in tar:
                if entry.isfile():
                    opened = tar.extractfile(entry)
                    return opened.read(BINARY_LIMIT) if opened else b""
    return b""
