"""The standard streams of a container, over the connection to its daemon: no path, no port, the same everywhere."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from typing import Any


class Attachment:
    """Attach before the start: then nothing is missed. Frames end when the container does."""

    STDOUT = 1

    def __init__(self, client: Any, container: str, *, stdin: bool = False) -> None:
        params = {"stdin": int(stdin), "stdout": 1, "stderr": 1, "stream": 1, "logs": 0}
        self._file: Any = client.attach_socket(container, params=params)
        # Over a Unix socket or TCP it is a file around the socket, over TLS the socket itself.
        self._socket: Any = getattr(self._file, "_sock", self._file)
        self._socket.settimeout(None)

    def write(self, data: bytes) -> None:
        """Send to standard input, all of it."""
        self._socket.sendall(data)

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """Which stream, and some of its bytes; ends with the container or when the attachment is closed."""
        return frames(self._socket)

    def close(self) -> None:
        """Let go of the connection."""
        import socket

        for closing in (lambda: self._socket.shutdown(socket.SHUT_RDWR), self._socket.close, self._file.close):
            with contextlib.suppress(OSError, ValueError):
                closing()
        response = getattr(self._file, "_response", None)
        if response is not None:
            with contextlib.suppress(OSError, ValueError):
                response.close()


def frames(stream: Any) -> Iterator[tuple[int, bytes]]:
    """What a container or an exec without a terminal writes to a socket: which stream, and some of its bytes."""
    buffered = b""
    while True:
        while len(buffered) >= 8:
            number, size = struct.unpack_from(">BxxxL", buffered)
            if len(buffered) < 8 + size:
                break
            yield number, buffered[8 : 8 + size]
            buffered = buffered[8 + size :]
        try:
            chunk = stream.recv(1 << 18)
        except OSError:
            return
        if not chunk:
            return
        buffered += chunk
