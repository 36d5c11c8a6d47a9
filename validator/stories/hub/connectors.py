"""The sender's own connector, which may drop packets before the hub has seen them (story-run.md, B3.2 and B3.4)."""

from __future__ import annotations

from collections import deque

from validator.stories.hub.packets import Packet
from validator.stories.hub.profile import HubProfile


class Outbox:
    """What waits in a connector for its stream to the hub or to its peer."""

    def __init__(self, profile: HubProfile, messages: int = 0) -> None:
        self._most = messages or profile.outbox_messages
        self._waiting: deque[Packet] = deque()
        self.open = True
        """False while the hub has told the connector to pause: what the engram sends then is dropped."""

    def add(self, packet: Packet) -> tuple[Packet, ...]:
        """Take a packet of the engram; the packets that are dropped for it, or itself. Heartbeats are never dropped."""
        if packet.is_heartbeat:
            return ()
        if not self.open:
            return (packet,)
        self._waiting.append(packet)
        return (self._waiting.popleft(),) if len(self._waiting) > self._most else ()

    def drain(self) -> tuple[Packet, ...]:
        """What goes out when the stream can take it."""
        sent = tuple(self._waiting)
        self._waiting.clear()
        return sent
