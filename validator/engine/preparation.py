"""What a run begins with: the configuration, and the manifests as it and the arguments name them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from validator.engine.options import Options, UsageError
from validator.findings import Finding, Severity, Subject, Unchecked
from validator.rules import names
from validator.sources.discovery import SKIPPED, SUFFIXES
from validator.sources.files import load_file
from validator.sources.limits import Limits
from validator.sources.manifests import KINDS
from validator.sources.workspace import Workspace, load
from validator.suite import config as configuration
from validator.suite import lock
from validator.suite.config import Config
from validator.suite.config_mistakes import repeated_keys
from validator.suite.enclosure import Enclosure
from validator.suite.story_targets import unknown_stories
from validator.suite.targets import unknown_targets
from validator.suite.undeclared_values import undeclared_values


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that was read, before anything is checked."""

    options: Options
    config: Config
    workspace: Workspace
    unreadable: tuple[Finding, ...] = ()
    """What is wrong with the configuration, and what could not be read: exit status 2, with the rest still checked."""
    doubts: tuple[Finding, ...] = ()
    """What cases give an engram that may be a slip: it does not keep them from being run."""
    baseline: Path | None = None
    """Where old findings stand, or are to stand."""


def prepare(options: Options) -> Prepared:
    """Read the configuration and the manifests. Raises UsageError when a file that was named is not there."""
    options = replace(options, root=options.root.resolve())
    config, mistakes = _configured(options)
    baseline = _baseline(options, config)
    workspace = load(
        options.root,
        manifests=[*options.paths, *options.manifests] or ([] if options.given else _from(config, config.manifests)),
        templates=[*options.templates, *_from(config, [*config.templates, *_built_with(config)])],
        given=options.given,
    )
    narrowed = bool(options.paths or options.manifests or options.given)
    given = tuple(undeclared_values(workspace, config))
    refused = (finding for finding in given if finding.severity is Severity.ERROR)
    targets = (
        *unknown_targets(workspace, config, narrowed=narrowed),
        *unknown_stories(workspace, config, narrowed=narrowed),
    )
    unreadable = (*mistakes, *targets, *refused, *workspace.problems)
    if not unreadable:
        _check_templates(options.wanted, [template.name for template in workspace.templates])
    doubts = tuple(finding for finding in given if finding.severity is not Severity.ERROR)
    return Prepared(options, config, workspace, unreadable, doubts, baseline)


def nothing_found(prepared: Prepared) -> Unchecked:
    """What was looked for and where, when there was nothing."""
    options, config = prepared.options, prepared.config
    patterns = [*options.given, *options.paths, *options.manifests] or list(config.manifests)
    folder = prepared.workspace.root.as_posix()
    what = f"{', '.join(patterns)} in {folder}" if patterns else f"all of {folder}"
    endings, aside = ", ".join(f"*{suffix}" for suffix in SUFFIXES), ", ".join(sorted(SKIPPED))
    reason = (
        f"no manifests found (kinds {', '.join(KINDS)}) in files named {endings}; "
        f"folders not searched: those whose name begins with a dot, {aside}"
    )
    return Unchecked(what, reason, Subject("workspace", options.root.name))


def _check_templates(wanted: Sequence[str], known: Sequence[str]) -> None:
    """Raises UsageError for a template that is not there: to run nothing and pass would be a surprise."""
    for name in wanted:
        if name not in known:
            guess = names.nearest(name, known)
            hint = f"did you mean `{guess}`?" if guess else f"there are {names.listed(set(known))}"
            raise UsageError(f"--template: there is no EngramTemplate `{name}` here; {hint}")


def _configured(options: Options) -> tuple[Config, tuple[Finding, ...]]:
    """The configuration that was named, else the one in the root, else none."""
    names = [options.config] if options.config else configuration.NAMES
    path = next((options.root / name for name in names if (options.root / name).exists()), None)
    if path is not None and path.is_dir():
        raise UsageError(f"the configuration {path.name or path} is a folder, and a file is expected")
    if path is None:
        if options.config:
            raise UsageError(f"there is no configuration file {options.config}")
        return _as_asked(Config(base=options.root), options), ()
    if not options.config and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(options.root)):
        raise UsageError(f"{path.name} is a link that leads out of the repository; name the file with --config")
    shown = path.relative_to(options.root).as_posix() if path.is_relative_to(options.root) else path.as_posix()
    loaded = load_file(path, shown, Limits(), named=True)
    if loaded is None or not loaded.documents:
        return _as_asked(Config(base=path.parent), options), loaded.problems if loaded is not None else ()
    document, *others = loaded.documents
    if others:
        raise UsageError(f"{shown} holds {len(loaded.documents)} documents, and one is expected: remove the `---`")
    config, mistakes = configuration.parse(document.root, path.parent, options.environment, options.root)
    wrong = (*loaded.problems, *repeated_keys(document), *mistakes)
    return _as_asked(config, options), wrong


def _as_asked(config: Config, options: Options) -> Config:
    """The configuration with what the arguments and the lock say about images."""
    named = [
        replace(image, build=replace(image.build, network=True)) if image.build and options.build_network else image
        for image in options.images
    ]
    if reason := Enclosure.around(config.base, options.root).fault(lock.NAME):
        raise UsageError(reason)
    try:
        locked = lock.read(config.base)
    except (lock.InvalidLock, OSError) as error:
        raise UsageError(str(error)) from error
    return replace(
        config,
        locked=locked,
        images=(*config.images, *named),
        pull=options.pull or config.pull,
        platform=options.platform or config.platform,
        buildkit=options.buildkit,
    )


def _baseline(options: Options, config: Config) -> Path | None:
    """The baseline's path: the argument's, below the root, else the configuration's, beside it.

    Raises UsageError where one is needed and there is none: that all findings are new would be a surprise.
    """
    path = options.root / options.baseline if options.baseline else None
    if path is None and config.baseline:
        path = config.base / config.baseline
    if path is None and options.update_baseline:
        raise UsageError("--update-baseline needs --baseline FILE, or `baseline:` in the configuration")
    if path is not None and not options.update_baseline and not path.is_file():
        shown = options.baseline or config.baseline
        raise UsageError(f"there is no baseline {shown}; --update-baseline writes one with all present findings")
    return path


def _built_with(config: Config) -> list[str]:
    """The templates that overrides name for their images."""
    return [override.template for override in config.images if override.template]


def _from(config: Config, patterns: Sequence[str]) -> list[str]:
    return [str(config.base / pattern) for pattern in patterns]
