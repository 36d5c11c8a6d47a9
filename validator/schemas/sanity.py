"""What is wrong with a schema apart from any instance: what the platform refuses, ignores or can never satisfy.

Only certain things are told. Emptiness is reasoned about locally (`emptiness`): what it does not see is not told.
Source: contract `templating.md` section 13.
"""

from __future__ import annotations

from collections.abc import Iterator

from validator.findings import Json, Path
from validator.schemas.acceptance import accepts, accepts_literally
from validator.schemas.definition import Compiled, compile_schema
from validator.schemas.emptiness import declared_types, missing_field, possible_types
from validator.schemas.nodes import Node
from validator.schemas.normalisation import subschemas
from validator.schemas.pointers import resolve_locally
from validator.schemas.problems import SchemaProblem
from validator.schemas.profile import PROFILES, WEBHOOK, Profile
from validator.schemas.slips import slips
from validator.schemas.values import shown
from validator.schemas.violations import explain_node

_ANNOTATIONS = frozenset(
    {"$ref", "title", "description", "default", "examples", "$id", "id", "$schema", "$comment", "definitions", "$defs"}
)
_LATER = {
    "dependentRequired": "`dependencies`",
    "dependentSchemas": "`dependencies`",
    "nullable": '`type: [..., "null"]`',
    "prefixItems": "a list under `items`",
}


def sanity(schema: Json, profile: Profile | str = WEBHOOK) -> Iterator[SchemaProblem]:
    """Every problem of a schema, each at its own node.

    Kinds beside those of `check_definition`: `ignored-keyword`, `unknown-keyword`, `endless-ref`, `rejected-default`,
    `undeclared-required`, `unsatisfiable`, `unreached-branch`, `unreached-value`.
    """
    profile = profile if isinstance(profile, Profile) else PROFILES[profile]
    compiled = compile_schema(schema, profile)
    for problem in compiled.problems:
        yield _explained(problem, schema)
    yield from ignored_keywords(schema, profile)
    yield from slips(schema, profile)
    if compiled.problems:
        return
    yield from compiled.endless
    if compiled.endless:
        return
    reported: list[Path] = []
    for node in _nodes(compiled.root):
        yield from rejected_default(compiled, node)
        yield from unreached(node)
        for problem in unsatisfiable(node):
            if not any(path[: len(node.path)] == node.path for path in reported):
                reported.append(node.path)
                yield problem
    yield from undeclared_required(compiled.root)


def _explained(problem: SchemaProblem, schema: Json) -> SchemaProblem:
    """Say why a reference that any other validator follows leads nowhere here."""
    found = problem.evidence.get("found")
    if problem.kind != "unresolved-ref" or resolve_locally(schema, found) is None:
        return problem
    text = (
        f"`$ref: {found}` cannot be resolved: the platform puts the schema inside another one before it follows "
        "references, so that definitions are no longer where they are looked for; write the definition in place"
    )
    return SchemaProblem(problem.kind, problem.schema_path, text, problem.evidence)


def ignored_keywords(schema: Json, profile: Profile, path: Path = ()) -> Iterator[SchemaProblem]:
    """Keywords that assert something elsewhere and nothing here."""
    if not isinstance(schema, dict):
        return
    for keyword in schema:
        if keyword in profile.schemas.ignored_keywords and _asserts(keyword, schema[keyword]):
            instead = f"; use {_LATER[keyword]}" if keyword in _LATER else ""
            yield _problem("ignored-keyword", (*path, keyword), f"the platform ignores `{keyword}`{instead}", schema)
        elif "$ref" in schema and keyword not in _ANNOTATIONS and not keyword.startswith("x-"):
            text = f"the platform ignores `{keyword}` beside `$ref`"
            yield _problem("ignored-keyword", (*path, keyword), text, schema)
    if "additionalItems" in schema and not isinstance(schema.get("items"), list):
        text = "the platform ignores `additionalItems` unless `items` is a list"
        yield _problem("ignored-keyword", (*path, "additionalItems"), text, schema)
    for way, child in subschemas(schema):
        if way[0] not in profile.schemas.ignored_keywords:
            yield from ignored_keywords(child, profile, (*path, *way))


