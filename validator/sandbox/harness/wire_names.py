"""What things are called on the wire, for the harness that speaks there and for whoever judges what was said.

Source: contract/transport-wire.md.
"""

from __future__ import annotations

PROTOCOL_KEY = "bubu-transport-protocol"
"""Metadata of a call that names the version of the protocol."""
PROTOCOL_VERSION = "1.0.0"
PACKET_MIME = "application/vnd.bubu.packet+json"
"""MIME type of a binary frame that holds a packet envelope."""
RECEIPT = "downstream.delivered"
"""Custom action of the receipt that an engram sends when it is done with a sequenced packet."""
HEARTBEAT_KEY = "bubu-heartbeat"
"""Metadata that makes a message without a frame a heartbeat."""
ERROR_TYPES = frozenset({
    "timeout", "storage_error", "serialization_error", "validation_error", "initialization_error", "execution_error",
    "unknown",
})  # fmt: skip
EXIT_CLASSES = frozenset({"success", "retry", "terminal", "rateLimited", "unknown"})
"""What a StructuredError v1 may say, in a StepRun as in a packet (definition of StepRun)."""
