"""The `USER` of an image that a pod without root may not start with (EV931).

The sandbox runs an engram as the user that its template asks for, else as one of its own, as the controller does: what
the image says is not heeded. A kubelet heeds it only where nobody else names a user, and starts no `runAsNonRoot`
container whose user is root or a name (docs/sandboxes.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from validator.findings import Finding
from validator.rules.sandbox import IMAGE_USER
from validator.sandbox.model import Image
from validator.suite.plan import Unit

ROOT = re.compile(r"root|0*")
NUMBER = re.compile(r"[0-9]{1,10}")
"""A user as a kubelet reads one; of thousands of digits Python makes no number at all."""


def findings(unit: Unit, image: Image) -> Iterator[Finding]:
    """That the user of an image is root or a name, and nobody else's word counts."""
    if image.kind != "docker" or image.source.user:
        return
    user = image.user.partition(":")[0]
    root = ROOT.fullmatch(user)
    if NUMBER.fullmatch(user) and not root:
        return
    shown = "is root" if root else f"is the name {user!r}"
    yield IMAGE_USER.at(
        unit.image_location, unit.subject, anchor=("user",), evidence={"USER": image.user}, reference=image.reference,
        user=shown,
    )  # fmt: skip
