"""Which files of a repository are manifests of ours."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator
from pathlib import Path

from validator.sources.reader import read
from validator.sources.text import SourceText

SUFFIXES = (".yaml", ".yml", ".json")
SKIPPED = frozenset({"node_modules", "vendor", "third_party", "__pycache__", "site-packages", "venv", "dist", "target"})
"""Directories with other people's files; those whose name begins with a dot are skipped too."""

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml")

_OURS = re.compile(
    rb"bubustack\.io/"
    rb"|^[\"' {]*kind[\"']?\s*:\s*[\"']?(?:Story|Transport|(?:Engram|Impulse)(?:Template)?)\b[\"' \t,}\r]*$",
    re.MULTILINE,
)
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HELM = re.compile(
    r"\{\{-?\s*(?:\.(?:Values|Release|Chart|Capabilities|Files|Template)\b|include\s|define\s|template\s|tpl\s)"
    r"|^[^\S\n]*\{\{-?\s*(?:if|else|end|range|with|\$|/\*)",
    re.MULTILINE,
)


def files_below(directory: Path) -> Iterator[Path]:
    """The files below a directory that may be manifests, in a stable order; links to directories are not followed.

    Patches of kustomize are left out: they look like objects and are pieces of them.
    """
    found = list(_candidates(directory))
    patches = {patch for file in found if file.name in KUSTOMIZATIONS for patch in _patches(file)}
    return (file for file in found if os.path.normpath(file) not in patches)


def _candidates(directory: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(directory):
        folders[:] = sorted(name for name in folders if name not in SKIPPED and not name.startswith("."))
        for name in sorted(files):
            if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                yield Path(folder) / name


def _patches(kustomization: Path) -> Iterator[str]:
    """The files that a kustomization applies as patches."""
    if not kustomization.is_file():  # a pipe would be waited for, and a device has no end
        return
    try:
        text = kustomization.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return
    for document in read(SourceText(kustomization.name, text)).documents:
        for key in ("patches", "patchesStrategicMerge", "patchesJson6902"):
            for entry in document.root.get(key) or ():
                path = entry.get("path") or entry
                if path.text and "\n" not in path.text:
                    yield os.path.normpath(kustomization.parent / path.text)


def speaks_of_us(content: bytes) -> bool:
    """Whether a file that nobody named is worth reading: it names our API groups, or one of our kinds."""
    if content.startswith(_MARKS):
        content = content.decode("utf-16", "replace").encode("utf-8", "replace")
    return _OURS.search(content) is not None


def looks_like_helm(text: str) -> bool:
    """Whether text that is no YAML is a template of a chart: it becomes a manifest only once rendered."""
    return _HELM.search(text) is not None
