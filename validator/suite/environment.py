"""Which variables of the environment a configuration may hand to an engram, as `${{ env.NAME }}`.

The configuration comes with the pull request; whoever calls the validator says what it may have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from validator.findings import Finding
from validator.sources.node import Node
from validator.suite.config_mistakes import invalid_value, written_cases

VARIABLE = "ENGRAM_VALIDATE_ALLOW_ENV"
"""Names for whoever gives no `--allow-env`, with spaces or commas between them; empty for none at all."""
PLACEHOLDER = re.compile(r"\$\{\{((?:(?!\$\{\{).)*?)\}\}")
"""None begins in another: else a text of beginnings alone would be read to its end from each of them."""
_NEVER = ("ACTIONS_", "RUNNER_", "INPUT_", "GITHUB_", "ENGRAM_VALIDATE_")
"""How variables of the workflow's own machinery begin: some are tokens, and none is an engram's business."""
_CREDENTIAL = re.compile(
    r"TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE|COOKIE|SESSION|(?:^|_)(?:PAT|KEY|KEYS|AUTH|JWT|PWD)(?:_|$)"
    r"|APIKEY|^(?:AWS|AZURE|ARM|GOOGLE|GCP|CLOUDSDK|DOCKER|REGISTRY|SSH|NPM|TWINE|CI|KUBE|VAULT|OP)_",
    re.IGNORECASE,
)
_SPLIT = re.compile(r"[\s,]+")


def is_machinery(name: str) -> bool:
    """Whether a variable belongs to the workflow and is never handed over. Names are compared as Windows does."""
    return name.upper().startswith(_NEVER)


def is_credential(name: str) -> bool:
    """Whether a variable looks by its name like somebody's credential."""
    return _CREDENTIAL.search(name) is not None


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a configuration may have of the environment."""

    variables: Mapping[str, str] = field(repr=False)
    """By name; empty where one is set and may not be had."""
    names: frozenset[str] | None = None
    """The variables that the caller has allowed; None where no list was given: then any but credentials."""

    @classmethod
    def of(cls, environ: Mapping[str, str], options: Iterable[str]) -> Allowance:
        """What the options allow, else what the environment allows.

        Raises ValueError for a variable of the workflow's own, which nobody can allow.
        """
        written = VARIABLE in environ
        names = [*options] or [name for name in _SPLIT.split(environ.get(VARIABLE, "")) if name]
        for name in names:
            if is_machinery(name):
                raise ValueError(
                    f"--allow-env {name}: variables of the workflow itself are never handed to an engram; "
                    "give it the value under a name of your own"
                )
        allowed = frozenset(names) if names or written else None
        visible = {name for name in environ if (name in allowed if allowed is not None else not is_credential(name))}
        return cls({name: value if name in visible else "" for name, value in environ.items()}, allowed)

    def fault(self, name: str) -> str:
        """Why a variable is not handed over; empty when it is. One that is not set has nothing to be told."""
        if is_machinery(name):
            return f"`{name}` belongs to the workflow that runs the check, and is never handed to an engram"
        if name not in self.variables or name in (self.names or ()):
            return ""
        if self.names is None and not is_credential(name):
            return ""
        reason = "is not allowed" if self.names is not None else "looks like a credential"
        return f"`{name}` {reason}; if an engram under test may have its value, say so with `--allow-env {name}`"

    def value(self, name: str) -> str:
        """The value of a variable; empty for one that is not set or not handed over."""
        return "" if self.fault(name) else self.variables.get(name, "")


def variables(text: str) -> Iterator[str]:
    """The variables that a text takes its value from (`${{ env.NAME }}`)."""
    for match in PLACEHOLDER.finditer(text):
        source = match[1].strip()
        if source.startswith("env."):
            yield source.removeprefix("env.")


def faults(node: Node, allowance: Allowance) -> Iterator[Finding]:
    """Every secret of a case that names a variable that it may not have."""
    for path, text in _secrets(node.value):
        for name in variables(text):
            if reason := allowance.fault(name):
                yield invalid_value(node, path, reason)


def _secrets(value: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for place, case in written_cases(value):
        secrets = case.get("secrets")
        for name, keys in secrets.items() if isinstance(secrets, dict) else ():
            for word, text in keys.items() if isinstance(keys, dict) else ():
                if isinstance(text, str):
                    yield (*place, "secrets", name, word), text
