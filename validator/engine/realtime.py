"""Cases of a realtime story, run with the images that stand for its engrams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from validator.engine.examiner import secret_prefix
from validator.engine.isolation import choose
from validator.engine.narrowing import named
from validator.engine.preparation import Prepared
from validator.engine.stories import recordings
from validator.rules import sandbox as sandbox_rules
from validator.sandbox.model import Image, ImageSource, SandboxError, Secret, SourceKind
from validator.sandbox.pulls import Registries
from validator.sandbox.sandbox import Sandbox, open_sandbox
from validator.sources.manifests import Step, Story
from validator.sources.node import Node
from validator.suite import cases as suite_cases
from validator.suite.cases import Defaults, Mode
from validator.suite.config import ImageOverride
from validator.suite.overrides import source
from validator.suite.realtime.cases import Case, CaseError, case
from validator.suite.realtime.pods import OpenPod
from validator.suite.realtime.running import Given, Ran, run_case
from validator.suite.services import services


def cases_of(prepared: Prepared, story: Story, names: Sequence[str] = ()) -> list[Case]:
    """The cases of a realtime story that the configuration has, or those of these names. Raises CaseError."""
    found = []
    for node in nodes_of(prepared, story):
        document = node.value if isinstance(node.value, dict) else {}
        if names and not any(named(str(document.get("name")), name) for name in names):
            continue
        try:
            found.append(case_at(prepared, story, node))
        except CaseError as error:
            raise CaseError(f"{node.location}: {error}") from error
    return found


def nodes_of(prepared: Prepared, story: Story) -> list[Node]:
    """The cases of a realtime story as they are written, by its name or by `NAMESPACE/NAME`."""
    keys = (story.name, f"{story.namespace}/{story.name}")
    return [node for key in keys for node in prepared.config.packet_cases.get(key, ())]


def case_at(prepared: Prepared, story: Story, node: Node) -> Case:
    """A case as it is written there. Raises CaseError."""
    document = node.value if isinstance(node.value, dict) else {}
    steps = [step.name for step in story.steps if step.name]
    return replace(case(document, steps, prepared.config.base), location=node.location)


def run_cases(
    prepared: Prepared, story: Story, cases: Sequence[Case], replay: Path | None = None, record: Path | None = None
) -> Iterator[Ran]:
    """Run cases one after another, with recordings from and to these folders.

    Raises SandboxError where there is no sandbox or no image, CaseError, and UsageError for a recording.
    """
    with case_runner(prepared, [(story, one) for one in cases], replay, record) as runner:
        for one in cases:
            yield runner.run(story, one)


@dataclass(frozen=True, slots=True)
class CaseRunner:
    """Runs cases of realtime stories, in one sandbox."""

    prepared: Prepared
    sandbox: Sandbox | None
    """None where no case needs an image."""
    replay: Path | None = None
    """The folder to take recordings from."""
    record: Path | None = None
    """The folder to keep recordings in."""
    _images: list[tuple[ImageSource, Image]] = field(default_factory=list)

    def run(self, story: Story, case: Case) -> Ran:
        """Run one case. Raises SandboxError where an image is not there, CaseError, and UsageError for a recording."""
        recording = recordings.read(self.replay, story.name, case.name)
        opened: dict[str, OpenPod] = {}
        given: dict[str, Given] = {}
        for step in story.steps:
            wanted = _wanted(self.prepared, story, step, case) if step.name else None
            if wanted is not None and self.sandbox is not None and step.name not in recording:
                image = self._image(self.sandbox, _source(self.prepared, self.sandbox, wanted))
                opened[step.name] = partial(self.sandbox.pod, image, self.prepared.config.limits)
                given[step.name] = _given(self.prepared, story, step)
        records = self.record is not None
        ran = run_case(self.prepared.workspace, story, case, opened, given, recording, records=records)
        if self.record is not None:
            recordings.write(self.record, story.name, ran)
        return ran

    def _image(self, sandbox: Sandbox, wanted: ImageSource) -> Image:
        """The image of a source, which is looked for once."""
        if wanted.kind is SourceKind.PROCESS and sandbox.kind != "process":
            raise SandboxError(sandbox_rules.NEEDS_IMAGE, reference=wanted.value, provenance=wanted.provenance)
        image = next((image for source_, image in self._images if source_ == wanted), None)
        if image is None:
            image = sandbox.resolve(wanted)
            self._images.append((wanted, image))
        return image


@contextmanager
def case_runner(
    prepared: Prepared, wanted: Sequence[tuple[Story, Case]], replay: Path | None = None, record: Path | None = None
) -> Iterator[CaseRunner]:
    """What runs these cases, with a sandbox where an image is needed. Raises SandboxError, and UsageError."""
    if not any(needs_images(prepared, story, case, replay) for story, case in wanted):
        yield CaseRunner(prepared, None, replay, record)
        return
    options = prepared.options
    kind, _ = choose(options, prepared.config)
    with open_sandbox(kind, registries=Registries(options.credentials), unisolated=options.unisolated) as sandbox:
        yield CaseRunner(prepared, sandbox, replay, record)


def needs_images(prepared: Prepared, story: Story, case: Case, replay: Path | None = None) -> bool:
    """Whether an image stands for any step of the case that has no recording. Raises UsageError for a recording."""
    recording = recordings.read(replay, story.name, case.name)
    return any(what == "image" and name not in recording for name, what in stand_ins(prepared, story, case).items())


def _given(prepared: Prepared, story: Story, step: Step) -> Given:
    """The defaults of the engram's own cases: they hold here, too."""
    config, template = prepared.config, prepared.workspace.step_template(story, step)
    keys = _keys(prepared, story, step)
    defaults = next((config.defaults[key] for key in keys if key in config.defaults), Defaults())
    case = defaults.of(suite_cases.Case("story", Mode.STREAMING, step.node.location))
    return Given(
        case.config,
        {
            name: Secret(keys, secret_prefix(template, name) if template is not None else "")
            for name, keys in case.secrets.items()
        },
        case.env,
        services(case, config.base),
    )


