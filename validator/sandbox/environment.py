"""The environment of an engram, exactly as the controller would fill it (contract/runtime.md 1.2, 1.7, 2.2, 4)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from validator.findings import Json
from validator.rules import sandbox as rules
from validator.sandbox.model import BatchCase, Identity, SandboxError, Secret

VARIABLE_LIMIT = 131_071
"""Bytes of one `NAME=value` (Linux MAX_ARG_STRLEN)."""
TRIGGER = "BUBU_TRIGGER_DATA"
STEP_MARGIN = 0.8
"""The share of the kill timer that the engram's own timeout gets, so that it can still report."""


def batch(case: BatchCase, *, steprun: str, home: str, storage: str = "", inputs: Any = None) -> dict[str, str]:
    """The environment of a batch run.

    `storage` is the folder for files, empty for none; `inputs` replaces the case's (references to storage).
    Raises SandboxError (EV916) when a variable is larger than Linux allows.
    """
    step_timeout = case.step_timeout if case.step_timeout is not None else max(1.0, case.timeout * STEP_MARGIN)
    env = {
        **common(case.identity, config=case.config, context=case.context, secrets=case.secrets, home=home),
        "BUBU_EXECUTION_MODE": case.mode,
        "BUBU_STEPRUN_NAME": steprun,
        "BUBU_STEPRUN_NAMESPACE": case.identity.namespace,
        TRIGGER: compact(case.inputs if inputs is None else inputs),
        "BUBU_STEP_TIMEOUT": duration(step_timeout),
        "BUBU_MAX_INLINE_SIZE": str(case.max_inline),
    }
    env |= _stored(storage)
    if case.skip_input_templating:
        env["BUBU_SKIP_INPUT_TEMPLATING"] = "true"
    return checked({**env, **case.env})


def realtime(
    identity: Identity,
    *,
    binding: Mapping[str, Json],
    config: Mapping[str, Json],
    context: Mapping[str, Json],
    secrets: Mapping[str, Secret],
    home: str,
    story_inputs: Mapping[str, Json] | None = None,
    steprun: str = "",
    storage: str = "",
    extra: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The environment of a streaming run: `binding` is the envelope of contract/runtime.md 2.3.

    Without a `steprun`, signals are silent. Raises SandboxError (EV916) when a variable is too large.
    """
    env = {
        **common(identity, config=config, context=context, secrets=secrets, home=home),
        "BUBU_EXECUTION_MODE": "realtime",
        "BUBU_TRANSPORT_BINDING": compact(binding),
        TRIGGER: compact(story_inputs or {}),
        # The first session error becomes a crisp exit whose last line says why (runtime.md 2.9).
        "BUBU_GRPC_RECONNECT_MAX_RETRIES": "0",
        "BUBU_GRPC_DIAL_TIMEOUT": "10s",
        "BUBU_GRPC_MESSAGE_TIMEOUT": "30s",
        "BUBU_GRPC_HEARTBEAT_INTERVAL": "10s",
    }
    if steprun:
        env |= {"BUBU_STEPRUN_NAME": steprun, "BUBU_STEPRUN_NAMESPACE": identity.namespace}
    return checked({**env, **_stored(storage), **(extra or {})})


def _stored(folder: str) -> dict[str, str]:
    """File storage in this folder; none for an empty one."""
    return {"BUBU_STORAGE_PROVIDER": "file", "BUBU_STORAGE_PATH": folder} if folder else {}


def common(
    identity: Identity,
    *,
    config: Mapping[str, Json],
    context: Mapping[str, Json],
    secrets: Mapping[str, Secret],
    home: str,
) -> dict[str, str]:
    """What batch and streaming runs have in common."""
    return {
        "HOME": home,
        "BUBU_POD_NAMESPACE": identity.namespace,
        "BUBU_STORY_NAME": identity.story,
        "BUBU_STORYRUN_ID": identity.storyrun,
        "BUBU_STEP_NAME": identity.step,
        "BUBU_STEP_CONFIG": compact(config),
        "BUBU_TEMPLATE_CONTEXT": compact(context),
        "BUBU_MAX_RECURSION_DEPTH": "64",
        "BUBU_HYBRID_BRIDGE": "false",
        **secret_variables(secrets),
    }


def secret_variables(secrets: Mapping[str, Secret]) -> dict[str, str]:
    """Secrets in the shape of the controller's `env` mount (runtime.md 1.7)."""
    env: dict[str, str] = {}
    for name, secret in secrets.items():
        prefix = secret.prefix or f"{name}_"
        env[f"BUBU_SECRET_{name}"] = f"env:{prefix}"
        env[f"BUBU_SECRET_{name}_NAME"] = f"sandbox-{name}"
        env |= {f"{prefix}{key}": value for key, value in secret.values.items()}
    return env


def compact(value: Any) -> str:
    """JSON in as few bytes as it takes, readable beyond ASCII; a lone surrogate, which has no UTF-8, stays escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text


def duration(seconds: float) -> str:
    """A Go duration."""
    return f"{max(1, round(seconds * 1000))}ms"


def size(name: str, value: str) -> int:
    """Bytes of a variable, its name and the equals sign included."""
    return len(name.encode()) + 1 + len(value.encode())


def checked(env: dict[str, str]) -> dict[str, str]:
    """The same environment. Raises SandboxError (EV916) when one variable is too large for Linux."""
    for name, value in env.items():
        if (taken := size(name, value)) > VARIABLE_LIMIT:
            raise SandboxError(rules.ENVIRONMENT_TOO_LARGE, variable=name, size=taken, limit=VARIABLE_LIMIT)
    return env


def fits(inputs: Mapping[str, Json]) -> bool:
    """Whether the inputs of a case can be handed over in its environment."""
    return size(TRIGGER, compact(inputs)) <= VARIABLE_LIMIT


def split_large(inputs: Mapping[str, Json]) -> tuple[dict[str, Json], dict[str, Json]]:
    """Inputs that fit into the environment, and files (storage key -> document) for what had to move out of them.

    The largest top-level members move first, each behind a `$bubuStorageRef` (runtime.md 1.6).
    """
    slim: dict[str, Json] = dict(inputs)
    files: dict[str, Json] = {}
    by_size = sorted(inputs, key=lambda name: len(compact(inputs[name])), reverse=True)
    for number, name in enumerate(by_size):
        if fits(slim):
            break
        key = f"inputs/sandbox/{number}.json"
        files[key] = inputs[name]
        slim[name] = {"$bubuStorageRef": key, "$bubuStorageContentType": "application/json"}
    return slim, files
