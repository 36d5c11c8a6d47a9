"""Images from tar files, which are looked at before the daemon unpacks them."""

from __future__ import annotations

import io
import posixpath
import re
import tarfile
from pathlib import Path, PurePosixPath
from typing import IO

from validator.rules import sandbox as rules
from validator.sandbox import compression
from validator.sandbox.compression import CHUNK, UnknownCompressionError, UnpackedFile, unpacked
from validator.sandbox.daemon import Daemon, explanation
from validator.sandbox.docker_errors import RefusedError, checked, fail
from validator.sandbox.layers import LARGEST, Contents
from validator.sandbox.model import ImageSource, Progress

SIZE_LIMIT = 8 << 30
"""Bytes of an image that are still run."""
MEMBERS = 100_000
"""Files of an archive; each layer of an image is one."""
BROKEN = (OSError, tarfile.TarError, *compression.ERRORS)
"""What reading an archive that is none ends with."""
LAYOUT = (
    "it is an OCI image layout (`oci-layout`, `index.json`), and this daemon does not load those; copy it into an"
    " archive of docker, as `skopeo copy oci-archive:FILE docker-archive:OTHER:name:tag` does"
)


class UnsafeArchiveError(Exception):
    """An archive that nobody should unpack; the message says why."""


def load(daemon: Daemon, source: ImageSource, progress: Progress) -> str:
    """Load the one image of an archive, and return its name. Raises SandboxError (EV911, EV912)."""
    from docker.errors import DockerException

    path = Path(source.value)
    if not path.is_file():
        fail(rules.LOAD_FAILED, source, reason="it is no file" if path.exists() else "there is no such file")
    progress(f"loading {source.value}")
    loaded: list[str] = []
    try:
        size, contents = survey(path, SIZE_LIMIT)
        if size > SIZE_LIMIT:
            fail(rules.IMAGE_TOO_LARGE, source, size=f"more than {SIZE_LIMIT}", limit=SIZE_LIMIT)
        with daemon.at_work(f"loading {source.value}"), path.open("rb") as archive:
            for event in checked(daemon.client.load_image(archive)):
                found = re.match(r"Loaded image(?: ID)?: (\S+)", str(event.get("stream", "")))
                if found:
                    loaded.append(found[1])
            ids = {str(daemon.client.inspect_image(name)["Id"]) for name in loaded}
    except tarfile.ReadError as error:
        fail(rules.LOAD_FAILED, source, reason=f"it is no tar archive, or not all of one ({error})")
    except (DockerException, RefusedError) as error:
        fail(rules.LOAD_FAILED, source, reason=LAYOUT if contents.is_layout else explanation(error))
    except (*BROKEN, UnsafeArchiveError, UnknownCompressionError) as error:
        fail(rules.LOAD_FAILED, source, reason=explanation(error))
    if len(ids) != 1:
        fail(rules.LOAD_FAILED, source, reason=f"it holds {len(ids)} images")
    return loaded[0]


def survey(file: Path, limit: int) -> tuple[int, Contents]:
    """Bytes that an archive and the layers in it unpack to, and what is in it; counting stops beyond `limit`.

    A small file may unpack to anything, and a daemon does not look (contract/docker.md, "When the machinery breaks").
    Raises UnsafeArchiveError for members that lead outside or are devices, UnknownCompressionError for those whose size
    nobody knows, and `BROKEN` for what is no archive.
    """
    size, contents = 0, Contents()
    with (
        file.open("rb") as packed,
        io.BufferedReader(UnpackedFile(packed), CHUNK) as whole,
        tarfile.open(fileobj=whole, mode="r|") as archive,
    ):
        for number, member in enumerate(archive):
            _look_at(member)
            if number >= MEMBERS:
                raise UnsafeArchiveError(f"it has more than {MEMBERS} files")
            name = str(PurePosixPath(member.name))
            if member.issym() or member.islnk():
                base = PurePosixPath(name).parent if member.issym() else PurePosixPath()
                contents.links[name] = posixpath.normpath(base / member.linkname)
            content = archive.extractfile(member) if member.isreg() else None
            if content is not None:
                contents.sizes[name] = _length(contents, name, content, member.size, limit - size)
                size += contents.sizes[name]
            if size > limit:
                break
    return max(size, contents.unpacked()), contents


def _look_at(member: tarfile.TarInfo) -> None:
    for name in (member.name, *([member.linkname] if member.issym() or member.islnk() else [])):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in _resolved(member, path):
            raise UnsafeArchiveError(f"{member.name!r} in it leads outside")
    if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
        raise UnsafeArchiveError(f"{member.name!r} in it is no file, folder or link")


def _resolved(member: tarfile.TarInfo, path: PurePosixPath) -> tuple[str, ...]:
    """The parts of a path after going up: an old `docker save` links from layer to layer with `../`."""
    base = PurePosixPath(member.name).parent if member.issym() and str(path) == member.linkname else PurePosixPath()
    parts: list[str] = []
    for part in (base / path).parts:
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return tuple(parts)


def _length(contents: Contents, name: str, content: IO[bytes], size: int, limit: int) -> int:
    """The bytes of a member, unpacked where it is compressed itself, as layers may be."""
    length, head = 0, b""
    for piece in unpacked(content):
        length += len(piece)
        if size <= LARGEST and length <= LARGEST:
            head += piece
        if length > limit:
            break
    if size <= LARGEST:
        contents.read(name, head)
    return max(length, size)
