"""The build information that every Go binary carries, stripped or not: which modules, in which versions.

The layout is Go's own (`debug/buildinfo`): a 32-byte header `\\xff Go buildinf:` aligned to 16, and since Go 1.18 the
strings behind it, each with a varint length.
"""

from __future__ import annotations

MAGIC = b"\xff Go buildinf:"
ALIGNMENT = 16
INLINE_STRINGS = 2
SENTINEL = 16
"""Bytes of a marker before and after the module text."""
TEXT_LIMIT = 1 << 20


def modules(binary: bytes) -> dict[str, str]:
    """Module path -> version, replacements applied; empty when there is no build information."""
    text = module_text(binary)
    found: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        kind, *fields = line.split("\t")
        if kind in {"dep", "mod"} and len(fields) >= 2:
            last = fields[0]
            found[last] = fields[1]
        elif kind == "=>" and len(fields) >= 2 and last:
            found[last] = fields[1]
    return found


def module_text(binary: bytes) -> str:
    """The text that `go version -m` shows, empty without one."""
    start = -1
    while (start := binary.find(MAGIC, start + 1)) >= 0:
        if start % ALIGNMENT or len(binary) < start + 32 or not binary[start + 15] & INLINE_STRINGS:
            # Before Go 1.18 the header held pointers: bubu-sdk-go needs a newer Go.
            continue
        after_version = _string(binary, start + 32)
        if after_version is None:
            continue
        text = _string(binary, after_version[1])
        if text is not None and len(text[0]) >= 2 * SENTINEL:
            return text[0][SENTINEL:-SENTINEL].decode("utf-8", "replace")
    return ""


def _string(binary: bytes, at: int) -> tuple[bytes, int] | None:
    """A string with a varint length, and where it ends."""
    length = shift = 0
    for index in range(at, min(at + 10, len(binary))):
        length |= (binary[index] & 0x7F) << shift
        shift += 7
        if binary[index] < 0x80:
            end = index + 1 + length
            return (binary[index + 1 : end], end) if length <= TEXT_LIMIT and end <= len(binary) else None
    return None
