"""What is concluded of one story, made once and handed to every check: graph, scopes, and what templates become."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from validator.sources.manifests import Story
from validator.stories.graph import Graph
from validator.stories.schemas import SchemaReader
from validator.stories.scopes import Scope, Scopes
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import Plan, Settings, plan
from validator.templates.inference import Inference, infer_plan
from validator.templates.lookups import SURE_ONLY, look_up
from validator.templates.narrowing import Paths
from validator.templates.syntax import Action, Field
from validator.templates.types import Document, Type

_DETERMINISTIC = Settings(deterministic=True)
_NOTHING_KNOWN: Paths = frozenset()


@lru_cache(maxsize=4096)
def planned(text: str, *, deterministic: bool = False) -> Plan | TemplateError | UnsupportedError:
    """The plan of a template, or why it has none: it does not parse, or is beyond our limits."""
    try:
        return plan(text, _DETERMINISTIC) if deterministic else plan(text)
    except (TemplateError, UnsupportedError) as error:
        return error


MOST_PATHS = 4096
"""Direct paths that are kept; the oldest are forgotten first."""


@dataclass(slots=True)
class PathInferences:
    """What direct paths such as `{{ steps.fetch.output.body }}` become, shared by the stories of a run.

    What becomes of one is decided by the schema that it starts from, however many other steps its story has.
    """

    _found: dict[tuple[str, int, Paths], tuple[Document, Inference]] = field(default_factory=dict)
    """The schema is kept beside what came of it, so that its identity stays its own."""

    def infer(self, planned: Plan, text: str, context: Type, known: Paths) -> Inference:
        """As `infer_plan`."""
        origin = _origin(planned, context)
        if origin is None:
            return infer_plan(planned, text, context, known)
        key = (text, id(origin), known)
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= MOST_PATHS:
                del self._found[next(iter(self._found))]
            found = self._found[key] = (origin, infer_plan(planned, text, context, known))
        return found[1]


def _origin(planned: Plan, context: Type) -> Document | None:
    """The schema of `inputs` or of a step's entry, where the template is nothing but a way below it, and it is there.

    None where the way leads to nothing before that, and what becomes of it depends on the context.
    """
    match planned.template.nodes if planned.mode == "path" and planned.template is not None else ():
        case (Action(pipe=pipe),) if not pipe.variables and len(pipe.commands) == 1:
            args = pipe.commands[0].args
        case _:
            return None
    if len(args) != 1 or not isinstance(args[0], Field):
        return None
    names, type_ = args[0].path, context
    for name in names[: 2 if names[0] == "steps" else 1]:
        found = look_up(type_, name)
        if found.presences != SURE_ONLY:
            return None
        type_ = found.type
    parts = type_.alternatives[0].parts if len(type_.alternatives) == 1 else ()
    origin = parts[0] if len(parts) == 1 else None
    return origin if isinstance(origin, Document) and origin.type is type_ else None


@dataclass(slots=True)
class Inferences:
    """Infers each template once for each scope and each set of ways that are known to be there."""

    paths: PathInferences = field(default_factory=PathInferences)
    _found: dict[tuple[str, int, Paths], tuple[Type, Inference]] = field(default_factory=dict)
    """The type of the scope is kept beside what came of it, so that its identity stays its own."""

    def infer(
        self, text: str, scope: Scope, known: Paths = _NOTHING_KNOWN, opened: Type | None = None
    ) -> Inference | TemplateError | UnsupportedError:
        """What a template becomes in a scope, or why that cannot be told.

        `known` holds the ways that an earlier test has found to be there; `opened` is the context where variables have
        been added to that of the scope.
        """
        parsed = planned(text, deterministic=scope.deterministic)
        if not isinstance(parsed, Plan):
            return parsed
        context = scope.type if opened is None else opened
        key = (text, id(context), known)
        if key not in self._found:
            self._found[key] = (context, self.paths.infer(parsed, text, context, known))
        return self._found[key][1]


@dataclass(slots=True)
class StoryAnalysis:
    """One story with what its templates see and become."""

    scopes: Scopes
    inferences: Inferences = field(default_factory=Inferences)

    @classmethod
    def of(cls, story: Story, schemas: SchemaReader, paths: PathInferences | None = None) -> StoryAnalysis:
        """The analysis of a story of a workspace; `paths` is what stories before it have in store for it."""
        inferences = Inferences() if paths is None else Inferences(paths)
        return cls(Scopes(Graph(story), schemas), inferences)

    @property
    def story(self) -> Story:
        """The story."""
        return self.scopes.story

    @property
    def graph(self) -> Graph:
        """Its steps and what joins them."""
        return self.scopes.graph
