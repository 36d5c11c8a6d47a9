"""Results of earlier runs, kept in a folder: an unchanged engram costs nothing in the next run.

What passed is kept; what failed, or could not be run, is always run again. A key holds everything that a result
depends on, so nothing has to be forgotten: what is old is only deleted to make room. Files are JSON; one that cannot be
read, or is of another form, counts as not there.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import validator
from validator import rules
from validator.findings import Json
from validator.sandbox.model import Image, ImageSource
from validator.suite import records
from validator.suite.cases import Case, named_files
from validator.suite.plan import Unit
from validator.suite.replacement import replace_text
from validator.suite.results import CaseResult, Outcome
from validator.suite.scheduler import CaseReport

FORM = 1
"""Of the files; raised when an old one could be misread."""
LARGEST = 256 << 20
"""Bytes of all files together; beyond, those that were not used for the longest time go."""
LARGEST_FILE = 4 << 20
"""Bytes of a result that is kept at all."""
CACHEABLE = frozenset({Outcome.PASSED, Outcome.NOT_CHECKED})
MARK = "cache"
"""The property of a row that was not run this time."""


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of results, with what all results of this run depend on besides."""

    folder: Path
    terms: Mapping[str, Json]
    base: Path
    """Where the files that cases name are looked for."""
    config_text: str = ""
    """The configuration: findings name its lines."""

    def key(self, unit: Unit, image: Image, case: Case) -> str:
        """A name for everything that the result of this case depends on, as it is now."""
        return _digest(
            {
                "terms": dict(self.terms),
                "validator": program(),
                "image": [image.kind, image.digest, image.platform, image.sdk_version],
                "unit": [str(unit.subject), plain(unit.image_location), unit.template.name],
                "template": plain(unit.template.node.value),
                "places": [plain(place) for place in _places(unit)],
                "engram": plain(unit.engram.node.value) if unit.engram is not None else None,
                "case": {
                    field.name: plain(getattr(case, field.name))
                    for field in fields(case)
                    if field.name not in {"node", "defaults"}
                },
                "files": {name: self._contents(name) for name in sorted(set(named_files(case)))},
                "written in": self.config_text if case.node is not None or case.defaults is not None else "",
            }
        )

    def find(self, key: str) -> CaseReport | None:
        """What became of the case of this key the last time, its rows marked; None when it has to be run."""
        loaded = self._load(key)
        try:
            return _marked(_read(loaded)) if loaded else None
        except (KeyError, TypeError, ValueError, AttributeError):
            return None

    def keep(self, key: str, image: Image, case_report: CaseReport) -> None:
        """Keep what became of a case, if it is of the kind that is kept. A full disk costs the result, not the run."""
        if image.kind == "docker" and case_report.results and _is_cacheable(case_report):
            self._save(key, _written(case_report))

    def find_image(self, source: ImageSource) -> Image | None:
        """An image that is pinned by its digest, as it was the last time: then it need not be pulled."""
        loaded = self._load(self._image_key(source)) if _pinned(source) else None
        try:
            return Image(**{**loaded, "source": source, "command": tuple(loaded["command"])}) if loaded else None
        except (KeyError, TypeError, ValueError):
            return None

    def keep_image(self, image: Image) -> None:
        """Keep what is known of a pinned image."""
        if image.kind == "docker" and _pinned(image.source):
            known = {field.name: getattr(image, field.name) for field in fields(image) if field.name != "source"}
            self._save(self._image_key(image.source), {**known, "env": dict(image.env), "command": list(image.command)})

    def tidy(self) -> None:
        """Delete what was not used for the longest time, until the rest is small enough."""
        files = []
        for path in self.folder.glob("*/*"):
            # Also what a run that was killed was just writing.
            if path.suffix not in {".json", ".part"}:
                continue
            with suppress(OSError):
                status = path.stat()
                files.append((status.st_mtime, status.st_size, path))
        left = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if left <= LARGEST:
                break
            with suppress(OSError):
                path.unlink()
            left -= size

    def _contents(self, name: str) -> str:
        with suppress(OSError):
            return hashlib.sha256((self.base / name).read_bytes()).hexdigest()
        return "unreadable"

    def _image_key(self, source: ImageSource) -> str:
        return _digest({"pinned": [source.value, source.digest], "validator": program()})

    def _file(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"

    def _load(self, key: str) -> dict[str, Any] | None:
        file = self._file(key)
        try:
            if file.stat().st_size > LARGEST_FILE:
                return None
            loaded = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return None
        if not isinstance(loaded, dict) or loaded.get("form") != FORM or loaded.get("key") != key:
            return None
        with suppress(OSError):
            os.utime(file)
        document = loaded.get("held")
        return document if isinstance(document, dict) else None

    def _save(self, key: str, document: Mapping[str, Json]) -> None:
        """Put a file in its place at once: others may read or write it at the same time."""
        text = json.dumps({"form": FORM, "key": key, "held": dict(document)})
        file = self._file(key)
        if len(text) > LARGEST_FILE:
            return
        with suppress(OSError):
            replace_text(file, text)


def plain(value: object) -> Json:
    """A value of our vocabulary as JSON, for a key."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value) if field.name != "node"}
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Mapping):
        return {str(key): plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if isinstance(value, bool | int | float | str | None) else str(value)


@cache
def program() -> str:
    """What judges: another version, or another line of our own code, may judge otherwise."""
    package = Path(validator.__file__).parent
    digest = hashlib.sha256(validator.__version__.encode())
    for file in sorted(package.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _digest(value: Json) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _pinned(source: ImageSource) -> bool:
    return source.kind == "image" and bool(source.digest or "@sha256:" in source.value)


def _places(unit: Unit) -> Iterator[object]:
    """Where the parts of the template stand that findings point at: they move when lines above them do."""
    yield unit.template.node.location
    for name in ("configSchema", "inputSchema", "outputSchema", "secretSchema", "image"):
        yield unit.template.node.at(("spec", name)).location


def _is_cacheable(case_report: CaseReport) -> bool:
    return all(result.outcome in CACHEABLE for result in case_report.results) and not any(
        finding.rule.code.startswith("EV9") for finding in case_report.findings
    )


def _marked(case_report: CaseReport) -> CaseReport:
    def marked(result: CaseResult) -> CaseResult:
        return replace(result, properties={**result.properties, MARK: "kept from an earlier run"})

    return replace(case_report, results=tuple(map(marked, case_report.results)))


def _written(case_report: CaseReport) -> dict[str, Json]:
    return {
        "results": [records.case(result) for result in case_report.results],
        "findings": [records.finding(finding) for finding in case_report.findings],
        "unchecked": [records.unchecked(each) for each in case_report.unchecked],
        "outputs": list(case_report.outputs),
        "emitted": case_report.emitted,
    }


def _read(document: Mapping[str, Any]) -> CaseReport:
    reader = records.Reader(rules.catalogue())
    return CaseReport(
        results=records.each(reader.case, document["results"]),
        findings=records.each(reader.finding, document["findings"]),
        unchecked=records.each(reader.unchecked, document["unchecked"]),
        outputs=tuple(document["outputs"]),
        emitted=document["emitted"],
    )
