"""Cases of a realtime story, run with the images that stand for its engrams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from validator.engine.isolation import choose
from validator.engine.preparation import Prepared
from validator.sandbox.model import Image, ImageSource, SourceKind
from validator.sandbox.pulls import Registries
from validator.sandbox.sandbox import Sandbox, open_sandbox
from validator.sources.manifests import Step, Story
from validator.suite.config import ImageOverride
from validator.suite.overrides import source
from validator.suite.realtime.cases import Case, CaseError, case
from validator.suite.realtime.pods import OpenPod
from validator.suite.realtime.running import Ran, run_case


def cases_of(prepared: Prepared, story: Story, names: Sequence[str] = ()) -> list[Case]:
    """The cases of a realtime story that the configuration has, or those of these names. Raises CaseError."""
    config = prepared.config
    steps = [step.name for step in story.steps if step.name]
    found = []
    for key in (story.name, f"{story.namespace}/{story.name}"):
        for node in config.packet_cases.get(key, ()):
            document = node.value if isinstance(node.value, dict) else {}
            if names and document.get("name") not in names:
                continue
            try:
                read = case(document, steps, config.base)
            except CaseError as error:
                raise CaseError(f"{node.location}: {error}") from error
            found.append(replace(read, location=node.location))
    return found


def run_cases(prepared: Prepared, story: Story, cases: Sequence[Case]) -> Iterator[Ran]:
    """Run cases one after another. Raises SandboxError where there is no sandbox or no image, and CaseError."""
    named = {step.name: step for step in story.steps if step.name}
    if not any(_wanted(prepared, story, step, one) for one in cases for step in named.values()):
        for one in cases:
            yield run_case(prepared.workspace, story, one, {})
        return
    options, config = prepared.options, prepared.config
    kind, _ = choose(options, config)
    with open_sandbox(kind, registries=Registries(options.credentials), unisolated=options.unisolated) as sandbox:
        images: list[tuple[ImageSource, Image]] = []
        for one in cases:
            opened: dict[str, OpenPod] = {}
            for name, step in named.items():
                wanted = _wanted(prepared, story, step, one)
                if wanted is None:
                    continue
                opened[name] = partial(
                    sandbox.pod, _image(sandbox, images, _source(prepared, sandbox, wanted)), config.limits
                )
            yield run_case(prepared.workspace, story, one, opened)


def _image(sandbox: Sandbox, images: list[tuple[ImageSource, Image]], wanted: ImageSource) -> Image:
    """The image of a source, which is looked for once."""
    image = next((image for source_, image in images if source_ == wanted), None)
    if image is None:
        image = sandbox.resolve(wanted)
        images.append((wanted, image))
    return image


def stand_ins(prepared: Prepared, story: Story, case: Case) -> Mapping[str, str]:
    """What stands for each engram: `image`, `mock` or `nothing` (it takes packets and sends none)."""
    return {step.name: _stand_in(prepared, story, step, case) for step in story.steps if step.name and step.ref}


def _stand_in(prepared: Prepared, story: Story, step: Step, case: Case) -> str:
    said = case.steps.get(step.name)
    if said is not None and said.absent:
        return "absent"
    if said is not None and said.answers is not None:
        return "mock"
    return "image" if _wanted(prepared, story, step, case) is not None else "nothing"


def _wanted(prepared: Prepared, story: Story, step: Step, case: Case) -> ImageOverride | str | None:
    """What names the image of a step, the most specific first; None where a mock or nothing stands for it."""
    said = case.steps.get(step.name)
    if step.ref is None or (said is not None and (said.absent or said.answers is not None)):
        return None
    workspace = prepared.workspace
    engram, template = workspace.engram_of(story, step), workspace.step_template(story, step)
    if engram is None or engram.mode == "job":
        return None
    keys = [f"step/{story.name}/{step.name}", f"engram/{engram.namespace}/{engram.name}"]
    if template is not None:
        keys += [f"{template.name}@{template.version}", template.name]
    by_key = {override.key: override for override in prepared.config.images}
    override = next((by_key[key] for key in keys if key in by_key), None)
    if override is not None:
        return override
    return template.image if template is not None and template.image and not template.provided else None


def _source(prepared: Prepared, sandbox: Sandbox, wanted: ImageOverride | str) -> ImageSource:
    if isinstance(wanted, str):
        return ImageSource(SourceKind.IMAGE, wanted, provenance="spec.image")
    return source(wanted, sandbox.kind, prepared.config.base, "")
