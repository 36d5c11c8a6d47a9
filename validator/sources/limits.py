"""How much of a file is read before it is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that no manifest of use comes near; etcd itself takes objects of about 1.5 MiB."""

    file_bytes: int = 5 * 1024 * 1024
    depth: int = 160
    """Nested collections. The platform stops at 128 below `with` (templating.md, section 7)."""
    alias_nodes: int = 100_000
    """Nodes that aliases and merge keys may add to a document when they are written out."""
    kept_text: int = 2 * 1024 * 1024
    """Characters whose nodes are kept: nodes take fifteen times their text, so those of other stories are made anew."""
