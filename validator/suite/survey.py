"""What a repository holds that a configuration has to speak of: engrams, how their images come about, stories."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from validator.findings import Json
from validator.sources.manifests import EngramTemplate
from validator.sources.workspace import Workspace, load

BUILD_FOLDERS = ("build", "docker")
"""Folders that hold a Dockerfile apart from what it copies."""
DOCKERFILES = ("Dockerfile", "Containerfile", *(f"{folder}/Dockerfile" for folder in BUILD_FOLDERS))
_DOWNLOADS = re.compile(
    r"^\s*RUN\b.*\b(apk|apt|apt-get|bun|bundle|cargo|composer|conda|curl|dnf|dotnet|gem|git|go|gradle|gradlew|microdnf|mvn|mvnw|"
    r"npm|npx|pip|pip3|pipenv|pnpm|poetry|uv|wget|yarn|yum)\b",
    re.MULTILINE | re.IGNORECASE,
)
"""Steps of a Dockerfile that reach for the network."""
_GO_MAIN = re.compile(r"^package main\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How `docker build` makes an image; paths are relative to the root."""

    context: str
    dockerfile: str
    downloads: bool = False
    """Whether its steps plainly fetch something: a build has a network only if that is asked for."""

    @property
    def plain(self) -> bool:
        """Whether the context says it all."""
        return not self.downloads and self.usual

    @property
    def usual(self) -> bool:
        """Whether the Dockerfile is where `docker build` looks for it."""
        return self.dockerfile == (Path(self.context) / "Dockerfile").as_posix()


@dataclass(frozen=True, slots=True)
class FoundEngram:
    """One EngramTemplate of the repository."""

    name: str
    file: str
    image: str = ""
    """`spec.image`."""
    recipe: Recipe | None = None
    program: str = ""
    """What could run as a local process."""
    made_by: str = ""
    """The command that makes the program; empty where it is there."""
    streams: bool = False
    sample: Json = None
    """The least that its inputSchema asks for; None when there is no sample."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found."""

    root: Path
    engrams: tuple[FoundEngram, ...] = ()
    stories: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    """Kind and name of what is referred to and comes from other repositories."""

    @property
    def makes_engrams(self) -> bool:
        """Whether images are made here, rather than stories written for engrams of others."""
        has_sources = any(engram.recipe or engram.program for engram in self.engrams)
        return has_sources or (bool(self.engrams) and not self.stories)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to check."""
        return not (self.engrams or self.stories)


def survey(root: Path) -> Survey:
    """Look through a repository. What cannot be read is left out: a run tells of it."""
    root = root.resolve()
    workspace = load(root)
    names = sorted({template.name for template in workspace.templates if template.name})
    templates = [template for name in names if (template := workspace.template(name)) is not None]
    return Survey(
        root,
        _undisputed([_engram(root, template) for template in templates]),
        tuple(story.name for story in workspace.stories),
        tuple(sorted(set(_elsewhere(workspace)))),
    )


def _elsewhere(workspace: Workspace) -> Iterator[str]:
    for engram in workspace.engrams:
        if workspace.template_of(engram) is None and engram.template_ref and engram.template_ref.name:
            yield f"EngramTemplate {engram.template_ref.name}"
    for story in workspace.stories:
        for step in story.every_step():
            if step.ref is not None and step.ref.name and workspace.engram_of(story, step) is None:
                yield f"Engram {step.ref.name}"


def _engram(root: Path, template: EngramTemplate) -> FoundEngram:
    from validator.schemas.samples import minimal

    folder = (root / template.file).parent
    schema = template.input_schema
    sample = minimal(schema.value) if schema is not None and isinstance(schema.value, dict) else {}
    dockerfile = _dockerfile(root, folder)
    source = dockerfile.parent if dockerfile is not None else folder
    program, made_by = _program(root, source, template.name)
    return FoundEngram(
        name=template.name,
        file=template.file,
        image=template.image,
        recipe=_recipe(root, dockerfile) if dockerfile is not None else None,
        program=program,
        made_by=made_by,
        streams=bool(template.supported_modes) and "job" not in template.supported_modes,
        sample=sample,
    )


def _undisputed(engrams: list[FoundEngram]) -> tuple[FoundEngram, ...]:
    """The engrams without what is only guessed: a Dockerfile further up that several would share is of none of them."""
    claims = Counter(engram.recipe.dockerfile for engram in engrams if engram.recipe)
    return tuple(
        replace(engram, recipe=None, program="", made_by="")
        if engram.recipe
        and claims[engram.recipe.dockerfile] > 1
        and Path(engram.file).parent != Path(engram.recipe.dockerfile).parent
        else engram
        for engram in engrams
    )


def _dockerfile(root: Path, folder: Path) -> Path | None:
    """The nearest Dockerfile: beside the template, else further up to the root."""
    while folder.is_relative_to(root):
        for name in DOCKERFILES:
            if (folder / name).is_file():
                return folder / name
        folder = folder.parent
    return None


def _recipe(root: Path, dockerfile: Path) -> Recipe:
    """The context is the nearest folder, from the Dockerfile's upwards, that has everything that it copies."""
    copied = list(_copied(dockerfile))
    own = dockerfile.parent.parent if dockerfile.parent.name in BUILD_FOLDERS else dockerfile.parent
    context = own if own.is_relative_to(root) else dockerfile.parent
    usual = context
    while not all(any(context.glob(path)) if path not in {".", ""} else True for path in copied):
        if context == root:
            context = usual
            break
        context = context.parent
    downloads = bool(_DOWNLOADS.search(_text(dockerfile).replace("\\\n", " ")))
    return Recipe(_below(root, context), _below(root, dockerfile), downloads)


def _copied(dockerfile: Path) -> Iterator[str]:
    """The paths that COPY and ADD take from the context; those that hold variables or are elsewhere left out."""
    text = _text(dockerfile).replace("\\\n", " ")
    for match in re.finditer(r"^[^\S\n]*(?:COPY|ADD)\s+(.*)$", text, re.MULTILINE | re.IGNORECASE):
        words = match[1].split()
        if match[1].lstrip().startswith("["):
            try:
                words = [str(word) for word in json.loads(match[1])]
            except ValueError:
                continue
        if any(word.startswith("--from") for word in words):
            continue
        for word in [word for word in words if not word.startswith("--")][:-1]:
            path = word.strip("/").removeprefix("./")
            if not re.search(r"[$<]|://|\.\.", path):
                yield path


def _program(root: Path, folder: Path, name: str) -> tuple[str, str]:
    """A program that could stand for the image, and the command that makes it where it is not there yet."""
    places = [folder, folder / "cmd" / name, folder / "cmd"]
    for place in places:
        if any(_GO_MAIN.search(_text(file)) for file in sorted(place.glob("*.go")) if not file.stem.endswith("_test")):
            program = f"./bin/{name}"
            package = _below(root, place)
            return program, f"go build -o {program[2:]} {'.' if package == '.' else f'./{package}'}"
    for file in sorted(folder.glob("*.py")):
        if _text(file).startswith("#!") and file.stat().st_mode & 0o111:
            return f"./{_below(root, file)}", ""
    return "", ""


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")[:1_000_000] if file.is_file() else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _below(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()
