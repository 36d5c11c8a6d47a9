"""Hole 9: no archive reaches a daemon without having been counted by what it unpacks to, in every compression."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile

import pytest

from validator.sandbox.archives import survey
from validator.sandbox.compression import UnknownCompressionError, unpacked

LIMIT = 1 << 20
ZEROS = bytes(LIMIT // 2)
MANIFEST = json.dumps([{"Config": "config.json", "Layers": ["layer.tar"]}]).encode()
PACK = [
    ("plain", bytes),
    ("gzip", gzip.compress),
    ("bzip2", bz2.compress),
    ("xz", lzma.compress),
]
FORMS = pytest.mark.parametrize("pack", [row[1] for row in PACK], ids=[row[0] for row in PACK])


def archive(**files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in {"manifest.json": MANIFEST, **files}.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


def size(folder, data):
    (folder / "image.tar").write_bytes(data)
    return survey(folder / "image.tar", LIMIT)[0]


@FORMS
def test_a_layer_is_counted_as_it_unpacks(tmp_path, pack):
    assert size(tmp_path, archive(**{"layer.tar": pack(ZEROS)})) == len(MANIFEST) + len(ZEROS)
    assert size(tmp_path, archive(**{"layer.tar": pack(ZEROS) * 3})) > LIMIT, "all of its members"


@FORMS
def test_so_is_the_archive(tmp_path, pack):
    small, large = archive(**{"layer.tar": ZEROS}), archive(**{"layer.tar": ZEROS * 3})
    assert size(tmp_path, pack(small)) == len(MANIFEST) + len(ZEROS)
    assert size(tmp_path, pack(large)) > LIMIT
    assert size(tmp_path, pack(large[:2_048]) + pack(large[2_048:])) > LIMIT, "in two members"


def test_a_layer_that_is_named_often_counts_as_often(tmp_path):
    manifest = json.dumps([{"Layers": ["layer.tar"] * 900}]).encode()
    assert size(tmp_path, archive(**{"manifest.json": manifest, "layer.tar": bytes(10_000)})) == 9_000_000
    layer = "sha256:" + "0" * 64
    layout = json.dumps({"schemaVersion": 2, "layers": [{"digest": layer}] * 900}).encode()
    blobs = {"blobs/sha256/" + "1" * 64: layout, "blobs/sha256/" + "0" * 64: gzip.compress(bytes(10_000))}
    assert size(tmp_path, archive(**blobs)) == 9_000_000


@pytest.mark.parametrize("head", [b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18", b"\x5f\x2a\x4d\x18"])
def test_what_cannot_be_counted_is_refused(tmp_path, head):
    with pytest.raises(UnknownCompressionError, match="zstd"):
        size(tmp_path, archive(**{"layer.tar": head + bytes(100)}))
    with pytest.raises(UnknownCompressionError, match="zstd"):
        size(tmp_path, head + bytes(100))


@FORMS
def test_padding_behind_the_last_member_is_none(pack):
    if pack is not bytes:
        assert b"".join(unpacked(io.BytesIO(pack(b"data") + bytes(1_000)))) == b"data"


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_nothing_is_unpacked_beyond_what_is_asked_for(pack):
    pieces = unpacked(io.BytesIO(pack(bytes(64 << 20))))
    assert len(next(pieces)) <= 1 << 20