def _asserts(keyword: str, value: Json) -> bool:
    """Whether the keyword would say anything where it is known.

    `unevaluatedProperties: false` closes an object and `true` says nothing; with `nullable` it is the other way round.
    """
    if keyword.startswith("unevaluated"):
        return value is not True and value != {}
    return value not in (False, {}, [])


def _problem(kind: str, path: Path, text: str, schema: dict[str, Json]) -> SchemaProblem:
    return SchemaProblem(kind, path, text, {"found": schema.get(str(path[-1]))})


def _nodes(root: Node) -> Iterator[Node]:
    """Every node once, inner ones before outer ones."""
    seen: set[int] = set()
    pending = [(root, False)]
    while pending:
        node, expanded = pending.pop()
        if expanded:
            yield node
        elif id(node) not in seen:
            seen.add(id(node))
            pending.append((node, True))
            pending += [(child, False) for child in reversed(children(node))]


def children(node: Node) -> list[Node]:
    """The schemas directly inside a node, and the target of its reference."""
    single = (
        *(node.reference, node.items, node.contains, node.names, node.negated),
        *(node.condition, node.then, node.otherwise, node.additional, node.additional_items),
    )
    return [
        *node.properties.values(),
        *(schema for _, _, schema in node.patterns),
        *node.applied_with.values(),
        *node.tuple_items,
        *node.all_of,
        *node.any_of,
        *node.one_of,
        *(child for child in single if isinstance(child, Node)),
    ]


def rejected_default(compiled: Compiled, node: Node) -> Iterator[SchemaProblem]:
    """A default that its own schema does not accept: whoever leaves the field out is refused."""
    if "default" not in node.source or node.reference is not None:
        return
    default = node.source["default"]
    if accepts(node, default):
        return
    reason = explain_node(compiled, node, default)[0]
    where = ".".join(map(str, reason.instance_path))
    text = (
        f"the default {shown(default)} is rejected by its own schema: {where + ': ' if where else ''}{reason.message}"
    )
    yield SchemaProblem("rejected-default", (*node.path, "default"), text, {"default": default})


def unsatisfiable(node: Node) -> Iterator[SchemaProblem]:
    """A schema that accepts no value at all; the schema `false` says so openly and is left alone."""
    if node.verdict is not None or node.reference is not None or possible_types(node):
        return
    missing = missing_field(node) if "object" in declared_types(node) else None
    if "enum" in node.source:
        why = "none of the values of `enum` satisfies the keywords beside it"
    elif node.constant:
        why = "the value of `const` does not satisfy the keywords beside it"
    elif missing is not None and node.additional is False and missing not in node.properties:
        why = f"`{missing}` is required, but not declared, and `additionalProperties: false` forbids it"
    elif missing is not None:
        why = f"`{missing}` is required, but can have no value"
    else:
        why = "its keywords contradict each other"
    yield SchemaProblem("unsatisfiable", node.path, f"no value satisfies this schema: {why}")


def accepts_nothing(schema: Json, profile: Profile = WEBHOOK) -> bool:
    """Whether a schema as a whole accepts no value, so that every refusal by it is a consequence."""
    compiled = compile_schema(schema, profile)
    return not compiled.problems and any(True for _ in unsatisfiable(compiled.root))


