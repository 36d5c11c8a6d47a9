"""What a story gives, `spec.output` evaluated on schemas, against its outputsSchema (templating.md, section 13.3).

Not said here, because `resolution` says it: templates of which the kind alone is wrong, and fields that are missing
where they are read.
"""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.pairwise.dialects import PLATFORM
from validator.checks.pairwise.leaves import KNOWN_DOUBT, Leaf, alone, covering, grounded, leaf_at, value_at, vanishes
from validator.checks.pairwise.next_counterexample import undescribed
from validator.checks.pairwise.pairs import Disagreement, Pairs, dotted, unusable
from validator.checks.pairwise.upstreams import upstreams
from validator.checks.pairwise.wording import point, what
from validator.findings import Finding, Json, Location, Path, Related, Rule, Suggestion, Unchecked
from validator.rules import pairwise as rules
from validator.rules.names import nearest
from validator.sources.manifests import Story
from validator.sources.node import Node
from validator.stories.analysis import StoryAnalysis
from validator.stories.scopes import Scopes
from validator.stories.typing import Typed, infer
from validator.templates.other_braces import other_braces

_DECLARED = "outputsSchema"


def check_output(analysis: StoryAnalysis, pairs: Pairs) -> Iterator[Finding | Unchecked]:
    """All that keeps the runs of a batch story from ending well: their output is held against its schema at the end."""
    scopes, story = analysis.scopes, analysis.story
    schema, given = story.outputs_schema, story.output
    if story.is_realtime or schema is None or given is None or not given.is_mapping or unusable(schema.value):
        return
    typed = infer(analysis.inferences, given, scopes.batch)
    leaves = _leaves(typed, analysis)
    producer = grounded(typed.schema)
    unread = frozenset(problem.path for problem in typed.problems if problem.access is None) - leaves.keys()
    found, unknown = pairs.disagreements(
        producer, schema.value, lambda path, keyword: _doubt(producer, leaves, unread, path, keyword)
    )
    for each in found:
        leaf = covering(leaves, each.path)
        finding = (
            _literal(story, each, typed, given)
            if leaf is None
            else _handed_on(scopes, pairs, each, leaf, alone(producer, leaf.path))
        )
        if finding is not None and not _in_other_braces(typed, each, scopes):
            yield finding
    for reason in unknown:
        if reason != KNOWN_DOUBT:
            yield Unchecked("the story's output", reason, story.subject, given.location)


def _in_other_braces(typed: Typed, found: Disagreement, scopes: Scopes) -> bool:
    """Whether the text was meant for a template: EV263 says so."""
    origin = typed.origins.get(found.path)
    text = origin.node.text if origin is not None else None
    return text is not None and other_braces(text, scopes.batch.type) is not None


def _leaves(typed: Typed, analysis: StoryAnalysis) -> dict[Path, Leaf]:
    found = {
        path: leaf_at(analysis.inferences, path, origin, origin.node.text, analysis.scopes.batch)
        for path, origin in typed.origins.items()
        if origin.node.text is not None and "{{" in origin.node.text
    }
    return {path: leaf for path, leaf in found.items() if leaf is not None}


def _doubt(producer: Json, leaves: dict[Path, Leaf], unread: frozenset[Path], path: Path, keyword: str) -> str:
    """Why nothing can be said of a place; empty when something can."""
    leaf = covering(leaves, path)
    if leaf is None:
        return KNOWN_DOUBT if any(path[: len(place)] == place for place in unread) else ""
    where = undescribed(producer, path, keyword, PLATFORM)
    if where is None:
        return ""
    if leaf.inference.is_hopeless:
        return KNOWN_DOUBT
    return f"what `{leaf.text}` becomes at `{dotted(where)}` depends on values that no schema describes"


