"""The custom resources as data: fields, types, values, patterns and bounds (templating.md, section 12).

Streaming settings, placement and the like follow the v1alpha1 API of bobrapet. Subtrees that belong to Kubernetes
(affinity, probes, RBAC rules) are left to Kubernetes.
"""

from __future__ import annotations

from validator.checks.manifests.shapes import PLAIN, Duration, Entries, Fields, Flag, Free, Items, Shape, Text, Whole
from validator.stories.engine.phases import TERMINAL

_LABEL_PATTERN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_LABEL_WORDS = "lower-case letters, digits and dashes, with a letter or digit at both ends"
LABEL = Text(pattern=_LABEL_PATTERN, shape=_LABEL_WORDS, shortest=1, longest=63)
NAME = Text(pattern=_LABEL_PATTERN, shape=_LABEL_WORDS, shortest=1, longest=253)
_LANE = Text(pattern=_LABEL_PATTERN, shape=_LABEL_WORDS, shortest=1)
_NAMESPACE = Text(pattern=rf"({_LABEL_PATTERN})?", shape=_LABEL_WORDS, longest=63)
_TEXT = PLAIN
_VERSION = Text(longest=64)
_FLAG = Flag()
_NUMBER = Whole()
_COUNT = Whole(least=0)
_AT_LEAST_ONE = Whole(least=1)
_PERCENT = Whole(least=0, most=100)
_OBJECT = Free()
_TEXTS = Items(_TEXT)
_MODE = Text(values=("job", "deployment", "statefulset"))
_BACKOFF = Text(values=("exponential", "linear", "constant"))
_SOFT_DURATION = Duration(positive=False, refused=False)
_SECRETS = Entries(_TEXT)

OBJECT_REF = Fields(
    {"name": NAME, "namespace": _NAMESPACE, "version": _VERSION, "uid": _TEXT}, required=("name",), reference=True
)
_TEMPLATE_REF = Fields(
    {"name": Text(shortest=1, longest=253), "version": _VERSION, "uid": _TEXT}, required=("name",), reference=True
)

_CACHE = Fields(
    {
        "enabled": _FLAG,
        "key": _TEXT,
        "mode": Text(values=("read", "write", "readWrite")),
        "salt": _TEXT,
        "ttlSeconds": _NUMBER,
    }
)
_PLACEMENT = Fields({"affinity": _OBJECT, "nodeSelector": Entries(_TEXT), "tolerations": Items(_OBJECT)})
_RETRY = Fields(
    {
        "backoff": _BACKOFF,
        "delay": _SOFT_DURATION,
        "jitter": _PERCENT,
        "maxDelay": _SOFT_DURATION,
        "maxRetries": Whole(least=0, most=10),
    }
)
_STORAGE = Fields(
    {
        "file": Fields({"emptyDir": _OBJECT, "path": _TEXT, "volumeClaimName": _TEXT}),
        "s3": Fields(
            {
                "authentication": _OBJECT,
                "bucket": _TEXT,
                "endpoint": _TEXT,
                "region": _TEXT,
                "usePathStyle": _FLAG,
            },
            required=("authentication", "bucket"),
        ),
        "timeoutSeconds": _NUMBER,
    }
)
_SECURITY: dict[str, Shape] = {
    "allowPrivilegeEscalation": _FLAG,
    "readOnlyRootFilesystem": _FLAG,
    "runAsNonRoot": _FLAG,
    "runAsUser": _NUMBER,
}
_OVERRIDES: dict[str, Shape] = {
    "automountServiceAccountToken": _FLAG,
    "cache": _CACHE,
    "debug": _FLAG,
    "imagePullPolicy": _TEXT,
    "maxInlineSize": _NUMBER,
    "placement": _PLACEMENT,
    "probes": Fields({"disableLiveness": _FLAG, "disableReadiness": _FLAG, "disableStartup": _FLAG}),
    "rbac": Fields({"rules": Items(_OBJECT)}),
    "retry": _RETRY,
    "security": Fields({**_SECURITY, "requiredSecrets": _TEXTS}),
    "serviceAccountName": NAME,
    "storage": _STORAGE,
    "timeout": _SOFT_DURATION,
}
_EXECUTION = Fields(_OVERRIDES)
_EXECUTION_POLICY = Fields(
    {
        "cache": _CACHE,
        "job": Fields(
            {
                "backoffLimit": _NUMBER,
                "restartPolicy": _TEXT,
                "storyRunRetentionSeconds": _NUMBER,
                "ttlSecondsAfterFinished": _NUMBER,
            }
        ),
        "maxRecursionDepth": _AT_LEAST_ONE,
        "placement": _PLACEMENT,
        "realtime": Fields({"ttlSecondsAfterFinished": _NUMBER}),
        "resources": Fields({"cpuLimit": _TEXT, "cpuRequest": _TEXT, "memoryLimit": _TEXT, "memoryRequest": _TEXT}),
        "retry": _RETRY,
        "security": Fields(_SECURITY),
        "serviceAccountName": _TEXT,
        "storage": _STORAGE,
        "timeout": _SOFT_DURATION,
    }
)

