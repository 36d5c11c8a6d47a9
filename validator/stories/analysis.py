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
from validator.templates.narrowing import Paths
from validator.templates.types import Type

_DETERMINISTIC = Settings(deterministic=True)
_NOTHING_KNOWN: Paths = frozenset()


@lru_cache(maxsize=4096)
def planned(text: str, *, deterministic: bool = False) -> Plan | TemplateError | UnsupportedError:
    """The plan of a template, or why it has none: it does not parse, or is beyond our limits."""
    try:
        return plan(text, _DETERMINISTIC) if deterministic else plan(text)
    except (TemplateError, UnsupportedError) as error:
        return error


@dataclass(slots=True)
class Inferences:
    """Infers each template once for each scope and each set of ways that are known to be there."""

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
            self._found[key] = (context, infer_plan(parsed, text, context, known))
        return self._found[key][1]


@dataclass(slots=True)
class StoryAnalysis:
    """One story with what its templates see and become."""

    scopes: Scopes
    inferences: Inferences = field(default_factory=Inferences)

    @classmethod
    def of(cls, story: Story, schemas: SchemaReader) -> StoryAnalysis:
        """The analysis of a story of a workspace."""
        return cls(Scopes(Graph(story), schemas))

    @property
    def story(self) -> Story:
        """The story."""
        return self.scopes.story

    @property
    def graph(self) -> Graph:
        """Its steps and what joins them."""
        return self.scopes.graph
