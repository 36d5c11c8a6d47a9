"""What a build rests on, looked at before it begins: its Dockerfile, and the images that it is built on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from validator.rules import sandbox as rules
from validator.sandbox import buildkit, dockerfile
from validator.sandbox.credentials import Credentials
from validator.sandbox.daemon import Daemon, explanation
from validator.sandbox.docker_errors import RefusedError, fail, follow
from validator.sandbox.model import ImageSource, Progress
from validator.sandbox.pulls import login_for


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the daemon gets beside the context."""

    arguments: Mapping[str, str]
    """The build arguments, with those that BuildKit sets by itself where the Dockerfile declares them."""
    buildkit: bool = False
    """Whether it needs BuildKit."""


def prepare(daemon: Daemon, source: ImageSource, text: str, progress: Progress) -> Prepared:
    """Look at a build. Raises SandboxError (EV910) for what it must not do, and for what cannot be built here."""
    automatic = platforms(source.platform or daemon.platform, daemon.platform)
    plan = dockerfile.plan(dockerfile.parse(text), source.target, {**automatic, **source.build_args})
    if plan.modern and (reason := _unbuildable(source, plan.modern[0], text)):
        fail(rules.BUILD_FAILED, source, reason=reason)
    found = [(f"line {each.line}, `{each}`,", where) for each, where in plan.fetches]
    for base in plan.bases:
        found += [
            (f"`ONBUILD {trigger}` of the image {base}", where) for trigger, where in _triggers(daemon, base, progress)
        ]
    if found and not source.network:
        what, where = found[0]
        whence = f"fetches {where}" if where else "may fetch anything, as a variable decides"
        fail(
            rules.BUILD_FAILED,
            source,
            reason=f"{what} {whence}, and a build has no network; download it before and COPY it, or give the build a"
            " network (`build: {network: true}` or --build-network)",
        )
    known = {name: value for name, value in automatic.items() if name in plan.arguments}
    return Prepared({**known, **source.build_args}, buildkit=bool(plan.modern))


def _unbuildable(source: ImageSource, line: dockerfile.Instruction, text: str) -> str:
    """Why BuildKit cannot build what the classic builder cannot, and what to do; empty where it can."""
    name = source.template or "NAME"
    needs = f"line {line.line}, `{line}`, needs BuildKit"
    before = (
        f"build it before (`docker buildx build --load --tag {name}:test .`), and name the image: `image: {name}:test`"
        f" or `--image {name}={name}:test`"
    )
    if not source.buildkit:
        return f"{needs}, which has no limit of memory and CPUs; {before}; or let it build anyway (--buildkit)"
    if not buildkit.plugin():
        return f"{needs}, and docker's plugin buildx is not installed here; install it, or {before}"
    if not source.network and (why := dockerfile.foreign(text, source.build_args)):
        return (
            f"{needs}, {why}, and a build has no network; change that, or give it one"
            " (`build: {network: true}` or --build-network)"
        )
    return ""


def platforms(target: str, build: str) -> dict[str, str]:
    """The arguments that BuildKit sets by itself (Dockerfile reference, "Automatic platform ARGs")."""
    values: dict[str, str] = {}
    for name, platform in (("TARGET", target), ("BUILD", build)):
        system, architecture, variant = (*platform.split("/"), "", "")[:3]
        values[f"{name}PLATFORM"] = platform
        values |= {f"{name}OS": system, f"{name}ARCH": architecture, f"{name}VARIANT": variant}
    return values


def _triggers(daemon: Daemon, base: str, progress: Progress) -> Iterator[tuple[str, str]]:
    """What a base image makes the daemon fetch when another is built on it. One that cannot be had fails the build."""
    for trigger in _onbuild(daemon, base, progress):
        for where in dockerfile.fetches(dockerfile.onbuild(trigger), {}):
            yield trigger, where


def _onbuild(daemon: Daemon, base: str, progress: Progress) -> list[str]:
    from docker.errors import APIError, ImageNotFound

    with daemon.at_work(f"looking for {base}"):
        try:
            details: dict[str, Any] = daemon.client.inspect_image(base)
        except ImageNotFound:
            progress(f"pulling {base}")
            login = login_for(daemon, Credentials(), base, progress)
            try:
                follow(daemon.client.pull(base, stream=True, decode=True, auth_config=login), progress)
                details = daemon.client.inspect_image(base)
            except (APIError, RefusedError) as error:
                progress(explanation(error))  # the build says so, too, with the step that needs it
                return []
        except APIError:
            return []  # no reference at all, of which the build tells
    return [str(trigger) for trigger in (details.get("Config") or {}).get("OnBuild") or ()]