_STREAMING = Fields(
    {
        "backpressure": Fields(
            {
                "buffer": Fields(
                    {
                        "maxMessages": _COUNT,
                        "maxBytes": _COUNT,
                        "maxAgeSeconds": _COUNT,
                        "dropPolicy": Text(values=("drop_newest", "drop_oldest")),
                    }
                )
            }
        ),
        "flowControl": Fields(
            {
                "mode": Text(values=("none", "credits", "window")),
                "initialCredits": Fields({"messages": _COUNT, "bytes": _COUNT}),
                "ackEvery": Fields({"messages": _COUNT, "bytes": _COUNT, "maxDelay": Duration()}),
                "pauseThreshold": Fields({"bufferPct": _PERCENT}),
                "resumeThreshold": Fields({"bufferPct": _PERCENT}),
            }
        ),
        "delivery": Fields(
            {
                "ordering": Text(values=("none", "per_stream", "per_partition")),
                "semantics": Text(values=("best_effort", "at_least_once")),
                "replay": Fields(
                    {
                        "mode": Text(values=("none", "memory", "durable")),
                        "retentionSeconds": _COUNT,
                        "checkpointInterval": Duration(),
                    }
                ),
            }
        ),
        "routing": Fields(
            {
                "mode": Text(values=("auto", "hub", "p2p")),
                "fanOut": Text(values=("sequential", "parallel")),
                "maxDownstreams": _AT_LEAST_ONE,
                "rules": Items(
                    Fields(
                        {
                            "name": _TEXT,
                            "when": _TEXT,
                            "action": Text(values=("allow", "deny")),
                            "target": Fields({"steps": _TEXTS}),
                        }
                    )
                ),
            }
        ),
        "lanes": Items(
            Fields(
                {
                    "name": _LANE,
                    "kind": Text(values=("audio", "video", "binary", "payload", "control")),
                    "direction": Text(values=("publish", "subscribe", "bidirectional")),
                    "description": _TEXT,
                    "maxBytes": _COUNT,
                    "maxMessages": _COUNT,
                },
                required=("name", "kind"),
            ),
            key="name",
        ),
        "fanIn": Fields(
            {
                "mode": Text(values=("all", "any", "quorum")),
                "quorum": _AT_LEAST_ONE,
                "timeoutSeconds": _COUNT,
                "maxEntries": _AT_LEAST_ONE,
            }
        ),
        "partitioning": Fields(
            {
                "mode": Text(values=("none", "preserve", "hash")),
                "key": _TEXT,
                "partitions": _AT_LEAST_ONE,
                "sticky": _FLAG,
            }
        ),
        "lifecycle": Fields(
            {
                "strategy": Text(values=("rolling", "drain_cutover", "blue_green")),
                "drainTimeoutSeconds": _COUNT,
                "maxInFlight": _COUNT,
            }
        ),
        "observability": Fields(
            {
                "metrics": Fields({"enabled": _FLAG}),
                "tracing": Fields(
                    {
                        "enabled": _FLAG,
                        "sampleRate": _PERCENT,
                        "samplePolicy": Text(
                            values=("rate", "random", "always", "never"), ignore_case=True, blank=True
                        ),
                    }
                ),
                "watermark": Fields({"enabled": _FLAG, "timestampSource": _TEXT}),
            }
        ),
        "recording": Fields(
            {
                "mode": Text(values=("off", "metadata", "payload")),
                "redactFields": _TEXTS,
                "retentionSeconds": _COUNT,
                "sampleRate": _PERCENT,
            }
        ),
    }
)

