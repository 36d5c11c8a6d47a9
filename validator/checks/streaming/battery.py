"""All rows of the contract, as the modules of `probes` have them: each after those that it needs."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from validator.checks.streaming import probes
from validator.checks.streaming.probe import Probe
from validator.checks.streaming.sample import Sample
from validator.sandbox.stream_model import StreamCase


def _found() -> Mapping[str, Probe]:
    modules = sorted(module.name for module in pkgutil.iter_modules(probes.__path__))
    every = [probe for name in modules for probe in importlib.import_module(f"{probes.__name__}.{name}").PROBES]
    by_name = {probe.name: probe for probe in every}
    found: dict[str, Probe] = {}

    def add(probe: Probe) -> None:
        for needed in sorted(probe.needs):
            add(by_name[needed])
        found.setdefault(probe.name, probe)

    for probe in every:
        add(probe)
    return found


PROBES = _found()
"""By name."""


def cases(sample: Sample) -> tuple[StreamCase, ...]:
    """Every row, in the order in which a person would try them."""
    return tuple(probe.script(sample) for probe in PROBES.values())
