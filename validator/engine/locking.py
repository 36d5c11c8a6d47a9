"""Which images the registries have now, for the lock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from validator.engine.options import Options, UsageError
from validator.engine.preparation import prepare
from validator.engine.sharing import every_unit
from validator.sandbox.model import ImageSource, Progress, PullPolicy, SandboxError, SourceKind
from validator.sandbox.pulls import Registries
from validator.sandbox.sandbox import open_sandbox, quiet
from validator.suite import lock
from validator.suite.plan import Unit


@dataclass(frozen=True, slots=True)
class Locked:
    """What became of the lock."""

    images: dict[str, str]
    """Digests by reference."""
    changes: tuple[str, ...]
    """A sentence each."""
    problems: tuple[str, ...] = ()
    """Images that could not be had; what the lock says of them stays."""


def locked(options: Options, progress: Progress = quiet) -> Locked:
    """Ask the registries for every image that a run would take from one, and write the lock.

    Raises UsageError when it cannot be written, SandboxError (EV901) when there is no daemon.
    """
    prepared = prepare(options)
    config = prepared.config
    before = dict(config.locked)
    found: dict[str, str] = {}
    problems: list[str] = []
    units = every_unit(replace(prepared, config=replace(config, locked={})))
    policy = PullPolicy(options.pull) if options.pull else PullPolicy.ALWAYS
    with open_sandbox("docker", registries=Registries(options.credentials)) as sandbox:
        for reference, source in _references(units, config.base).items():
            try:
                image = sandbox.resolve(replace(source, pull=policy), progress)
            except SandboxError as error:
                problems.append(error.message)
                found |= {reference: before[reference]} if reference in before else {}
                continue
            if image.digest == image.id:
                problems.append(f"{reference} is only here, in no registry: nothing is locked for it")
            else:
                found[reference] = image.digest
    try:
        (config.base / lock.NAME).write_text(lock.render(found), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{lock.NAME} cannot be written: {error.strerror}") from error
    return Locked(found, tuple(_changes(before, found)), tuple(problems))


def _references(units: Iterable[Unit], base: Path) -> dict[str, ImageSource]:
    """The sources by what they name in a registry, pinned ones left out: their digest stands in the configuration."""
    found: dict[str, ImageSource] = {}
    for unit in units:
        source = unit.source("docker", base)
        if source.kind is SourceKind.IMAGE and not source.digest and "@" not in source.value:
            found.setdefault(source.value, source)
    return found


def _changes(before: dict[str, str], after: dict[str, str]) -> Iterable[str]:
    for reference in sorted({*before, *after}):
        old, new = before.get(reference), after.get(reference)
        if old is None:
            yield f"{reference} is {new}"
        elif new is None:
            yield f"{reference} is not used any more"
        elif old != new:
            yield f"{reference} was {old}, and is {new} now"