STEP_TYPES = ("condition", "parallel", "sleep", "stop", "wait", "executeStory", "gate")
STEP = Fields(
    {
        "name": LABEL,
        "id": Text(pattern=rf"({_LABEL_PATTERN})?", shape=_LABEL_WORDS, longest=63),
        "needs": _TEXTS,
        "type": Text(values=STEP_TYPES),
        "ref": OBJECT_REF,
        "if": _TEXT,
        "with": _OBJECT,
        "runtime": _OBJECT,
        "transport": Text(pattern=rf"({_LABEL_PATTERN})?", shape=_LABEL_WORDS),
        "requires": _TEXTS,
        "idempotencyKeyTemplate": Text(longest=512),
        "allowFailure": _FLAG,
        "sideEffects": _FLAG,
        "secrets": _SECRETS,
        "execution": _EXECUTION,
        "postExecution": Fields({"condition": Text(shortest=1), "failureMessage": _TEXT}, required=("condition",)),
    },
    required=("name",),
)

_STORY = Fields(
    {
        "pattern": Text(values=("batch", "realtime")),
        "version": _VERSION,
        "concurrency": Fields(
            {
                "mode": Text(values=("serial", "cancelPrevious", "parallel")),
                "scope": Text(values=("storyrun", "participant")),
            }
        ),
        "inputsSchema": _OBJECT,
        "outputsSchema": _OBJECT,
        "output": _OBJECT,
        "steps": Items(STEP, fewest=1, most=100),
        "compensations": Items(STEP, most=50),
        "finally": Items(STEP, most=50),
        "policy": Fields(
            {
                "timeouts": Fields(
                    {"story": Duration(), "step": Duration(), "gracefulShutdownTimeout": _SOFT_DURATION}
                ),
                "with": _OBJECT,
                "retries": Fields({"stepRetryPolicy": _RETRY, "continueOnStepFailure": _FLAG}),
                "concurrency": _NUMBER,
                "queue": Text(pattern=rf"({_LABEL_PATTERN})?", shape=_LABEL_WORDS, longest=63),
                "priority": _COUNT,
                "storage": _STORAGE,
                "execution": _EXECUTION_POLICY,
            }
        ),
        "transports": Items(
            Fields(
                {
                    "name": _LANE,
                    "transportRef": Text(shortest=1),
                    "description": _TEXT,
                    "streaming": _STREAMING,
                    "settings": _OBJECT,
                },
                required=("name", "transportRef"),
            ),
            key="name",
        ),
    },
    required=("steps",),
)

_ENGRAM = Fields(
    {
        "templateRef": _TEMPLATE_REF,
        "mode": Text(values=("", *_MODE.values)),
        "with": _OBJECT,
        "secrets": _SECRETS,
        "version": _VERSION,
        "executionPolicy": _EXECUTION_POLICY,
        # `image` is proposed (bobravoz-grpc#67) and accepted where it appears (hub.md, Images).
        "overrides": Fields({**_OVERRIDES, "image": _TEXT}, hidden=("image",)),
        "transport": Fields({"tls": _OBJECT}),
    },
    required=("templateRef",),
)

_DELIVERY = Fields(
    {
        "dedupe": Fields({"mode": Text(values=("none", "token", "key")), "keyTemplate": _TEXT}),
        "retry": Fields(
            {"backoff": _BACKOFF, "baseDelay": _SOFT_DURATION, "maxAttempts": _COUNT, "maxDelay": _SOFT_DURATION}
        ),
    }
)
_IMPULSE = Fields(
    {
        "templateRef": _TEMPLATE_REF,
        "storyRef": OBJECT_REF,
        "with": _OBJECT,
        "mapping": _OBJECT,
        "secrets": _SECRETS,
        "version": _VERSION,
        "deliveryPolicy": _DELIVERY,
        "throttle": Fields({"burst": _NUMBER, "maxInFlight": _NUMBER, "ratePerSecond": _NUMBER}),
        "workload": _OBJECT,
        "service": Fields({"annotations": Entries(_TEXT), "labels": Entries(_TEXT), "type": _TEXT}),
        "execution": _EXECUTION,
    },
    required=("templateRef", "storyRef"),
)

