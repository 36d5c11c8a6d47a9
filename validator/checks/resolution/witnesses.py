"""Whether a missing field ever matters: the template evaluated for real, on documents that lack the field.

Types know nothing of discriminators: in `{{ if eq inputs.kind "a" }}{{ inputs.a }}{{ end }}`, `a` is there whenever it
is asked for. Source: templating.md, sections 3, 8 and 9.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from functools import cached_property
from itertools import islice
from typing import Any

from validator.checks.resolution.excerpts import excerpt
from validator.checks.resolution.proofs import Counterexample, Proof
from validator.checks.resolution.templates import Survey, Template
from validator.findings import Json
from validator.schemas.samples import samples
from validator.schemas.validation import is_instance
from validator.stories.sites import CONDITIONS
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import Context, Settings, carry_out, evaluate, evaluate_condition, plan
from validator.templates.narrowing import Way
from validator.templates.reach import Access, Sink
from validator.templates.types import Type
from validator.templates.values import Value, from_document, to_document

_NO_ACCESS = Access(names=(), spans=(), start=-1, end=-1, at=-1, lookup=None, owner=Type(), type=Type())
_OUTPUTS = ("output", "outputs")
_LACKING = 4
"""Documents without the field that are tried for each wish."""
_OTHERS = 2
_ELEMENTS = 12
"""Documents that are tried for each wish where the field is one of an element."""
_LISTED = 8
"""Values of an enumeration that are tried."""
_WISHES = 12
_POISON = "(div 1 0)"
"""Put in the place of an expression, it fails where the expression is reached."""
_TRUE: dict[str, Json] = {"not": {"enum": [False, None, 0]}, "minProperties": 1, "minItems": 1, "minLength": 1}
"""What Go's templates take for true, of any type."""
_EQUAL = re.compile(r'\b(?:eq|ne)\s+\(?\.?([A-Za-z_]\w*(?:\.\w+)+)\)?\s+("[^"\\]*"|true|false)')
_EQUAL_TO = re.compile(r'\b(?:eq|ne)\s+("[^"\\]*"|true|false)\s+\.?([A-Za-z_]\w*(?:\.\w+)+)')


def find_counterexample(template: Template, survey: Survey, access: Access) -> Proof:
    """The proof that a missing field matters; False when none was found among many, True when it cannot be told."""
    try:
        part, place = excerpt(template, access)
        search = _Search(part, survey, place)
        return survey.proofs.answer(search.question(), search.schemas(), search.result)
    except UnsupportedError:
        return True


def not_boolean(template: Template, survey: Survey) -> tuple[Json, Json] | None:
    """Documents with which a condition becomes neither true nor false, and what it becomes; None when none is found."""
    try:
        return _Search(template, survey, None).not_boolean()
    except UnsupportedError:
        return None


def reparsed(template: Template, survey: Survey) -> tuple[Json, Json] | None:
    """Documents with which text of a template reads as JSON, and what it becomes; None when none is found."""
    try:
        return _Search(template, survey, None).reparsed()
    except UnsupportedError:
        return None


def becoming(template: Template, survey: Survey, values: Sequence[Json]) -> tuple[Json, Json] | None:
    """Documents with which a template becomes one of some values, and which one; None when none is found."""
    try:
        return _Search(template, survey, None).becoming(values)
    except UnsupportedError:
        return None


def opened_again(template: Template, survey: Survey) -> tuple[Json, str] | None:
    """Documents with which a template becomes text with braces, and that text; None when none is found."""
    try:
        return _Search(template, survey, None).opened_again()
    except UnsupportedError:
        return None


