"""How often an archive's layers are unpacked: a manifest may name the same one many times.

Sources: `manifest.json` of `docker save` (moby, image/tarexport), and the manifests of the OCI image layout.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LARGEST = 4 << 20
"""Bytes of a manifest that is still read; registries take no larger one."""


@dataclass(slots=True)
class Contents:
    """What was seen in an archive so far."""

    sizes: dict[str, int] = field(default_factory=dict)
    """Bytes that each file unpacks to, by its name."""
    links: dict[str, str] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)
    """The layers that manifests name, as often as they do."""

    def read(self, name: str, data: bytes) -> None:
        """Take note of the layers that a file names, if it is a manifest."""
        if data.lstrip()[:1] not in (b"{", b"["):
            return
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            return
        if name == "manifest.json" and isinstance(found, list):
            for image in found:
                layers = image.get("Layers") if isinstance(image, dict) else None
                self.named += [layer for layer in layers or () if isinstance(layer, str)]
        elif isinstance(found, dict) and isinstance(found.get("layers"), list):
            self.named += [_blob(layer) for layer in found["layers"] if isinstance(layer, dict)]

    def unpacked(self) -> int:
        """Bytes that all layers come to, each as often as it is named."""
        return sum(self.sizes.get(self.links.get(name, name), 0) for name in self.named)

    @property
    def is_layout(self) -> bool:
        """Whether it is an OCI image layout, without what `docker save` adds for daemons that know none."""
        return "oci-layout" in self.sizes and "manifest.json" not in self.sizes


def _blob(descriptor: Mapping[str, Any]) -> str:
    algorithm, _, digest = str(descriptor.get("digest", "")).partition(":")
    return f"blobs/{algorithm}/{digest}"
