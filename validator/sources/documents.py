"""The documents of files as objects of Kubernetes, and for how many of them the nodes are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from validator.findings import Subject
from validator.sources.files import LoadedFile
from validator.sources.limits import Limits
from validator.sources.manifests import Manifest, Story, view_of
from validator.sources.node import Node
from validator.sources.reader import read
from validator.sources.reading import Document, Duplicate
from validator.sources.text import SourceText
from validator.sources.trees import FileTrees, Tree


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """One document of a file, whatever it holds."""

    manifest: Manifest
    duplicates: tuple[Duplicate, ...]
    named: bool
    """Somebody named its file, so that what is no manifest in it is worth a word."""
    has_boolean_keys: bool = True
    """Whether some key may be a word that Kubernetes reads as a boolean."""

    @property
    def subject(self) -> Subject:
        """Whom findings about it name."""
        return self.manifest.subject


@dataclass(slots=True)
class DocumentReader:
    """Makes objects of the documents of files. Beyond a limit of text, nodes of stories are there only while needed.

    Stories are what a repository has thousands of, and each is looked at once; other objects are asked for by many.
    """

    limits: Limits
    _retained: int = 0
    """Characters whose nodes are kept."""

    def objects(self, file: LoadedFile, *, named: bool, provided: bool) -> tuple[SourceDocument, ...]:
        """The objects of a file, in order."""
        documents = [document for whole in file.documents for document in unpacked(whole)]
        roots = [document.root for document in documents]
        text = file.text
        trees = FileTrees(roots, partial(_roots, text, self.limits) if text is not None else None)
        result = tuple(
            SourceDocument(
                view_of(Tree(trees, index), provided=provided), document.duplicates, named, document.has_boolean_keys
            )
            for index, document in enumerate(documents)
        )
        size = len(text.text) if text is not None else 0
        if self._retained + size <= self.limits.kept_text or not all(type(one.manifest) is Story for one in result):
            self._retained += size
            return result
        trees.droppable = True
        for one in result:
            one.manifest.identify()
            one.manifest.release()
        return result


def _roots(text: SourceText, limits: Limits) -> list[Node]:
    return [document.root for whole in read(text, limits).documents for document in unpacked(whole)]


def unpacked(document: Document) -> Iterator[Document]:
    """A document, or the items of a `v1` List, which kubectl applies one after the other."""
    root = document.root
    kind, version, items = (root.get(name) for name in ("kind", "apiVersion", "items"))
    listed = kind is not None and kind.text == "List" and version is not None and version.text == "v1"
    if not listed or items is None or not items.is_sequence or not all(item.is_mapping for item in items):
        yield document
        return
    for item in items:
        inside = [one for one in document.duplicates if item.start <= one.second[0] < item.end]
        yield Document(item, tuple(inside), document.has_boolean_keys)
