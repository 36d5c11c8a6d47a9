"""Structs that are nested more deeply than Python's protobuf follows (100 messages; Go, and so a connector, 10000).

Such a message is read without them: that it is sound is known then, and not what is in it.
"""

from __future__ import annotations

from collections.abc import Iterator

DEEPEST = 10_000
"""Messages within one another that Go's protobuf follows."""
LOOKED_AT = 200_000
"""Fields of a Struct that are looked at; the rest is taken for sound."""
PAYLOAD, INPUTS = 5, 6
"""The fields of a Data message that are Structs (contract/transport-wire.md)."""

_STRUCT, _ENTRY, _VALUE, _LIST = range(4)
_INSIDE = {(_STRUCT, 1): _ENTRY, (_ENTRY, 2): _VALUE, (_VALUE, 5): _STRUCT, (_VALUE, 6): _LIST, (_LIST, 1): _VALUE}
"""Which field of which message of google/protobuf/struct.proto is a message again."""


def without(raw: bytes) -> bytes:
    """A Data message without its Structs. Raises ValueError for bytes that are none."""
    rest = bytearray()
    for field, begin, content, end in _fields(raw):
        if field not in {PAYLOAD, INPUTS}:
            rest += raw[begin:end]
        else:
            _walk(raw[content:end])
    return bytes(rest)


def _fields(raw: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Number, begin, begin of the content, and end of each field."""
    position = 0
    while position < len(raw):
        field, content, end = _field(raw, position)
        yield field, position, content, end
        position = end
    if position > len(raw):
        raise ValueError("a field ends beyond its message")


def _walk(raw: bytes) -> None:
    """Go through all of a Struct, however deep. Raises ValueError where Go would give up."""
    position, ends, kinds = 0, [len(raw)], [_STRUCT]
    for _ in range(LOOKED_AT):
        while ends and position == ends[-1]:
            ends.pop()
            kinds.pop()
        if not ends:
            return
        field, content, end = _field(raw, position)
        if end > ends[-1]:
            raise ValueError("a field ends beyond its message")
        inside = _INSIDE.get((kinds[-1], field))
        position = end
        if inside is not None:
            position = content
            ends.append(end)
            kinds.append(inside)
            if len(ends) > DEEPEST:
                raise ValueError(f"it is nested more than {DEEPEST} messages deep")


def _field(raw: bytes, position: int) -> tuple[int, int, int]:
    """Number, begin of the content and end of the field here."""
    tag, position = _varint(raw, position)
    match tag & 7:
        case 0:
            return tag >> 3, position, _varint(raw, position)[1]
        case 1:
            return tag >> 3, position, position + 8
        case 2:
            size, position = _varint(raw, position)
            return tag >> 3, position, position + size
        case 5:
            return tag >> 3, position, position + 4
    raise ValueError(f"there is no wire type {tag & 7}")


def _varint(raw: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(raw) and shift < 64:
        byte = raw[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise ValueError("a number does not end")
