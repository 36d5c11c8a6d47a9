"""Schemas inside manifests, and values that a manifest holds for the schema of another (templating.md, section 13)."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.manifests.places import Place
from validator.findings import Finding, Json, Location, Path, Related, Rule, Severity, Suggestion, Unchecked
from validator.rules import manifests as rules
from validator.rules.names import nearest
from validator.schemas.defaults import apply_defaults
from validator.schemas.definition import SchemaProblem
from validator.schemas.sanity import sanity
from validator.schemas.validation import Violation, check_definition, validate, validate_inputs
from validator.sources.manifests import Engram, Impulse, Manifest, Story, Template
from validator.sources.node import Node
from validator.sources.workspace import Workspace

_FIELDS = ("inputsSchema", "outputsSchema", "configSchema", "inputSchema", "outputSchema", "contextSchema")
_RULES: dict[str, Rule] = {
    "invalid-definition": rules.INVALID_SCHEMA,
    "invalid-pattern": rules.INVALID_SCHEMA,
    "unresolved-ref": rules.UNRESOLVABLE_REF,
    "external-ref": rules.UNRESOLVABLE_REF,
    "endless-ref": rules.UNRESOLVABLE_REF,
    "rejected-default": rules.REJECTED_DEFAULT,
    "undeclared-required": rules.UNDECLARED_REQUIRED,
    "unsatisfiable": rules.UNSATISFIABLE_SCHEMA,
    "unreached-branch": rules.UNREACHED_BRANCH,
    "unreached-value": rules.UNREACHED_BRANCH,
    "ignored-keyword": rules.IGNORED_KEYWORD,
    "unknown-keyword": rules.UNKNOWN_KEYWORD,
}
_RUNS = ("StoryRun", "StoryTrigger")


def check_schemas(manifest: Manifest) -> Iterator[Finding]:
    """Every schema that a manifest holds."""
    for field in _FIELDS:
        node = manifest.node.find(("spec", field))
        if node is not None and node.is_mapping:
            for problem in sanity(node.value):
                yield _problem(manifest, node, field, problem)


def _problem(manifest: Manifest, schema: Node, field: str, problem: SchemaProblem) -> Finding:
    rule = _RULES[problem.kind]
    hopeless = rule is rules.UNSATISFIABLE_SCHEMA and not problem.schema_path
    place = Place(manifest, ("spec", field))
    at = manifest.node.find(("spec", field, *problem.schema_path))
    empty = at is not None and at.start == at.end
    location = locate(
        manifest.node,
        ("spec", field, *problem.schema_path),
        key_only=empty or problem.kind in ("ignored-keyword", "unknown-keyword"),
    )
    return rule.at(
        location,
        place.subject,
        anchor=("spec", field, *problem.schema_path),
        schema=field,
        problem=problem.message + (_misread(at) if at is not None else ""),
        evidence=problem.evidence,
        suggestion=_schema_for(manifest.node, ("spec", field, *problem.schema_path))
        if empty and rule is rules.INVALID_SCHEMA
        else _meant(problem, location),
        severity=Severity.ERROR if hopeless else None,
    )


def _misread(node: Node) -> str:
    """Which booleans are words that an author did not mean as such."""
    written = dict.fromkeys(f"`{each.misread}`" for each in (node, *node) if each.misread)
    return f", as YAML reads an unquoted {', '.join(written)}" if written else ""


def _meant(problem: SchemaProblem, location: Location) -> Suggestion | None:
    """The keyword that an unknown one is a slip of, or the declared field that a required one is."""
    meant = problem.evidence.get("meant")
    if meant:
        return Suggestion(f"write `{meant}`", location, str(meant))
    name, declared = (problem.evidence.get(key) for key in ("name", "declared"))
    if problem.kind != "undeclared-required" or not isinstance(declared, list):
        return None
    close = nearest(str(name), [str(other) for other in declared])
    return Suggestion(f"write `{close}`", location, close) if close else None


def _schema_for(root: Node, path: Path) -> Suggestion:
    """What to write where a key has nothing behind it, as in `properties: {name}`."""
    extent = root.at(path[:-1]).keys.get(str(path[-1]))
    written = root.source.text[slice(*extent)] if extent else path[-1]
    return Suggestion(f"give `{written}` a schema, such as `{{type: string}}`, or `{{}}` for any value")


def check_config(manifest: Engram | Impulse, template: Template) -> Iterator[Finding | Unchecked]:
    """`with` of an Engram or Impulse against configSchema. Without `with` the webhook does not look."""
    schema, given = template.config_schema, manifest.with_
    if schema is None or given is None or not given.is_mapping or not schema.is_mapping:
        return
    if check_definition(schema.value):
        yield Unchecked(
            f"with of {manifest.subject}", f"configSchema of {template.name} is not usable", manifest.subject
        )
        return
    for violation in validate(schema.value, given.value):
        yield _violation(
            rules.CONFIG_VIOLATES_SCHEMA,
            manifest,
            ("spec", "with"),
            violation,
            schema,
            f"configSchema of template `{template.name}`",
        )


def check_runs(workspace: Workspace) -> Iterator[Finding]:
    """`inputs` of runs and triggers that stand in this repository, against the Story that they start."""
    for manifest in workspace.manifests:
        group = manifest.api_version.partition("/")[0]
        if not manifest.own or manifest.kind not in _RUNS or group != "runs.bubustack.io":
            continue
        name = manifest.node.find(("spec", "storyRef", "name"))
        namespace = manifest.node.find(("spec", "storyRef", "namespace"))
        story = workspace.find(
            Story,
            (name.text or "") if name is not None else "",
            (namespace.text if namespace is not None else None) or manifest.namespace,
        )
        schema = story.inputs_schema if story is not None else None
        if story is None or schema is None or not schema.is_mapping or check_definition(schema.value):
            continue
        inputs = manifest.node.find(("spec", "inputs"))
        value: Json = inputs.value if inputs is not None and inputs.is_mapping else {}
        for violation in validate_inputs(schema.value, apply_defaults(schema.value, value)):
            yield _violation(
                rules.INPUTS_VIOLATE_SCHEMA,
                manifest,
                ("spec", "inputs"),
                violation,
                schema,
                f"inputsSchema of story `{story.name}`",
            )


def _violation(rule: Rule, manifest: Manifest, base: Path, violation: Violation, schema: Node, name: str) -> Finding:
    path = (*base, *violation.instance_path)
    place = Place(manifest, path)
    undeclared = violation.keyword == "additionalProperties"
    location = locate(manifest.node, path, key_only=undeclared)
    return rule.at(
        location,
        place.subject,
        anchor=(*base, *violation.instance_path, violation.keyword),
        where=place.label,
        schema=name,
        problem=violation.message + _misread(manifest.node.at(path)),
        evidence={
            "found": violation.found,
            "expected": violation.expected,
            "schema path": "/".join(map(str, violation.schema_path)),
        },
        suggestion=_renaming(manifest.node, path, schema, violation, location) if undeclared else None,
        related=[Related(locate(schema, violation.schema_path), "the schema that it breaks")],
    )


def _renaming(root: Node, path: Path, schema: Node, violation: Violation, location: Location) -> Suggestion | None:
    """The declared name that an undeclared one was probably meant to be."""
    declared = schema.find((*violation.schema_path[:-1], "properties"))
    holder = root.find(path[:-1])
    if declared is None or holder is None:
        return None
    close = nearest(str(path[-1]), [name for name, _ in declared.items() if holder.get(name) is None])
    return Suggestion(f"write `{close}`", location, close) if close else None


def locate(root: Node, path: Path, *, key_only: bool = False) -> Location:
    """Where to point for a path: a scalar itself, the key of anything larger, the deepest that there is.

    `key_only` points at the key of a scalar too, for what is wrong with the name.
    """
    node, key = root, root.location
    for step in path:
        inner = node.child(step)
        if inner is None:
            break
        key = node.key_location(step) if isinstance(step, str) else _item(inner)
        node = inner
    return key if key_only or node.is_mapping or node.is_sequence else node.location


def _item(node: Node) -> Location:
    first = next(node.items(), None)
    return node.key_location(first[0]) if first is not None else node.location
