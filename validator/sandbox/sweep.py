"""Removes what runs that were killed could not: whatever of theirs is left, where their process is certainly dead."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from validator.sandbox import owner as owners
from validator.sandbox.daemon import Daemon
from validator.sandbox.harness import reaping
from validator.sandbox.owner import Owner

TRIES = 10
"""How often a folder is removed: a harness that was just coming up may still write into it before it learns the end."""


def daemon(found: Daemon, here: Owner) -> list[str]:
    """Remove leftovers that a daemon keeps; their names. Never those of living runs or of another host."""
    return _removed(found, lambda owner: owner.run != here.run and _is_dead(found, owner, here))


def own(found: Daemon, here: Owner) -> list[str]:
    """Remove what this very run still has at its end, as an interrupt may leave it; the names."""
    return _removed(found, lambda owner: owner.run == here.run)


def name(here: Owner) -> str:
    """A new name for a folder or a control group of this run."""
    return f"{here.prefix}{uuid.uuid4().hex[:8]}"


def folders(here: Owner) -> list[Path]:
    """Remove the folders of process pods whose run is dead; their paths."""
    removed = list(_left(Path(tempfile.gettempdir()), here))
    for folder in removed:
        for _ in range(TRIES):
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break
    return removed


def groups(parent: Path, here: Owner) -> list[Path]:
    """End the control groups of process pods whose run is dead, with all that is in them; their paths."""
    return [group for group in _left(parent, here) if reaping.end(group)]


def _left(parent: Path, here: Owner) -> Iterator[Path]:
    for folder in parent.glob(f"{owners.NAMED}*-*-*-*"):
        host, pid, started = folder.name.removeprefix(owners.NAMED).split("-")[:3]
        if pid.isdecimal() and owners.is_dead(Owner("", host, int(pid), started), here):
            yield folder


def _removed(found: Daemon, is_doomed: Callable[[Owner], bool]) -> list[str]:
    """Remove the containers, and then the volumes, whose owner dooms them; their names."""
    from docker.errors import APIError, DockerException

    client = found.client
    removed: list[str] = []
    with contextlib.suppress(DockerException, OSError):
        for container in client.containers(all=True, filters={"label": owners.RUN}):
            owner = owners.from_labels(container.get("Labels") or {})
            if owner is not None and is_doomed(owner):
                # Another run may be sweeping too.
                with contextlib.suppress(APIError):
                    client.remove_container(container["Id"], force=True, v=True)
                    removed.append(str(container["Names"][0] if container.get("Names") else container["Id"]))
        # By name: without labels is what a daemon was making when it died.
        for volume in (client.volumes(filters={"name": owners.NAMED}) or {}).get("Volumes") or []:
            owner = owners.from_labels(volume.get("Labels") or {}) or owners.from_name(volume["Name"])
            if owner is not None and is_doomed(owner):
                with contextlib.suppress(APIError):
                    client.remove_volume(volume["Name"], force=True)
                    removed.append(str(volume["Name"]))
    return removed


def _is_dead(found: Daemon, owner: Owner, here: Owner) -> bool:
    alive = None
    if owner.container and owner.container != here.container:
        alive = _runs(found.client, owner.container)
    return owners.is_dead(owner, here, alive)


def known_to(found: Daemon, here: Owner) -> Owner:
    """The same owner, its container only if this daemon runs it: only then its absence will mean its end."""
    known = bool(here.container) and _runs(found.client, here.container)
    return here if known else replace(here, container="")


def _runs(client: Any, container: str) -> bool | None:
    from docker.errors import DockerException, NotFound

    try:
        return bool(client.inspect_container(container)["State"]["Running"])
    except NotFound:
        return False
    except (DockerException, OSError):
        return None
