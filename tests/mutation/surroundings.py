"""What stands around the steps of a draft: primitives, requirements, keys, deliveries, and settings of streaming."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]


def primitives(steps: list[Document], flag: str) -> None:
    """A gate, and a wait for an input."""
    with_ = {"timeout": "24h", "onTimeout": "fail", "pollInterval": "30s"}
    steps.append({"name": "approval", "type": "gate", "needs": [steps[0]["name"]], "with": with_})
    until = {"until": f"{{{{ inputs.{flag} }}}}", "timeout": "10m", "onTimeout": "skip"}
    steps.append({"name": "settle", "type": "wait", "with": until})


def story_policy() -> Document:
    """Timeouts, retries, the queue and a cache that all steps share."""
    return {
        "timeouts": {"step": "2h"},
        "retries": {"stepRetryPolicy": {"maxRetries": 2}},
        "queue": "nightly",
        "priority": 5,
        "execution": {"cache": {"mode": "readWrite", "key": "intake-{{ .step.id }}"}},
    }


def impulse_template() -> Document:
    """A trigger with configuration, a secret and a key for what comes twice."""
    return {
        "version": "1.0.0",
        "image": "registry.example/hook:1.0.0",
        "supportedModes": ["deployment"],
        "configSchema": {
            "type": "object",
            "required": ["path"],
            "properties": {"path": {"type": "string"}, "port": {"type": "integer", "minimum": 1, "maximum": 65535}},
            "additionalProperties": False,
        },
        "secretSchema": {"token": {"required": True, "mountType": "file", "mountPath": "/etc/hook"}},
        "deliveryPolicy": {"dedupe": {"mode": "token"}, "retry": {"maxAttempts": 3, "baseDelay": "2s"}},
    }


def impulse(text: str) -> Document:
    """A trigger of the story, which passes over what it has seen."""
    return {
        "templateRef": {"name": "hook"},
        "storyRef": {"name": "intake"},
        "with": {"path": "/mail", "port": 8080},
        "secrets": {"token": "hook-token"},
        "deliveryPolicy": {"dedupe": {"mode": "key", "keyTemplate": f"mail-{{{{ inputs.{text} }}}}"}},
        "throttle": {"ratePerSecond": 5, "burst": 10},
    }


def streaming(field: str, last: str) -> Document:
    """Settings of a transport in a story, with `field` of what is sent over it, and a step that a rule is for."""
    return {
        "backpressure": {"buffer": {"maxMessages": 100, "dropPolicy": "drop_oldest"}},
        "delivery": {"ordering": "per_stream", "semantics": "best_effort"},
        "flowControl": {"mode": "credits", "pauseThreshold": {"bufferPct": 80}},
        "lanes": [{"name": "words", "kind": "payload"}, {"name": "sound", "kind": "audio"}],
        "partitioning": {"mode": "hash", "key": "metadata.lane"},
        "recording": {"mode": "payload", "redactFields": [f"payload.{field}"], "sampleRate": 50},
        "routing": {
            "fanOut": "parallel",
            "rules": [
                {
                    "name": "quiet",
                    "when": '{{ eq (default "" packet.metadata.lane) "quiet" }}',
                    "action": "deny",
                    "target": {"steps": [last]},
                }
            ],
        },
    }
