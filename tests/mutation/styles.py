"""Five ways in which people and programs write the same YAML."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import yaml

Style = Callable[[Iterable[Any]], str]


class _Plain(yaml.SafeDumper):
    """Without aliases; a list is indented below its key."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Indented(_Plain):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)


class _Blocks(_Plain):
    """Templates as literal blocks."""


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    literal = "{{" in text and "\n" not in text
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if literal else None)


_Blocks.add_representer(str, _block)


def _joined(texts: Iterable[str]) -> str:
    return "---\n".join(texts)


def block(documents: Iterable[Any]) -> str:
    return _joined(
        yaml.dump(one, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=10_000) for one in documents
    )


def flow(documents: Iterable[Any]) -> str:
    return _joined(
        yaml.dump(one, Dumper=_Indented, sort_keys=False, default_flow_style=None, width=10_000) for one in documents
    )


def quoted(documents: Iterable[Any]) -> str:
    return _joined(
        "# a comment\n" + yaml.dump(one, Dumper=_Indented, sort_keys=False, default_style='"', indent=4, width=10_000)
        for one in documents
    )


def as_json(documents: Iterable[Any]) -> str:
    return _joined(json.dumps(one, indent=2, ensure_ascii=False) + "\n" for one in documents)


def literal(documents: Iterable[Any]) -> str:
    texts = (yaml.dump(one, Dumper=_Blocks, sort_keys=False, allow_unicode=True, width=10_000) for one in documents)
    return _joined(texts).replace("\n", "\r\n")


STYLES: dict[str, Style] = {"block": block, "flow": flow, "quoted": quoted, "json": as_json, "literal": literal}