_SECRET_SCHEMA = Entries(
    Fields(
        {
            "required": _FLAG,
            "description": _TEXT,
            "mountType": Text(values=("env", "file", "both")),
            "envPrefix": _TEXT,
            "mountPath": _TEXT,
            "expectedKeys": _TEXTS,
        }
    )
)
_TEMPLATE: dict[str, Shape] = {
    "version": _TEXT,
    "supportedModes": Items(_MODE, fewest=1, most=3),
    "image": Text(longest=512),
    "description": _TEXT,
    "configSchema": _OBJECT,
    "secretSchema": _SECRET_SCHEMA,
    "execution": _OBJECT,
}
_REQUIRED_OF_TEMPLATES = ("version", "supportedModes")
_ENGRAM_TEMPLATE = Fields(
    {**_TEMPLATE, "inputSchema": _OBJECT, "outputSchema": _OBJECT, "declaredOutputKeys": _TEXTS},
    required=_REQUIRED_OF_TEMPLATES,
)
_IMPULSE_TEMPLATE = Fields(
    {
        **_TEMPLATE,
        "contextSchema": _OBJECT,
        "deliveryPolicy": _DELIVERY,
    },
    required=_REQUIRED_OF_TEMPLATES,
)

_AUDIO = ("pcm16", "pcm24", "opus", "g711-mu", "g711-a", "g722", "aac", "mp3", "flac", "raw")
_VIDEO = ("h264", "vp8", "vp9", "av1", "raw-yuv420", "raw-rgb", "raw-bgr")
_TRANSPORT = Fields(
    {
        "provider": Text(shortest=1),
        "driver": Text(shortest=1),
        "connectorImage": _TEXT,
        "supportedAudio": Items(
            Fields({"name": Text(values=_AUDIO), "sampleRateHz": _NUMBER, "channels": _NUMBER}, required=("name",))
        ),
        "supportedVideo": Items(Fields({"name": Text(values=_VIDEO), "profile": _TEXT}, required=("name",))),
        "supportedBinary": _TEXTS,
        "streaming": _STREAMING,
        "configSchema": _OBJECT,
        "defaultSettings": _OBJECT,
    },
    required=("provider", "driver"),
)


def _resource(spec: Fields, name: Text) -> Fields:
    metadata = Fields({"name": name}, open=True)
    return Fields(
        {"apiVersion": _TEXT, "kind": _TEXT, "metadata": metadata, "spec": spec, "status": Free(objects=False)},
        required=("metadata", "spec"),
    )


_SUBDOMAIN = Text(
    pattern=rf"{_LABEL_PATTERN}(\.{_LABEL_PATTERN})*",
    shape="lower-case letters, digits, dashes and dots, with a letter or digit at both ends",
    shortest=1,
    longest=253,
)
RESOURCES: dict[str, Fields] = {
    "Story": _resource(_STORY, _SUBDOMAIN),
    "Engram": _resource(_ENGRAM, _SUBDOMAIN),
    "EngramTemplate": _resource(_ENGRAM_TEMPLATE, _SUBDOMAIN),
    "Impulse": _resource(_IMPULSE, _SUBDOMAIN),
    "ImpulseTemplate": _resource(_IMPULSE_TEMPLATE, _SUBDOMAIN),
    "Transport": _resource(_TRANSPORT, _SUBDOMAIN),
}

_ON_TIMEOUT = Text(values=("fail", "skip"), ignore_case=True, blank=True)
_WAITING: dict[str, Shape] = {
    "timeout": Duration(),
    # The controller never looks more often (templating.md, section 10: wait and gate shapes).
    "pollInterval": Duration(least=0.01),
    "onTimeout": _ON_TIMEOUT,
}
PRIMITIVES: dict[str, Fields] = {
    "wait": Fields({"until": Text(shortest=1), **_WAITING}, required=("until",), open=True),
    "gate": Fields(_WAITING, open=True),
    "sleep": Fields({"duration": Duration(positive=False)}, open=True),
    # Any text becomes the phase of the step, which then never ends in one that the platform knows (section A7).
    "stop": Fields({"phase": Text(values=tuple(sorted(TERMINAL)), blank=True), "message": _TEXT}, open=True),
    "executeStory": Fields(
        {
            "storyRef": Fields(
                {"name": Text(shortest=1), "namespace": _TEXT, "version": _TEXT},
                required=("name",),
                open=True,
                reference=True,
            ),
            "waitForCompletion": _FLAG,
        },
        required=("storyRef",),
        open=True,
    ),
}
"""What `with` of a primitive has to hold. Other members are passed over, so they are nobody's mistake here."""
