"""Which sandbox a run takes: the caller chooses freely, and a configuration only for more isolation."""

from __future__ import annotations

from validator.engine.options import Options
from validator.findings import Finding, Subject
from validator.rules.config import WEAKER_SANDBOX
from validator.suite.config import Config

AUTO, PROCESS = "auto", "process"


def choose(options: Options, config: Config) -> tuple[str, tuple[Finding, ...]]:
    """The kind of sandbox, and what there is to say of the one that the configuration asks for (EV184)."""
    if options.sandbox not in {"", AUTO}:
        return options.sandbox, ()
    if config.sandbox != PROCESS:
        return config.sandbox, ()
    assert config.sandbox_location is not None
    return AUTO, (WEAKER_SANDBOX.at(config.sandbox_location, Subject("config", config.file), anchor=("sandbox",)),)
