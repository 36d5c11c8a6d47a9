"""What there is to run: each engram of the workspace with its image and its cases. Pure; nothing is started here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from validator.findings import Json, Location, Subject, Unchecked
from validator.sandbox.model import ImageSource, PullPolicy, SourceKind
from validator.sources.manifests import Engram, EngramTemplate
from validator.sources.versions import rank
from validator.sources.workspace import Workspace
from validator.suite import canaries, generation
from validator.suite.cases import CONTRACT, MODES, Case, Defaults, Expectation, Mode
from validator.suite.config import Config, ImageOverride
from validator.suite.overrides import source, unversioned, version_of, versions
from validator.suite.targets import engram_of


@dataclass(frozen=True, slots=True)
class Supply:
    """How images are had, where an override does not say so."""

    pull: PullPolicy = PullPolicy.MISSING
    platform: str = ""
    locked: Mapping[str, str] = field(default_factory=dict)
    """Digests by reference, from engram-validate.lock."""
    seconds: float = 600.0
    """How long a build may take."""
    buildkit: bool = False
    """Whether BuildKit may build, which bounds neither memory nor CPUs."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One engram under test: a template, the image that stands for it, and the cases to run."""

    name: str
    """The template's name, or the key of the override where that is more specific."""
    template: EngramTemplate
    override: ImageOverride | None
    """None when `spec.image` is what there is."""
    cases: tuple[Case, ...]
    engram: Engram | None = None
    unchecked: tuple[Unchecked, ...] = ()
    """Modes that no case could be made for."""
    supply: Supply = field(default_factory=Supply)

    @property
    def subject(self) -> Subject:
        """How reports name it."""
        return Subject("template" if self.engram is None else "engram", self.name)

    @property
    def image_location(self) -> Location:
        """Where the image was chosen."""
        if self.override is not None and self.override.provenance.startswith("images:"):
            return self.override.location
        image = self.template.node.at(("spec", "image"))
        return image.location if self.template.image else self.template.name_location

    def source(self, sandbox: str, base: Path) -> ImageSource:
        """What the sandbox of this kind should run."""
        named = self.override
        if named is not None:
            wanted = source(named, sandbox, base, self.template.name)
            pull = PullPolicy(named.pull) if named.pull else self.supply.pull
            platform = named.platform or self.supply.platform
            supply = self.supply
            wanted = replace(wanted, pull=pull, platform=platform, seconds=supply.seconds, buildkit=supply.buildkit)
        else:
            wanted = ImageSource(
                SourceKind.IMAGE,
                self.template.image,
                template=self.template.name,
                provenance="spec.image",
                pull=self.supply.pull,
                platform=self.supply.platform,
            )
        digest = (
            self.supply.locked.get(wanted.value, "") if wanted.kind is SourceKind.IMAGE and not wanted.digest else ""
        )
        wanted = replace(wanted, user=self.template.run_as_user, writable=self.template.writable_root)
        return replace(wanted, digest=digest, provenance=f"{wanted.provenance}, locked") if digest else wanted


Samples = Callable[[EngramTemplate, Mode, Mapping[str, Json]], tuple[list[Case], str]]
"""From a template, a mode and config to the cases that can be made, and why there are none."""


def units(workspace: Workspace, config: Config, wanted: Sequence[str] = ()) -> Iterator[Unit]:
    """Every engram that has an image: the workspace's templates, then engrams and steps with overrides of their own.

    `wanted` narrows it to templates by name. Templates of other repositories run only when an override names them. An
    override of `NAME@VERSION` is a unit of its own, judged by the template of that version: as many versions are run as
    there are. `NAME` is the newest.
    """
    samples = _remembering()
    yield from _units_of_templates(workspace, config, wanted, samples)
    for override in config.images:
        engram = engram_of(workspace, unversioned(override.key))
        if engram is None:
            continue
        ref = engram.template_ref
        behind = _behind(workspace, config, override, ref.name if ref else "", ref.version if ref else "")
        if behind is not None and (not wanted or behind.name in wanted):
            yield _unit(override.key, behind, override, config, engram, samples)