class _Search:
    """One look for documents that lack a field where a template wants it."""

    def __init__(self, template: Template, survey: Survey, access: Access | None) -> None:
        self.template, self.survey = template, survey
        self.access = access or _NO_ACCESS
        guard = template.site.guard
        self.guard = guard.text if guard is not None and guard.text and "{{" in guard.text else None
        self.settings = Settings(deterministic=template.site.scope.deterministic)
        self.ways = [one.names for one in template.inference.accesses if one.rooted] if template.inference else []
        self.there: list[Way] = []
        if self.guard is not None:
            inferred = survey.analysis.inferences.infer(self.guard, template.site.scope)
            if isinstance(inferred, UnsupportedError):
                raise inferred
            if isinstance(inferred, TemplateError):
                self.guard = None
            else:
                self.ways += [one.names for one in inferred.accesses if one.rooted]
                self.there = sorted(inferred.established)

    def question(self) -> Hashable:
        """All that decides about `result` beside `schemas`."""
        site, access, plan_ = self.template.site, self.access, self.template.plan
        scope = (site.field in CONDITIONS, site.scope.deterministic, site.scope.flattened, frozenset(site.scope.roots))
        sender = self.sender if plan_ is None or self.guard is not None or plan_.mode != "path" else None
        if plan_ is not None and plan_.mode == "path" and self.guard is None and self.ways == [access.names]:
            # Nothing but the path is read: neither its spelling nor the name of the step matters.
            names = ("steps", "", *access.names[2:]) if access.names[0] == "steps" else access.names
            return (scope, names, access.at, access.sink, access.rooted)
        text = (self.template.text, self.guard, tuple(self.ways), tuple(self.there), sender)
        return (scope, text, access.names, access.at, access.start, access.end, access.sink, access.rooted)

    def schemas(self) -> tuple[Json, ...]:
        """Those of the documents that the template reads: one a way, False where it leads into none."""
        documents = [self.document_of(names) for names in self.ways]
        if self.access.rooted and self.access.names:
            documents.append(self.document_of(self.access.names))
        return tuple(self.schema(way) if way is not None else False for way in documents)

    def result(self) -> Proof:
        if not self.access.rooted:
            return self.among_elements()
        owner = self.document_of(self.access.names)
        if owner is None or len(owner) > self.access.at:
            return True
        documents = dict.fromkeys([owner, *(way for names in self.ways if (way := self.document_of(names)))])
        schemas = {way: self.schema(way) for way in documents}
        if not isinstance(schemas[owner], dict):
            return True
        found_any = False
        for wish in self.wishes():
            for filled in self.filled(owner, schemas, wish):
                found_any = True
                if self.matters(filled):
                    return Counterexample(_at(filled[owner], self.access.names[len(owner) : self.access.at]))
        return not found_any and not samples(schemas[owner], 1)

    def among_elements(self) -> Proof:
        """The same for a field of an element, which no way leads to: among documents of all sorts."""
        schemas = self.described()
        if schemas is None or self.access.sink is Sink.SWALLOWED:
            return True
        found_any = False
        for wish in self.wishes():
            for filled in self.filled((), schemas, wish, _ELEMENTS):
                found_any = True
                if self.matters(filled):
                    return Counterexample(_shown(filled))
        return not found_any

    def not_boolean(self) -> tuple[Json, Json] | None:
        schemas = self.described()
        if schemas is None:
            return None
        for wish in self.wishes():
            for filled in self.filled((), schemas, wish):
                for context in self.contexts(filled):
                    try:
                        evaluate_condition(self.template.text, context, self.settings)
                    except TemplateError as error:
                        if error.kind == "not_boolean":
                            value = evaluate(self.template.text, context, self.settings).value
                            shown = to_document(value)
                            return _shown(filled), shown
        return None

    def reparsed(self) -> tuple[Json, Json] | None:
        return next(
            (found for found in self.results(digits=True) if not isinstance(found[1], str)),
            None,
        )

    def becoming(self, values: Sequence[Json]) -> tuple[Json, Json] | None:
        found = next((found for found in self.results(digits=False) if found[1] in values), None)
        return found or next(
            (found for found in self.results(digits=False, wishes=self.listed()) if found[1] in values), None
        )

    def listed(self) -> Iterator[Mapping[Way, Json]]:
        """Each of the few values that something read can have."""
        for access in self.template.inference.accesses if self.template.inference is not None else ():
            for value in (access.type.values or ())[:_LISTED] if access.rooted else ():
                yield {access.names: {"const": value}}

    def opened_again(self) -> tuple[Json, str] | None:
        if not self.ways:
            try:
                value = to_document(evaluate(self.template.text, {}, self.settings).value)
            except TemplateError:
                return None
            return (value, value) if isinstance(value, str) and "{{" in value else None
        for shown, value in self.results(digits=False):
            if isinstance(value, str) and "{{" in value:
                return shown, value
        return None

    def results(
        self, *, digits: bool, wishes: Iterable[Mapping[Way, Json]] | None = None
    ) -> Iterator[tuple[Json, Json]]:
        """Documents and what the template becomes with them; with `digits` for every text that may be one."""
        schemas = self.described()
        if schemas is None:
            return
        for filled in (each for wish in wishes or self.wishes() for each in self.filled((), schemas, wish)):
            documents = filled
            if digits:
                documents = {way: _numbered(document, schemas[way]) for way, document in filled.items()}
            for context in self.contexts(documents):
                with suppress(TemplateError):
                    if self.guard is None or evaluate_condition(self.guard, context, self.settings):
                        value = to_document(evaluate(self.template.text, context, self.settings).value)
                        yield _shown(documents), value

    def described(self) -> dict[Way, Json] | None:
        """The schemas of the documents that the template reads; None when one of them is not described."""
        documents = [self.document_of(names) for names in self.ways]
        if not documents or None in documents:
            return None
        return {way: self.schema(way) for way in dict.fromkeys(documents) if way is not None}

    def document_of(self, names: Way) -> Way | None:
        """The way to the described document that a way leads into."""
        if names[0] in ("inputs", "packet"):
            return names[:1]
        if names[0] != "steps" or len(names) < 2:
            return None
        step = self.survey.graph.named(names[1])
        if step is None:
            return None
        if self.template.site.scope.flattened:
            return names[:2]
        return names[:3] if len(names) > 2 and names[2] in _OUTPUTS else None

    def schema(self, way: Way) -> Json:
        if way[0] == "steps":
            step = self.survey.graph.named(way[1])
            return self.survey.scopes.output(step).schema if step is not None else None
        return self.template.site.scope.roots.get(way[0])

    def wishes(self) -> Iterator[Mapping[Way, Json]]:
        """What documents should be like besides, so that each branch is taken by some."""
        text = f"{self.template.text}\n{self.guard or ''}"
        atoms = [(match[1], match[2]) for match in _EQUAL.finditer(text)]
        atoms += [(match[2], match[1]) for match in _EQUAL_TO.finditer(text)]
        constants = [(tuple(way.split(".")), _constant(value)) for way, value in dict.fromkeys(atoms)]
        tested = [names for names in dict.fromkeys(self.ways) if names != self.access.names]
        wishes: list[Mapping[Way, Json]] = [{}]
        wishes += [{way: {"const": value} for way, value in constants}] if len(constants) > 1 else []
        if self.access.names and self.access.rooted:
            wishes.append({self.access.names[: self.access.at]: _placed(("other",), {"const": "x"})})  # `{}` is false
        wishes += [{way: {"const": value}} for way, value in constants]
        wishes += [{way: {"not": {"const": value}}} for way, value in constants]
        wishes.append(dict.fromkeys(tested, _TRUE))
        wishes += [{way: _TRUE} for way in tested]
        wishes += [{way: {"const": False}} for way in tested]
        yield from wishes[: _WISHES + len(constants)]

    def filled(
        self, owner: Way, schemas: Mapping[Way, Json], wish: Mapping[Way, Json], others: int = _OTHERS
    ) -> Iterator[dict[Way, Json]]:
        """Documents for all ways, the owner's without the field."""
        streams: list[Iterable[Json]] = []
        for way, schema in schemas.items():
            parts: list[Json] = [
                _placed(names[len(way) :], {}) for names in self.there if names[: len(way)] == way != names
            ]
            parts += [
                _placed(names[len(way) :], part) for names, part in wish.items() if names[: len(way)] == way != names
            ]
            count = others
            if way == owner:
                inside, name = self.access.names[len(way) : self.access.at], self.access.names[self.access.at]
                parts.append(_placed(inside, {"not": {"type": "object", "required": [name]}}))
                count = _LACKING
            described = schema if isinstance(schema, dict) else {}
            streams.append(self.survey.scopes.schemas.samples.samples(described, parts, count))
        for choice in islice(_choices(streams), _LACKING * others * _OTHERS):
            yield dict(zip(schemas, choice, strict=True))

    @cached_property
    def sender(self) -> Way | None:
        """The step that packets come from, where it is the only one: `packet` and `steps` hold one payload then."""
        sources = self.template.site.scope.sources or ()
        return ("steps", sources[0].name) if len(sources) == 1 else None

    def joined(self, filled: Mapping[Way, Json]) -> Mapping[Way, Json] | None:
        """The documents, of which two that are one payload are the same; None where that is no payload."""
        sender, packet = self.sender, ("packet",)
        if sender is None or sender not in filled or packet not in filled:
            return filled
        names = self.access.names
        owner = sender if names[: len(sender)] == sender else packet
        payload = deepcopy(filled[packet if owner is sender else sender])
        *way, name = names[len(owner) : self.access.at + 1] if names[: len(owner)] == owner else ("",)
        holder = payload
        for part in way:
            holder = holder.get(part) if isinstance(holder, dict) else None
        if isinstance(holder, dict):
            holder.pop(name, None)
        return {**filled, packet: payload, sender: payload} if is_instance(self.schema(sender), payload) else None

    def contexts(self, unjoined: Mapping[Way, Json]) -> Iterator[Context]:
        filled = self.joined(unjoined)
        if filled is None:
            return
        inputs = filled.get(("inputs",), {})
        steps: dict[str, Any] = {}
        for way, document in filled.items():
            if way[0] == "steps" and len(way) == 2:
                steps[way[1]] = document
            elif way[0] == "steps":
                entry = {"output": document, "outputs": document, "signals": {}}
                steps[way[1]] = entry
        context: dict[str, Any] = {"inputs": inputs, "steps": steps}
        payload = filled.get(("packet",), next(iter(steps.values()), {}))
        if "packet" in self.template.site.scope.roots:
            context["packet"] = {"metadata": {}, **payload} if isinstance(payload, dict) else payload
        known = self.template.site.scope.roots
        yield {name: from_document(value) for name, value in context.items() if name in known}

    def matters(self, filled: Mapping[Way, Json]) -> bool:
        return any(self._matters_in(context) for context in self.contexts(filled))

    def _matters_in(self, context: Context) -> bool:
        if self.guard is not None:
            try:
                if not evaluate_condition(self.guard, context, self.settings):
                    return False
            except TemplateError:
                return False
        if self.poisoned is not None:
            try:
                evaluate(self.poisoned, context, self.settings)
            except TemplateError as error:
                if "zero" not in error.message:
                    return False
            else:
                return False
        if self.access.sink is Sink.SWALLOWED:
            return True
        try:
            if self.template.site.field in CONDITIONS:
                evaluate_condition(self.template.text, context, self.settings)
            value = self._evaluated(context)
        except TemplateError:
            return True
        if self.access.sink is Sink.PRINTED:
            return isinstance(value, str) and "<no value>" in value
        return self.access.rooted  # what is asked of an element that lacks the field fails

    def _evaluated(self, context: Context) -> Value:
        planned = self.template.plan
        if planned is None or planned.template is None:
            return evaluate(self.template.text, context, self.settings).value
        return carry_out(planned, context, self.settings).value

    @cached_property
    def poisoned(self) -> str | None:
        """The template with something that always fails where the field is used; None where that cannot be written."""
        text, access = self.template.text, self.access
        if self.template.plan is None or self.template.plan.mode == "path" or access.start < 0:
            return None
        changed = text[: access.start] + _POISON + text[access.end :]
        try:
            plan(changed, self.settings)
        except TemplateError:
            return None
        return changed


