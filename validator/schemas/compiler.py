"""One pass over a normalised schema, the way the platform's engine goes; but it does not stop at the first mistake."""

from __future__ import annotations

from collections.abc import Iterator

from validator.findings import Json, Path
from validator.schemas.documents import DRAFTS, Documents
from validator.schemas.go_url import LocatorError, parse_locator
from validator.schemas.keywords import HYBRID, Keywords
from validator.schemas.nodes import Node
from validator.schemas.normalisation import TEMPLATE, Widened, is_alternative
from validator.schemas.problems import SchemaProblem
from validator.schemas.values import shown


class Compiler:
    """Makes nodes of a normalised schema; mistakes are collected in `problems`."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.documents = Documents.of(document)
        self.problems: list[SchemaProblem] = []
        self.targets: dict[str, Node] = {}
        self.nodes: list[Node] = []

    def compile(self) -> Node:
        """The node of the whole document."""
        root = Node()
        if isinstance(self.document, dict):
            self.build(root, self.document, (), self._draft_of(self.document))
        elif isinstance(self.document, bool):
            root.verdict = self.document
        else:
            self.problem((), "a schema must be an object or a boolean", found=self.document)
        for node in self.nodes:
            node.summarise()
        return root

    def problem(self, path: Path, message: str, *, found: Json = None, kind: str = "invalid-definition") -> None:
        """Take note of a mistake, once."""
        text = message if kind != "invalid-definition" else f"{message}, found {shown(found)}"
        problem = SchemaProblem(kind, path, text, {"found": found})
        if problem not in self.problems:
            self.problems.append(problem)

    def _draft_of(self, root: dict[str, Json]) -> int:
        """Only a root that the platform did not wrap can still choose its draft."""
        if "$schema" not in root:
            return HYBRID
        name = root["$schema"]
        if not isinstance(name, str):
            self.problem(("$schema",), "`$schema` must be a string", found=name)
            return HYBRID
        try:
            return DRAFTS.get(str(parse_locator(name)), HYBRID)
        except LocatorError as refusal:
            self.problem(("$schema",), f"`$schema` is not a URL ({refusal})", found=name)
            return HYBRID

    def child(self, source: Json, path: Path, draft: int) -> Node:
        """The node of a schema inside the document."""
        node = Node()
        self.build(node, source, path, draft)
        return node

    def build(self, node: Node, source: Json, path: Path, draft: int) -> None:
        """Fill the node from its source."""
        node.path = path
        if isinstance(source, Widened):
            alternatives = source["anyOf"]
            assert isinstance(alternatives, list)
            node.takes_templates = any(extra is TEMPLATE for extra in alternatives[1:])
            node.takes_references = any(is_alternative(extra) and extra is not TEMPLATE for extra in alternatives[1:])
            source = alternatives[0]
        if isinstance(source, bool) and draft >= 6:
            node.verdict = source
            return
        if not isinstance(source, dict):
            self.problem(path, "a schema must be an object" + (" or a boolean" if draft >= 6 else ""), found=source)
            return
        node.source = source
        if not source:
            node.verdict = True
            return
        self.nodes.append(node)
        Keywords(self, node, source, path, draft).read()

    def endless(self) -> Iterator[SchemaProblem]:
        """Cycles among the schemas that apply to one and the same value, by depth-first search."""
        entered: set[int] = set()
        left: set[int] = set()
        for start in self.nodes:
            if id(start) in entered:
                continue
            entered.add(id(start))
            stack = [(start, iter(_in_place(start)))]
            while stack:
                node, children = stack[-1]
                child = next(children, None)
                if child is None:
                    left.add(id(node))
                    stack.pop()
                elif id(child) not in entered:
                    entered.add(id(child))
                    stack.append((child, iter(_in_place(child))))
                elif id(child) not in left:
                    yield SchemaProblem("endless-ref", node.path, "the schema refers to itself without end")


def _in_place(node: Node) -> list[Node]:
    if node.reference is not None:
        return [node.reference]
    single = (node.negated, node.condition, node.then, node.otherwise)
    children = [*node.any_of, *node.one_of, *node.all_of, *node.applied_with.values()]
    return children + [child for child in single if child is not None]