def _literal(story: Story, found: Disagreement, typed: Typed, given: Node) -> Finding | None:
    """What is wrong whatever the steps give."""
    if found.missing:
        owner = typed.origins.get(found.path[:-1])
        node = owner.node if owner is not None else given
        near = _near(story, node, found.path)
        location = node.key_location(near) if near else _head(story, node, found.path[:-1])
        advice = (
            f"write `{found.path[-1]}`" if near else f"give `{dotted(found.path)}` in `output`, or do not require it"
        )
    elif found.keyword in ("additionalProperties", "propertyNames") and found.path:
        holder = typed.origins.get(found.path[:-1])
        node = holder.node if holder is not None else given
        location = node.key_location(str(found.path[-1]))
        advice = f"leave `{dotted(found.path)}` out, or declare it in {_DECLARED}"
    else:
        origin = typed.origins.get(found.path)
        location = origin.node.location if origin is not None else given.location
        advice = f"give what {_DECLARED} takes, or let it take more"
    return _finding(story, rules.NEVER_ACCEPTED, found, location, "`output`", {"witness": found.witness}, advice, [])


def _near(story: Story, holder: Node, path: Path) -> str:
    """The key of the output that is close to a missing one, and that the schema does not declare at its root."""
    schema = story.outputs_schema
    declared = schema.get("properties") if schema is not None and len(path) == 1 else None
    if declared is None:
        return ""
    undeclared = [name for name, _ in holder.items() if declared.get(name) is None]
    return nearest(str(path[-1]), undeclared) or ""


def _head(story: Story, node: Node, path: Path) -> Location:
    """The key of an object, which is shorter than all that stands in it."""
    holder = story.node.find(("spec", "output", *path[:-1])) if path else story.node.get("spec")
    key = path[-1] if path else "output"
    return holder.key_location(key) if holder is not None and isinstance(key, str) else node.location


def _handed_on(scopes: Scopes, pairs: Pairs, found: Disagreement, leaf: Leaf, place: Json) -> Finding | None:
    """A template that gives what the schema does not take."""
    story = scopes.story
    schema = story.outputs_schema
    assert schema is not None
    if leaf.inference.is_hopeless:
        return None
    never = pairs.never(place, schema.value)
    if vanishes(found, leaf) or (never and found.keyword == "type") or (not leaf.exact and not never):
        return None
    value = value_at(found.witness, found.path[: len(leaf.path)])
    if found.missing:
        advice = f"list `{found.missing}` under `required` where `{leaf.text}` is declared, if it is always there"
    else:
        advice = f"give what {_DECLARED} takes, or let it take more"
    if not leaf.exact:
        return _finding(
            story, rules.NEVER_ACCEPTED, found, leaf.location, f"`{leaf.text}`", {"value": value}, advice, []
        )
    names = leaf.inference.accesses[0].names
    for upstream in upstreams(names, scopes.graph, scopes.schemas.workspace, ()):
        document = upstream.with_value(value, pairs, None)
        if document is None:
            continue
        rule = rules.NEVER_ACCEPTED if never else rules.INCOMPATIBLE_INPUT
        below = found.path[len(leaf.path) :]
        there = Related(upstream.line(below), f"`{upstream.manifest.name}` allows it ({upstream.field})")
        witness: dict[str, Json] = {"witness": {".".join(upstream.root): document}}
        return _finding(story, rule, found, leaf.location, f"`{leaf.text}`", witness, advice, [there])
    return None


def _finding(
    story: Story,
    rule: Rule,
    found: Disagreement,
    location: Location,
    producer: str,
    evidence: dict[str, Json],
    advice: str,
    related: list[Related],
) -> Finding:
    line = point(story.node, ("spec", _DECLARED, *found.consumer))
    where = dotted(found.path)
    consumer = f"`{where}` of its {_DECLARED}" if rule is rules.NEVER_ACCEPTED and where else f"its {_DECLARED}"
    return rule.at(
        location,
        story.subject,
        anchor=("spec", "output", *found.path, found.keyword),
        evidence=evidence,
        suggestion=Suggestion(advice),
        related=[*related, Related(line, f"the story's {_DECLARED} does not take it")],
        producer=producer,
        what=what(found),
        consumer=consumer,
        problem=f"{found.message}: the StoryRun fails",
    )