def _shown(filled: Mapping[Way, Json]) -> dict[str, Json]:
    """Documents by their ways, as a witness shows them."""
    return {".".join(way): document for way, document in filled.items()}


def _choices(rows: Sequence[Iterable[Json]]) -> Iterator[tuple[Json, ...]]:
    """One of each row, in all ways. Unlike `product`, it makes no sample before its turn."""
    if not rows:
        yield ()
        return
    for one in rows[0]:
        for others in _choices(rows[1:]):
            yield (one, *others)


def _numbered(document: Json, schema: Json) -> Json:
    """The document with digits for every text for which the schema takes them."""
    changed = deepcopy(document)
    for holder, key in _texts(changed):
        before = holder[key]
        holder[key] = "12345"
        if not is_instance(schema, changed):
            holder[key] = before
    return changed


def _texts(node: Json) -> Iterator[tuple[Any, Any]]:
    """Where texts stand, as the list or mapping that holds one and its index or name."""
    if isinstance(node, dict | list):
        for key, item in node.items() if isinstance(node, dict) else enumerate(node):
            if isinstance(item, str):
                yield node, key
            yield from _texts(item)


def _placed(names: Way, schema: Json) -> Json:
    """A schema of what stands at the end of a way."""
    for name in reversed(names):
        schema = {"properties": {name: schema}, "required": [name]}
    return schema


def _constant(text: str) -> Json:
    return text[1:-1] if text[:1] == '"' else text == "true"


def _at(document: Json, names: Way) -> Json:
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document
