"""What a page holds: the details of its findings are packed, and tests look into them as well."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import Any


def details(page: str) -> list[Any]:
    """What the page shows of each finding on demand: lines, texts in full, and the command."""
    found = re.search(r'id="findings-details">([^<]*)<', page)
    return list(json.loads(gzip.decompress(base64.b64decode(found[1])))) if found else []


def index(page: str) -> dict[str, Any]:
    """What the page's script knows of all findings."""
    found = re.search(r'id="findings-index">([^<]*)<', page)
    return dict(json.loads(found[1])) if found else {"findings": []}


def everything(page: str) -> str:
    """The page with its details in words."""
    told = []
    for lines, full, command in details(page):
        told += ["".join(part if isinstance(part, str) else part[0] for part in line) for line in lines]
        told += [f"{name} in full\n{text}" for name, text in full]
        told.append(command)
    return page + "\n".join(told)