def _units_of_templates(
    workspace: Workspace, config: Config, wanted: Sequence[str], samples: Samples
) -> Iterator[Unit]:
    by_key = {override.key: override for override in config.images}  # of several for one key the last
    by_version = versions(config.images)
    for name in dict.fromkeys(template.name for template in workspace.templates):
        if wanted and name not in wanted:
            continue
        override = by_key.get(name)
        overrides = [override] if override is not None else []
        for one in (*overrides, *by_version.get(name, ())):
            template = _behind(workspace, config, one, name)
            if template is not None:
                yield _unit(one.key, template, one, config, None, samples)
        if not overrides and name not in by_version:
            for key, template in _with_own_images(workspace, name):
                yield _unit(key, template, None, config, None, samples)


def _behind(
    workspace: Workspace, config: Config, override: ImageOverride, name: str, version: str = ""
) -> EngramTemplate | None:
    """The template that an image is judged by: the one it was built with, else that of the version it is named for."""
    return _built_with(workspace, config, override) or workspace.template(name, version_of(override.key) or version)


def _with_own_images(workspace: Workspace, name: str) -> Iterator[tuple[str, EngramTemplate]]:
    """The templates of a name whose `spec.image` is run, each with the unit's name; every version of several."""
    own = {one.version: one for one in reversed(workspace.templates) if one.name == name and not one.provided}
    with_image = sorted((one for one in own.values() if one.image), key=lambda template: rank(template.version))
    for template in with_image:
        yield (name if len(own) == 1 or not template.version else f"{name}@{template.version}"), template


def _built_with(workspace: Workspace, config: Config, override: ImageOverride) -> EngramTemplate | None:
    """The template that an override says its image was built with (contract/hub.md, Images)."""
    if not override.template:
        return None
    file = Path(os.path.relpath(config.base / override.template, workspace.root)).as_posix()
    return next((template for template in workspace.templates if template.file == file), None)


def _remembering() -> Samples:
    """Makes samples, and those of a template once for all of its versions."""
    by_template: dict[tuple[int, Mode], tuple[list[Case], str]] = {}

    def samples(template: EngramTemplate, mode: Mode, settings: Mapping[str, Json]) -> tuple[list[Case], str]:
        if settings:
            return generation.cases(template, mode, settings)
        key = id(template), mode
        if key not in by_template:
            by_template[key] = generation.cases(template, mode, settings)
        return by_template[key]

    return samples


def _unit(
    name: str,
    template: EngramTemplate,
    override: ImageOverride | None,
    config: Config,
    engram: Engram | None,
    samples: Samples,
) -> Unit:
    keys = dict.fromkeys((name, unversioned(name), *([template.name] if engram is not None else [])))
    written = next((config.cases[key] for key in keys if config.cases.get(key)), ())
    defaults = next((config.defaults[key] for key in keys if key in config.defaults), Defaults())
    given = settings(engram)
    modes = _modes(template, engram)
    cases: list[Case] = []
    unchecked: list[Unchecked] = []
    for mode in modes:
        of_mode = [replace(case, config={**given, **case.config}) for case in written if case.mode is mode]
        if of_mode:
            cases += of_mode
            continue
        generated, reason = samples(template, mode, given)
        cases += map(defaults.of, generated)
        if reason:
            unchecked.append(
                Unchecked(f"{mode} mode of {name}", reason, Subject("template", template.name), template.name_location)
            )
    cases += [case for case in written if case.mode not in modes]
    cases += [*_contract(cases), *canaries.cases(cases)]
    supply = Supply(PullPolicy(config.pull), config.platform, config.locked, buildkit=config.buildkit)
    return Unit(name, template, override, tuple(cases), engram, tuple(unchecked), supply)


def settings(engram: Engram | None) -> Mapping[str, Json]:
    """The config that an Engram gives (`spec.with`); empty where there is none."""
    node = engram.with_ if engram is not None else None
    return node.value if node is not None and isinstance(node.value, dict) else {}


def _contract(cases: Sequence[Case]) -> list[Case]:
    """The case that tries the rows of the streaming contract, with a packet that the engram is known to take."""
    sample = next((case for case in cases if case.mode is Mode.STREAMING and (case.send or case.sessions)), None)
    if sample is None:
        return []
    send = (sample.send or sample.sessions[0])[:1]
    return [replace(sample, name=CONTRACT, contract=True, send=send, sessions=(), expect=Expectation())]


def _modes(template: EngramTemplate, engram: Engram | None) -> tuple[Mode, ...]:
    """What is tried: the engram's own mode, else every mode that the template claims; a job when it claims none."""
    names = (engram.mode,) if engram is not None else template.supported_modes or ("job",)
    return tuple(dict.fromkeys(MODES[name] for name in names if name in MODES))
