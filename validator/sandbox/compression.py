"""Streams unpacked as a Docker daemon does, so that what they come to can be counted before one gets them.

A daemon tells compression by the first bytes, and reads all members of what was packed in several (moby,
pkg/archive). `zlib`, `bz2` and `lzma` unpack what is asked for and no more: no bomb fills the memory.
"""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

CHUNK = 1 << 20
MEMORY = 256 << 20
"""Bytes that one xz stream may ask for; the strongest level needs 65 MiB."""
ERRORS = (zlib.error, lzma.LZMAError, EOFError)
"""What reading ends with where the data are damaged, OSError apart."""
_HEAD = 6
_ZSTD = b"\x28\xb5\x2f\xfd"


class UnknownCompressionError(Exception):
    """Data whose size cannot be known; the message says how they are packed."""


class _Gzip:
    """One member of a gzip file, with the interface of the decompressors of bz2 and lzma."""

    def __init__(self) -> None:
        self.inner = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def eof(self) -> bool:
        return self.inner.eof

    @property
    def unused_data(self) -> bytes:
        return self.inner.unused_data

    @property
    def needs_input(self) -> bool:
        return not self.inner.unconsumed_tail

    def decompress(self, data: bytes, limit: int) -> bytes:
        return self.inner.decompress(data or self.inner.unconsumed_tail, limit)


_KNOWN: tuple[tuple[bytes, Callable[[], Any]], ...] = (
    (b"\x1f\x8b", _Gzip),
    (b"BZh", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\x00", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY)),
)


def unpacked(packed: IO[bytes]) -> Iterator[bytes]:
    """What a stream holds, in pieces of at most a MiB: unpacked where it is compressed, else as it is.

    Raises UnknownCompressionError for zstd, OSError and `ERRORS` for what is damaged.
    """
    head = packed.read(_HEAD)
    if head.startswith(_ZSTD) or (head[1:4] == b"\x2a\x4d\x18" and head[0] >> 4 == 5):
        raise UnknownCompressionError("it is compressed with zstd, so its unpacked size is unknown")
    known = next(((magic, make) for magic, make in _KNOWN if head.startswith(magic)), None)
    if known is None:
        while head:
            yield head
            head = packed.read(CHUNK)
        return
    magic, make = known
    while head.startswith(magic):  # what follows the last member is padding
        member = make()
        yield from _member(member, head, packed)
        head = member.unused_data
        if len(head) < _HEAD:
            head += packed.read(_HEAD - len(head))


def _member(member: Any, head: bytes, packed: IO[bytes]) -> Iterator[bytes]:
    data = head
    while not member.eof:
        piece = member.decompress(data, CHUNK)
        if piece:
            yield piece
        data = b""
        if member.needs_input and not member.eof:
            data = packed.read(CHUNK)
            if not data:
                raise EOFError("it ends in the middle")


class UnpackedFile(io.RawIOBase):
    """A stream that reads what another one holds unpacked."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._pieces = unpacked(packed)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what there is; 0 at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
