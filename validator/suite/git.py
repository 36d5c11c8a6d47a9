"""Asking git about a checkout that nobody vouches for: none of it is run, nothing changes, and nobody is waited for."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

SECONDS = 120.0
"""The longest that git may take for one answer, when nobody says."""
# A checkout that another user made is common in containers, and without its own monitor reading it runs nothing of it.
_SAFELY = ("--no-pager", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false")
# Locks are for those who change something; a prompt would wait for nobody.
_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


class GitError(Exception):
    """Git cannot tell. The text is what it says, or why it says nothing."""


def ask(root: Path, *arguments: str, seconds: float = SECONDS) -> bytes:
    """What `git <arguments>` prints in a folder. Raises GitError."""
    command = ["git", "-C", str(root), *_SAFELY, *arguments]
    try:
        result = subprocess.run(
            command, env=os.environ | _ENVIRONMENT, capture_output=True, timeout=seconds, check=False
        )
    except FileNotFoundError as error:
        raise GitError("there is no command `git` here") from error
    except OSError as error:
        raise GitError(f"git cannot be started: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise GitError(f"git did not answer within {seconds:g} s") from error
    if result.returncode:
        raise GitError(result.stderr.decode(errors="replace").strip())
    return result.stdout
