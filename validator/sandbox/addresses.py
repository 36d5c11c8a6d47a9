"""Where stub services are, and the placeholders that stand for it: `${{ services.NAME.url }}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

PLACEHOLDER = re.compile(r"\$\{\{\s*services\.([^\s{}.]+)\.([A-Za-z]+)\s*\}\}")
"""`${{ services.NAME.url }}`, `.host` or `.port`."""
PARTS = ("url", "host", "port")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a service is."""

    host: str
    port: int
    tls: bool = False

    def part(self, name: str) -> str:
        """`url`, `host` or `port`."""
        url = f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"
        return {"url": url, "host": self.host, "port": str(self.port)}.get(name, "")


def filled(value: T, addresses: Mapping[str, Address]) -> T:
    """A value with the placeholders in its texts replaced; those of other services stay."""

    def replacement(match: re.Match[str]) -> str:
        address = addresses.get(match[1])
        return (address.part(match[2]) if address else "") or match[0]

    def fill(node: Any) -> Any:
        if isinstance(node, str):
            return PLACEHOLDER.sub(replacement, node)
        if isinstance(node, dict):
            return {name: fill(member) for name, member in node.items()}
        if isinstance(node, list):
            return [fill(item) for item in node]
        return node

    result: T = fill(value)
    return result
