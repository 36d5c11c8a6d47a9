"""Archives that nobody should unpack are seen before the daemon gets them."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from validator.sandbox.archives import BROKEN, UnsafeArchiveError, survey

LIMIT = 1 << 20


def unpacked_size(file: Path, limit: int) -> int:
    return survey(file, limit)[0]


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> Callable[[tarfile.TarFile], None]:
    def add(archive: tarfile.TarFile) -> None:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, link
        archive.addfile(entry)

    return add


def content(name: str, data: bytes) -> Callable[[tarfile.TarFile], None]:
    def add(archive: tarfile.TarFile) -> None:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))

    return add


def packed(folder: Path, *adding: Callable[[tarfile.TarFile], None], mode: str = "w") -> Path:
    file = folder / "image.tar"
    with tarfile.open(file, mode) as archive:  # type: ignore[call-overload]
        for add in adding:
            add(archive)
    return file


@pytest.mark.parametrize(
    ("adding", "said"),
    [
        (member("../outside"), "'../outside' in it leads outside"),
        (member("/etc/passwd"), "'/etc/passwd' in it leads outside"),
        (member("a/../../outside"), "leads outside"),
        (member("link", tarfile.SYMTYPE, "/etc/passwd"), "'link' in it leads outside"),
        (member("a/link", tarfile.SYMTYPE, "../../outside"), "leads outside"),
        (member("hard", tarfile.LNKTYPE, "../outside"), "leads outside"),
        (member("disk", tarfile.BLKTYPE), "'disk' in it is no file, folder or link"),
        (member("tty", tarfile.CHRTYPE), "is no file, folder or link"),
        (member("pipe", tarfile.FIFOTYPE), "is no file, folder or link"),
    ],
)
def test_what_leads_outside_is_refused(adding: Callable[[tarfile.TarFile], None], said: str, tmp_path: Path) -> None:
    with pytest.raises(UnsafeArchiveError, match=said.replace(".", r"\.")):
        unpacked_size(packed(tmp_path, content("manifest.json", b"[]"), adding), LIMIT)


@pytest.mark.parametrize(
    "adding", [member("layer/link", tarfile.SYMTYPE, "../other/layer.tar"), member("layer", tarfile.DIRTYPE)]
)
def test_what_docker_save_writes_is_fine(adding: Callable[[tarfile.TarFile], None], tmp_path: Path) -> None:
    assert unpacked_size(packed(tmp_path, content("other/layer.tar", b"1234"), adding), LIMIT) == 4


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_a_size_is_that_of_what_is_unpacked(mode: str, tmp_path: Path) -> None:
    layers = (content("plain", b"\0" * 5_000), content("packed", gzip.compress(b"\0" * 300_000)))

    assert unpacked_size(packed(tmp_path, *layers, mode=mode), LIMIT) == 305_000


@pytest.mark.parametrize(
    "adding",
    [
        content("large", b"\0" * (2 * LIMIT)),
        content("bomb", gzip.compress(b"\0" * (64 * LIMIT))),
        content("blobs/sha256/00", gzip.compress(b"\0" * (2 * LIMIT))),
    ],
)
def test_counting_stops_soon_beyond_the_limit(adding: Callable[[tarfile.TarFile], None], tmp_path: Path) -> None:
    size = unpacked_size(packed(tmp_path, adding, mode="w:gz"), LIMIT)

    assert LIMIT < size <= 2 * LIMIT + 2


@pytest.mark.parametrize(
    "data",
    [b"", b"no archive", gzip.compress(b"no archive"), gzip.compress(b"x" * 9999)[:40]],
    ids=["empty", "text", "gzip of text", "gzip cut short"],  # gzip writes the time: no name that two processes share
)
def test_what_is_no_archive(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "image.tar").write_bytes(data)

    with pytest.raises(BROKEN):
        unpacked_size(tmp_path / "image.tar", LIMIT)


@pytest.mark.parametrize(("names", "layout"), [(["oci-layout", "index.json"], True), (["manifest.json"], False),
                                               (["oci-layout", "manifest.json"], False)])  # fmt: skip
def test_an_image_layout_is_told_from_what_docker_saves(names: list[str], layout: bool, tmp_path: Path) -> None:
    file = packed(tmp_path, *(content(name, b"{}") for name in names))
    assert survey(file, LIMIT)[1].is_layout is layout