def unreached(node: Node) -> Iterator[SchemaProblem]:
    """Alternatives that no value can take, and values that the keywords beside them exclude."""
    types = declared_types(node)
    for keyword, members in (("anyOf", node.any_of), ("oneOf", node.one_of)):
        for index, member in enumerate(members):
            if member.verdict is None and not possible_types(member) & types:
                text = f"alternative {index + 1} of `{keyword}` is never reached: " + _why_unreached(node, member)
                yield SchemaProblem("unreached-branch", member.path, text)
    sources = [member.source for member in node.one_of if member.source]
    for index, source in enumerate(sources):
        if source in sources[:index]:
            first = sources.index(source) + 1
            text = f"alternatives {first} and {index + 1} of `oneOf` are the same, so that neither is ever the only one"
            yield SchemaProblem("unreached-branch", (*node.path, "oneOf", index), text)
    yield from _unreached_conditions(node)
    if len(node.enum) > 1 and possible_types(node):
        values = node.source["enum"]
        assert isinstance(values, list)
        for index, value in enumerate(values):
            if not accepts_literally(node, value):
                text = f"the value {shown(value)} of `enum` is excluded by the keywords beside it"
                yield SchemaProblem("unreached-value", (*node.path, "enum", index), text, {"found": value})


def _why_unreached(node: Node, member: Node) -> str:
    if not possible_types(member):
        return "no value satisfies it"
    wanted = " or ".join(sorted(declared_types(member) & possible_types(member)))
    return f"it asks for {wanted}, the schema around it for {' or '.join(sorted(node.types))}"


def _unreached_conditions(node: Node) -> Iterator[SchemaProblem]:
    for keyword in ("then", "else"):
        if keyword not in node.source or node.reference is not None:
            continue
        condition = node.condition
        if condition is None:
            why = "there is no `if` beside it"
        elif condition.verdict is (keyword == "else"):
            why = f"`if` is always {str(condition.verdict).lower()}"
        else:
            continue
        yield SchemaProblem("unreached-branch", (*node.path, keyword), f"`{keyword}` is never reached: {why}")


def undeclared_required(root: Node) -> Iterator[SchemaProblem]:
    """Required fields that nothing declares, in objects that declare others: mostly a typing mistake."""
    seen: set[int] = set()
    pending = [root]
    while pending:
        node = pending.pop()
        if id(node) in seen:
            continue
        cluster = _in_place(node)
        seen.update(map(id, cluster))
        yield from _undeclared_in(cluster)
        pending += [child for part in cluster for child in children(part) if id(child) not in seen]


def _in_place(node: Node) -> list[Node]:
    """The node and all schemas that apply to the same value."""
    cluster: list[Node] = []
    pending: list[Node | None] = [node]
    while pending:
        part = pending.pop()
        if part is None or part in cluster:
            continue
        cluster.append(part)
        pending += [part.reference, part.negated, part.condition, part.then, part.otherwise]
        pending += [*part.all_of, *part.any_of, *part.one_of, *part.applied_with.values()]
    return cluster


def _takes_any_field(node: Node) -> bool:
    """Whether a schema says by itself that there may be fields which it does not declare."""
    values = (node.source.get(key) for key in ("additionalProperties", "x-kubernetes-preserve-unknown-fields"))
    return isinstance(node.additional, Node) or any(each is True for each in values)


def _undeclared_in(cluster: list[Node]) -> Iterator[SchemaProblem]:
    declared = {name for part in cluster for name in part.properties}
    # An `if` and a `not` look at fields without offering them.
    asking = {id(each) for part in cluster for each in (part.condition, part.negated)}
    offered = any(part.properties for part in cluster if id(part) not in asking)
    if not offered or any(map(_takes_any_field, cluster)):
        return
    patterns = [search for part in cluster for _, search, _ in part.patterns]
    names = ", ".join(f"`{name}`" for name in sorted(declared))
    for part in cluster:
        # Where nothing else may be, such a field makes the schema unsatisfiable, which says more.
        for index, name in enumerate(part.required if part.additional is not False else ()):
            if name not in declared and not any(search(name) for search in patterns):
                text = f"`{name}` is required but not declared, only {names}"
                evidence: dict[str, Json] = {"name": name, "declared": [*sorted(declared)]}
                yield SchemaProblem("undeclared-required", (*part.path, "required", index), text, evidence)
