"""The way in: choose the strongest sandbox that works here, resolve images in it, open pods, leave nothing behind."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from validator.rules import sandbox as rules
from validator.sandbox import binaries, elf, sweep
from validator.sandbox.daemon import Daemon, connect
from validator.sandbox.docker_errors import fail
from validator.sandbox.harness import reaping
from validator.sandbox.harness_image import HarnessImage
from validator.sandbox.harness_image import find as find_harness_image
from validator.sandbox.model import DEFAULT_LIMITS, Image, ImageSource, Limits, Progress, SandboxError
from validator.sandbox.owner import Owner
from validator.sandbox.owner import current as this_run
from validator.sandbox.pods import Pod, seccomp
from validator.sandbox.pods.cgroups import Cgroups
from validator.sandbox.pods.cgroups import find as find_cgroups
from validator.sandbox.pods.confinement import Confinement
from validator.sandbox.pods.confinement import find as find_confinement
from validator.sandbox.pulls import Registries

if TYPE_CHECKING:
    from validator.sandbox.dind.sandbox import Mover

KINDS = ("auto", "docker", "dind", "process")
CONFINED = "confined by bubblewrap, without CPU limits, and memory is limited by process"
UNCONFINED = "so that engrams can read and reach all that this process can"
UNFILTERED = "system calls are NOT FILTERED"
"""What engrams are not kept from, for the line that says where they ran."""


class Sandbox(Protocol):
    """Something that can run engrams. Threads may share it."""

    @property
    def kind(self) -> str:
        """`docker` or `process`."""

    @property
    def reason(self) -> str:
        """Which sandbox and why, in a line."""

    def resolve(self, source: ImageSource, progress: Progress = ...) -> Image:
        """Get an image here: built, loaded, pulled or found. Raises SandboxError with what to do."""

    def pod(self, image: Image, limits: Limits = DEFAULT_LIMITS) -> contextlib.AbstractContextManager[Pod]:
        """A pod for the cases of one image; everything of it is gone when the block ends."""


def quiet(line: str) -> None:
    """The progress of those who want none."""


@contextlib.contextmanager
def open_sandbox(
    kind: str = "auto",
    progress: Progress = quiet,
    registries: Registries | None = None,
    *,
    unisolated: bool = False,
) -> Iterator[Sandbox]:
    """The sandbox of this kind, or with `auto` the strongest that works.

    First removes what runs that were killed have left. Where nothing can confine an engram, only `unisolated` lets it
    run. Raises SandboxError (EV901, EV902, EV923).
    """
    if kind not in KINDS:
        raise SandboxError(rules.NO_SANDBOX, kind=kind, reason=f"there are {', '.join(KINDS)}")
    owner = this_run()
    sweep.folders(owner)
    with contextlib.ExitStack() as stack:
        missing: list[str] = []  # what is stronger and cannot be had, and why
        if kind != "process":
            outer: Daemon | None = None
            try:
                outer = stack.enter_context(connect())
            except SandboxError as error:
                if kind == "docker":
                    raise
                missing.append(f"no Docker daemon answers at {error.facts['endpoint']} ({error.facts['reason']})")
            else:
                owner = sweep.known_to(outer, owner)
                sweep.daemon(outer, owner)
                stack.callback(sweep.own, outer, owner)
            if outer is not None and kind != "dind":
                yield DockerSandbox(outer, owner, progress, registries)
                return
            if kind == "dind" or _could_nest(owner):
                try:
                    inside = stack.enter_context(_dind(outer, owner, progress, registries))
                except SandboxError as error:
                    if kind == "dind":
                        raise
                    missing.append(f"no daemon of our own can run ({error.facts['reason']})")
                else:
                    yield inside
                    return
        sandbox = _process(missing, owner, unisolated=unisolated)
        stack.callback(sandbox.tidy)
        yield sandbox


def _process(missing: Sequence[str], owner: Owner, *, unisolated: bool) -> ProcessSandbox:
    """Local processes, since stronger sandboxes are `missing`, or since they were asked for.

    Raises SandboxError (EV923) where nothing confines them and that is not `unisolated`.
    """
    confinement, why_not = find_confinement()
    if confinement is None and not unisolated:
        advice = "start a Docker daemon, install bubblewrap" if missing else "install bubblewrap"
        raise SandboxError(rules.UNISOLATED, reason=_all_of((*missing, why_not)), advice=advice)
    how = _how(confinement, why_not)
    cgroups, why_not = find_cgroups(sweep.name(owner))
    if cgroups is None:
        how = f"the number of processes is NOT LIMITED ({why_not}); {how}"
    else:
        sweep.groups(cgroups.parent, owner)
    return ProcessSandbox(confinement, cgroups, f"process: {_all_of(missing) or 'asked for'}; {how}", owner)


def _all_of(reasons: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = reasons or ("",)
    return f"{', '.join(first)} and {last}" if first else last


def _how(confinement: Confinement | None, why_not: str) -> str:
    """What keeps local engrams in, and what does not."""
    if confinement is None:
        return f"running UNISOLATED ({why_not}), {UNCONFINED}"
    return CONFINED if confinement.filter else f"{UNFILTERED} (bubblewrap cannot do it here); {CONFINED}"


def _could_nest(owner: Owner) -> bool:
    """Whether `auto` tries a daemon of our own: where there is none, it gets images only over a network of its own."""
    from validator.sandbox.dind import nested

    return not nested.why_not() and nested.has_own_network(owner)


@contextlib.contextmanager
def _dind(
    outer: Daemon | None, owner: Owner, progress: Progress, registries: Registries | None
) -> Iterator[DockerSandbox]:
    """Containers of a daemon of our own. Raises SandboxError (EV902) with exactly why there can be none."""
    from validator.sandbox.dind.sandbox import Mover, inner_daemon

    with inner_daemon(owner, outer, progress) as (inner, where):
        reason = f"dind: daemon {inner.version}, {where}"
        yield DockerSandbox(inner, owner, progress, registries, Mover(outer, inner, owner), reason)


def _refuse_narrow(image: Image, machine: str) -> None:
    """Refuse programs of 32 bits, whose system calls the filter ends. Raises SandboxError (EV927)."""
    if (machine, *image.platform.split("/")[1:2]) in seccomp.NARROW:
        fail(rules.NARROW, image.source, platform=image.platform, expected=f"linux/{machine}")


class DockerSandbox:
    """Images in containers. The harness's image is found when the first pod opens."""

    kind = "docker"

    def __init__(
        self,
        daemon: Daemon,
        owner: Owner,
        progress: Progress,
        registries: Registries | None = None,
        mover: Mover | None = None,
        reason: str = "",
    ) -> None:
        self.reason = reason or f"docker: daemon {daemon.version} at {daemon.endpoint}"
        if daemon.unfiltered:
            self.reason += f"; {UNFILTERED} ({daemon.unfiltered})"
        self._mover = mover
        self._daemon = daemon
        self._owner = owner
        self._progress = progress
        self._registries = registries
        self._harness_image: HarnessImage | None = None
        self._lock = threading.Lock()

    def resolve(self, source: ImageSource, progress: Progress = quiet) -> Image:
        """An image of the daemon."""
        from validator.sandbox import images

        if self._mover is not None:
            image = self._mover.resolve(source, progress, self._registries)
        else:
            image = images.resolve(self._daemon, source, progress, self._owner, self._registries)
        if not self._daemon.unfiltered:
            _refuse_narrow(image, self._daemon.platform.partition("/")[2])
        return image

    @contextlib.contextmanager
    def pod(self, image: Image, limits: Limits = DEFAULT_LIMITS) -> Iterator[Pod]:
        """A pod of containers."""
        from validator.sandbox.pods.docker import docker_pod

        with self._lock:
            if self._harness_image is None:
                self._harness_image = find_harness_image(self._daemon, self._owner, self._progress)
        with docker_pod(self._daemon, image, self._harness_image, limits, self._owner) as pod:
            yield pod


class ProcessSandbox:
    """Local binaries as processes."""

    kind = "process"

    def __init__(self, confinement: Confinement | None, cgroups: Cgroups | None, reason: str, owner: Owner) -> None:
        self.reason = reason
        self._confinement = confinement
        self._cgroups = cgroups
        self._owner = owner
        self._folders: list[str] = []

    def resolve(self, source: ImageSource, progress: Progress = quiet) -> Image:
        """A local binary."""
        image = binaries.resolve(source)
        if self._confinement and self._confinement.filter:
            _refuse_narrow(image, elf.host_architecture())
        return image

    @contextlib.contextmanager
    def pod(self, image: Image, limits: Limits = DEFAULT_LIMITS) -> Iterator[Pod]:
        """A pod of processes."""
        from validator.sandbox.pods.process import process_pod

        with process_pod(image, limits, self._confinement, self._owner, self._folders, self._cgroups) as pod:
            yield pod

    def tidy(self) -> None:
        """Remove what is left of pods that an interrupt kept from doing so."""
        for folder in self._folders:
            if self._cgroups is not None:
                reaping.end(self._cgroups.parent / Path(folder).name)
            shutil.rmtree(folder, ignore_errors=True)
