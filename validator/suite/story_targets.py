"""What the keys of `stories:` name: stories of the workspace, and their steps."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from validator.findings import Finding, Location, Path, Subject, Suggestion
from validator.rules import config as config_rules
from validator.sources.manifests import Impulse, Step, Story
from validator.sources.node import Node
from validator.sources.workspace import Workspace
from validator.suite.config import Config
from validator.suite.config_mistakes import invalid_value
from validator.suite.story_cases import StoryCase

SCRIPTED = ("executeStory",)
"""Primitives whose end a case can say: others decide by themselves."""


def story_of(workspace: Workspace, key: str) -> Story | None:
    """The story behind `NAME` or `NAMESPACE/NAME`; of several in different namespaces the first."""
    namespace, slash, name = key.rpartition("/")
    named = (one for one in workspace.stories if one.name == name and (not slash or one.namespace == namespace))
    return next(named, None)


def unknown_stories(workspace: Workspace, config: Config, *, narrowed: bool = False) -> Iterator[Finding]:
    """Names in `stories:` that mean nothing in the workspace, and what cannot be said of a step.

    `narrowed`: only some of the repository's manifests were read, and a story may stand in the others.
    """
    for key, location in config.story_keys.items():
        story = story_of(workspace, key)
        if story is not None:
            for case in config.stories[key]:
                yield from _Names(workspace, config.file).faults(case, story)
        elif not narrowed:
            known = sorted({one.name for one in workspace.stories})
            yield config_rules.UNKNOWN_TARGET.at(
                location,
                Subject("config", config.file),
                anchor=("stories", key),
                key=key,
                where="`stories`",
                kind="story",
                known=_known(known, "it has no story"),
                suggestion=_suggestion(location, key, known),
            )


class _Names:
    """Looks through one case after the other for names that mean nothing."""

    def __init__(self, workspace: Workspace, file: str) -> None:
        self.workspace = workspace
        self.file = file

    def faults(self, case: StoryCase, story: Story) -> Iterator[Finding]:
        if story.is_realtime:
            yield self._wrong(case, (), f"`{story.name}` is a realtime story: its cases send packets")
            return
        steps = {step.name: step for step in story.every_step()}
        value = case.node.value if isinstance(case.node.value, dict) else {}
        yield from self._script(case, ("steps",), value.get("steps"), steps, story.name)
        yield from self._children(case, story, value.get("stories"))
        yield from self._expected(case, story.name, steps)
        yield from self._impulse(case, story)

    def _impulse(self, case: StoryCase, story: Story) -> Iterator[Finding]:
        trigger = case.trigger
        if trigger is None:
            if case.expect.deliveries is not None:
                yield self._wrong(case, ("expect", "deliveries"), "no impulse starts the run: name one in `trigger`")
            return
        impulse = self.workspace.find(Impulse, trigger.impulse, story.namespace)
        place = ("trigger", "impulse")
        if impulse is None:
            known = sorted(one.name for one in self.workspace.impulses)
            yield self._unknown(case.node, place, trigger.impulse, "impulse", known, is_value=True)
        elif (started := self.workspace.story_of(impulse)) is not None and started is not story:
            yield self._wrong(case, place, f"impulse `{impulse.name}` starts story `{started.name}`")

    def _children(self, case: StoryCase, story: Story, scripts: object) -> Iterator[Finding]:
        for name, script in scripts.items() if isinstance(scripts, dict) else ():
            child = self.workspace.find(Story, name, story.namespace)
            if child is None:
                known = sorted(one.name for one in self.workspace.stories if one.namespace == story.namespace)
                yield self._unknown(case.node, ("stories", name), name, "story", known)
            elif isinstance(script, dict):
                below = {step.name: step for step in child.every_step()}
                yield from self._script(case, ("stories", name, "steps"), script.get("steps"), below, child.name)

    def _expected(self, case: StoryCase, story: str, steps: Mapping[str, Step]) -> Iterator[Finding]:
        listed = (("order", case.expect.order), ("never", case.expect.never))
        names: list[tuple[Path, str]] = [(("expect", "steps", name), name) for name in case.expect.steps]
        names += [(("redrive", "from"), name) for name in case.script.redrives if name]
        names += [(("expect", part, index), name) for part, all_ in listed for index, name in enumerate(all_)]
        for place, name in names:
            if name not in steps:
                yield self._unknown(case.node, place, name, f"step of `{story}`", steps)

    def _script(
        self, case: StoryCase, path: Path, script: object, steps: Mapping[str, Step], story: str
    ) -> Iterator[Finding]:
        for name, entry in script.items() if isinstance(script, dict) else ():
            step = steps.get(name)
            if step is None:
                yield self._unknown(case.node, (*path, name), name, f"step of `{story}`", steps)
                continue
            decided = isinstance(entry, dict) and "gate" in entry
            if decided != (step.type == "gate"):
                says = "is no gate, so nothing is decided there" if decided else "is a gate: write `gate: approved`"
                yield self._wrong(case, (*path, name), f"step `{name}` {says}")
            elif step.ref is None and step.type not in (*SCRIPTED, "gate"):
                yield self._wrong(case, (*path, name), f"a `{step.type}` ends by itself, and no case can say how")

    def _unknown(
        self, root: Node, path: Path, name: str, kind: str, known: Iterable[str], *, is_value: bool = False
    ) -> Finding:
        parent = root.at(path[:-1])
        is_value = is_value or isinstance(path[-1], int) or path[-1] != name
        location = root.at(path).location if is_value else parent.key_location(name)
        return config_rules.UNKNOWN_TARGET.at(
            location,
            Subject("config", self.file),
            anchor=path,
            key=name,
            where=f"`{'.'.join(map(str, path[:-1]))}`",
            kind=kind,
            known=_known(known, "it has none"),
            suggestion=_suggestion(location, name, known),
        )

    def _wrong(self, case: StoryCase, path: Path, problem: str) -> Finding:
        return invalid_value(case.node, path, problem)


def _known(names: Iterable[str], none: str) -> str:
    listed = ", ".join(f"`{name}`" for name in names)
    return f"known are {listed}" if listed else none


def _suggestion(location: Location, name: str, known: Iterable[str]) -> Suggestion | None:
    close = next(iter(difflib.get_close_matches(name, list(known), 1, 0.6)), None)
    return Suggestion(f"did you mean `{close}`?", location, close) if close else None