def stand_ins(prepared: Prepared, story: Story, case: Case) -> Mapping[str, str]:
    """What stands for each engram: `image`, `mock` or `nothing` (it takes packets and sends none)."""
    return {step.name: _stand_in(prepared, story, step, case) for step in story.steps if step.name and step.ref}


def _stand_in(prepared: Prepared, story: Story, step: Step, case: Case) -> str:
    step_case = case.steps.get(step.name)
    if step_case is not None and step_case.absent:
        return "absent"
    if step_case is not None and step_case.answers is not None:
        return "mock"
    return "image" if _wanted(prepared, story, step, case) is not None else "nothing"


def _wanted(prepared: Prepared, story: Story, step: Step, case: Case) -> ImageOverride | str | None:
    """What names the image of a step, the most specific first; None where a mock or nothing stands for it."""
    step_case = case.steps.get(step.name)
    if step.ref is None or (step_case is not None and (step_case.absent or step_case.answers is not None)):
        return None
    workspace = prepared.workspace
    engram, template = workspace.engram_of(story, step), workspace.step_template(story, step)
    if engram is None or engram.mode == "job":
        return None
    by_key = {override.key: override for override in prepared.config.images}
    override = next((by_key[key] for key in _keys(prepared, story, step) if key in by_key), None)
    if override is not None:
        return override
    return template.image if template is not None and template.image and not template.provided else None


def _keys(prepared: Prepared, story: Story, step: Step) -> list[str]:
    """The names that a configuration may have for the engram of a step, the most specific first."""
    engram, template = prepared.workspace.engram_of(story, step), prepared.workspace.step_template(story, step)
    keys = [f"step/{story.name}/{step.name}"]
    if engram is not None:
        keys.append(f"engram/{engram.namespace}/{engram.name}")
    if template is not None:
        keys += [f"{template.name}@{template.version}", template.name]
    return keys


def _source(prepared: Prepared, sandbox: Sandbox, wanted: ImageOverride | str) -> ImageSource:
    if isinstance(wanted, str):
        return ImageSource(SourceKind.IMAGE, wanted, provenance="spec.image")
    return replace(source(wanted, sandbox.kind, prepared.config.base, ""), buildkit=prepared.config.buildkit)
