"""The first configuration and the first workflow of a repository, as a careful person would write them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from validator.findings import Json
from validator.sources.plain import resolve
from validator.suite.survey import FoundEngram, Survey

HOME = "bubu/engram-validate"
VERSION = "v1"
SCHEMA = f"https://raw.githubusercontent.com/{HOME}/{VERSION}/validator/suite/config.schema.json"
DOCS = f"https://github.com/{HOME}/blob/{VERSION}/docs/configuration.md"
LONGEST = 90
"""Characters of a sample that are still read at a glance."""


def config_text(survey: Survey) -> str:
    """The text of engram-validate.yaml; empty where there is nothing that it has to say."""
    if not (survey.engrams or survey.elsewhere):
        return ""
    lines = [
        f"# yaml-language-server: $schema={SCHEMA}",
        "# What engram-validate has to know of this repository. Manifests need no entry: all of them are found.",
        f"# Every key: {DOCS}",
    ]
    if survey.makes_engrams:
        lines += _images(survey.engrams)
        lines += _cases(survey.engrams)
    elif survey.engrams:
        lines += [
            "",
            "# `engram-validate check` looks at manifests and stories alone; `engram-validate` also runs the images of",
            f"# {_listed([_scalar(engram.name) for engram in survey.engrams])}",
        ]
    if survey.elsewhere:
        lines += [
            "",
            "# Manifests of other repositories, which stories here use. Copy or check them out, and name the files:",
            f"# {_listed([' '.join(map(_scalar, what.split(' ', 1))) for what in survey.elsewhere])}",
            "# templates:",
            "#   - catalog/*.yaml",
        ]
    return "\n".join(lines) + "\n"


def workflow_text(survey: Survey, working_directory: str = "") -> str:
    """The text of a workflow that checks every pull request; `working_directory` is where the root is in it."""
    name = workflow_name(survey)
    called = "validate-engram.yml" if survey.makes_engrams else "validate-stories.yml"
    lines = [
        f"name: {name}",
        "on: [pull_request]",
        "permissions:",
        "  contents: read",
        "jobs:",
        f"  {name}:",
        f"    uses: {HOME}/.github/workflows/{called}@{VERSION}",
    ]
    if working_directory:
        lines += ["    with:", f"      working-directory: {_scalar(working_directory)}"]
    return "\n".join(lines) + "\n"


def workflow_name(survey: Survey) -> str:
    """What the workflow and its only job are called."""
    return "contract" if survey.makes_engrams else "stories"


def _images(engrams: Sequence[FoundEngram]) -> Iterator[str]:
    """An entry for each image that is built here; a comment about the others."""
    built = [engram for engram in engrams if engram.recipe]
    pulled = [_scalar(engram.name) for engram in engrams if engram.image and not engram.recipe]
    bare = [engram for engram in engrams if not engram.image and not engram.recipe]
    if pulled:
        yield ""
        yield f"# Run with the image that the EngramTemplate names: {_listed(pulled)}"
        yield f"# Another image for once: engram-validate run --image {pulled[0]}=IMAGE"
    if bare:
        yield ""
        yield "# Neither a Dockerfile nor spec.image was found, so that there is nothing to run for"
        yield f"# {_listed([_scalar(engram.name) for engram in bare])}"
    if built or bare:
        yield ""
        yield "# Which image stands for which EngramTemplate."
        yield "images:" if built else "# images:"
    for engram in built:
        yield from _built(engram)
    if bare:
        yield from _bare(bare[0])


def _built(engram: FoundEngram) -> Iterator[str]:
    recipe = engram.recipe
    assert recipe is not None
    yield f"  {_scalar(engram.name)}:"
    if recipe.plain:
        yield f"    build: {_scalar(recipe.context)}"
    else:
        dockerfile = recipe.dockerfile if recipe.context == "." else _relative(recipe.dockerfile, recipe.context)
        yield "    build:"
        yield f"      context: {_scalar(recipe.context)}"
        if not recipe.usual:
            yield f"      dockerfile: {_scalar(dockerfile)}"
        if recipe.downloads:
            yield "      network: true   # its steps download; without this they have no network"
    if engram.program:
        how = f", after `{engram.made_by}`" if engram.made_by else ""
        yield f"    # process: {_scalar(engram.program)}   # where there is no Docker{how}"


def _bare(engram: FoundEngram) -> Iterator[str]:
    """How an engram comes to an image."""
    yield f"#   {_scalar(engram.name)}:"
    if engram.program:
        how = f"   # after `{engram.made_by}`" if engram.made_by else ""
        yield f"#     process: {_scalar(engram.program)}{how}"
    else:
        yield "#     image: IMAGE   # or `build: FOLDER`, `load: FILE.tar`, `process: PROGRAM`"


def _cases(engrams: Sequence[FoundEngram]) -> Iterator[str]:
    engram = engrams[0] if engrams else None
    if engram is None:
        return
    sample = _sample(engram.sample)
    yield ""
    yield "# Without cases, samples are made from the inputSchema. A case of your own says what has to come out:"
    yield "# cases:"
    yield f"#   {_scalar(engram.name)}:"
    yield "#     - name: the usual"
    if engram.streams:
        yield f"#       send: [{{payload: {sample}}}]"
        yield "#       expect: {packets: [{payload: {type: object}}]}   # a value, or a JSON Schema"
    else:
        yield f"#       inputs: {sample}"
        yield "#       expect: {output: {type: object}}   # a value, or a JSON Schema"


def _sample(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=True) if isinstance(value, dict) else "{}"
    return text if len(text) <= LONGEST else "{}"


def _relative(path: str, folder: str) -> str:
    return path.removeprefix(f"{folder}/")


def _listed(words: Sequence[str], most: int = 5) -> str:
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def _scalar(text: str) -> str:
    """A text as YAML has it: plain where that means the same, else in quotes; on one line always."""
    plain = re.fullmatch(r"[A-Za-z0-9./_][A-Za-z0-9./_@:-]*", text) and not text.endswith(":") and resolve(text) == text
    return text if plain else json.dumps(text)
