"""EV760 to EV790: how packets of a realtime story were lost, or went a strange way, when it was run.

One rule for each cause; the first twenty are the rows of table B12 (story-run.md). Told by what runs a story, never by
a static check. Where a cause was only concluded from the platform's source the message says so. EV791 to EV798: what is
not as a case expects it.
"""

from validator.findings import Rule, Severity

OUTPUT_SCHEMA = Rule(
    "EV760",
    "lost-by-output-schema",
    Severity.ERROR,
    "{packets} of step `{source}` lost: its output violates its outputSchema, and the hub closes the stream: {detail}",
    "What a streaming step sends conforms to its outputSchema.",
)
INPUT_SCHEMA = Rule(
    "EV761",
    "lost-by-input-schema",
    Severity.ERROR,
    "{packets} for step `{target}` lost: its input violates its inputSchema, and the hub closes the stream of "
    "`{source}`: {detail}",
    "What the hub passes to a step conforms to its inputSchema.",
)
EVALUATION = Rule(
    "EV762",
    "lost-by-evaluation",
    Severity.ERROR,
    "{packets} for step `{target}` lost: a template fails, and the hub closes the stream of `{source}`: {detail}",
    "Every template of a streaming step can be evaluated for every packet.",
)
MISSING_STEP = Rule(
    "EV763",
    "lost-by-missing-step",
    Severity.WARNING,
    "{packets} for step `{target}` silently discarded: a template reads a step that the packet did not pass "
    "through: {detail}",
    "A template reads only steps that every packet passes through.",
)
CONDITION = Rule(
    "EV764",
    "filtered-by-if",
    Severity.NOTE,
    "{packets} for step `{target}` filtered out by its `if`: {detail}",
    "The `if` of a step lets through the packets that the step needs.",
)
ROUTING_RULE = Rule(
    "EV765",
    "lost-by-routing-rule",
    Severity.WARNING,
    "{packets} for step `{target}` filtered out by a routing rule: {detail}",
    "Routing rules let through the packets that a step needs.",
)
OTHER_TRANSPORT = Rule(
    "EV766",
    "lost-by-transport",
    Severity.WARNING,
    "{packets} of step `{source}` never offered to step `{target}`, which is on another transport",
    "Steps that exchange packets are on the same transport.",
)
NEEDS_PRIMITIVE = Rule(
    "EV767",
    "lost-behind-primitive",
    Severity.WARNING,
    "{packets} of step `{source}` end at the primitive `{detail}`: step `{target}` needs only that one, and a "
    "primitive sends nothing",
    "A streaming step needs an engram.",
)
STOP = Rule(
    "EV768",
    "lost-by-stop",
    Severity.WARNING,
    "{packets} for step `{target}` stopped by a `stop` that is listed before it: {detail}",
    "A `stop` is listed after the steps that need the packet.",
)
JOIN_INCOMPLETE = Rule(
    "EV769",
    "lost-in-join",
    Severity.WARNING,
    "{packets} of step `{source}` lost in the join of step `{target}`: {detail}",
    "All packets of a join arrive in time.",
)
NO_JOIN_KEY = Rule(
    "EV770",
    "joined-without-key",
    Severity.WARNING,
    "{packets} of step `{source}` not joined: without a key, step `{target}` runs once for each of them",
    "Packets that a step joins carry a key.",
)
ID_IS_NOT_NAME = Rule(
    "EV771",
    "lost-by-id",
    Severity.WARNING,
    "{packets} of step `{source}` dropped by the hub, which does not know the sender: {detail} (inferred from the "
    "platform's source, not observed)",
    "The `id` of a streaming step equals its name, or is omitted.",
)
BUFFER_FULL = Rule(
    "EV772",
    "lost-in-full-buffer",
    Severity.WARNING,
    "{packets} for step `{target}` lost: its buffer is full: {detail}",
    "A step takes packets as fast as they arrive, or its buffer is large enough.",
)
CONNECTOR = Rule(
    "EV773",
    "lost-in-connector",
    Severity.WARNING,
    "{packets} of step `{source}` dropped by its own connector",
    "An engram sends no faster than its connector, and sends nothing while it is paused.",
)
EMPTY = Rule(
    "EV774",
    "empty-packet",
    Severity.WARNING,
    "{packets} of step `{source}` ignored: no payload, inputs or media",
    "A packet carries more than metadata.",
)
CHUNK = Rule(
    "EV775",
    "incomplete-chunks",
    Severity.WARNING,
    "{packets} of step `{source}` lost: {detail}",
    "All parts of a packet arrive.",
)
HOOK = Rule(
    "EV776",
    "hook-without-consumer",
    Severity.WARNING,
    "{packets} not delivered to step `{target}`: {detail}",
    "The `if` of a step names the hook that the step handles.",
)
READY_NEVER_SENT = Rule(
    "EV777",
    "ready-never-came",
    Severity.WARNING,
    "`storyrun.ready` never reached step `{target}`: {detail}, and so never registers at the hub (inferred from the "
    "platform's source, not observed)",
    "A story that waits for `storyrun.ready` sends all packets through the hub.",
)
PEER_WITHOUT_ADDRESS = Rule(
    "EV778",
    "peer-is-primitive",
    Severity.WARNING,
    "{packets} of step `{source}` lost: it sends directly to `{target}`, which is a primitive and has no connector "
    "(inferred from the platform's source, not observed)",
    "If only one step needs a streaming engram, that step is an engram too.",
)
PEER_TO_PEER = Rule(
    "EV779",
    "peer-unchecked",
    Severity.NOTE,
    "{packets} of step `{source}` went directly to `{target}`: in production nothing checks them",
    "Packets that go peer to peer are checked only by tests.",
)
LISTED_EARLIER = Rule(
    "EV780",
    "lost-by-order",
    Severity.WARNING,
    "{packets} of step `{source}` never offered to step `{target}`, which is listed before it",
    "A streaming step is listed after the steps that it needs.",
)
MAX_DOWNSTREAMS = Rule(
    "EV781",
    "lost-by-limit",
    Severity.WARNING,
    "{packets} for step `{target}` not delivered because of `maxDownstreams`: {detail}",
    "A transport allows as many downstreams as a step has.",
)
ENGRAM_UNKNOWN = Rule(
    "EV782",
    "lost-by-missing-engram",
    Severity.WARNING,
    "{packets} for step `{target}` lost: there is no engram `{detail}` in the namespace of the run, and the "
    "hub closes the stream of `{source}`",
    "The engrams of a streaming story are in the namespace of its runs.",
)
PRIMITIVE_FAILED = Rule(
    "EV783",
    "lost-by-primitive",
    Severity.WARNING,
    "{packets} for step `{target}` lost: a primitive failed, and the hub closes the stream of `{source}`: {detail}",
    "The primitives of a streaming story do not fail.",
)
STEP_FAILED = Rule(
    "EV784",
    "lost-by-job",
    Severity.WARNING,
    "{packets} for step `{target}` lost: its job failed, and the hub closes the stream of `{source}`: {detail}",
    "The jobs that packets start succeed.",
)
NO_STREAM = Rule(
    "EV785",
    "sender-without-stream",
    Severity.WARNING,
    "{packets} of step `{source}` lost: its connector had no stream at the hub",
    "A step sends only while its connector has a stream.",
)
NO_RECEIPT = Rule(
    "EV786",
    "receipt-never-came",
    Severity.NOTE,
    "{packets} for step `{target}` without a receipt when its stream ended, and not sent again (inferred from the "
    "platform's source, not observed)",
    "A story does not rely on `replay.mode: memory` across reconnects.",
)
EVICTED = Rule(
    "EV787",
    "lost-by-age",
    Severity.WARNING,
    "{packets} for step `{target}` discarded: they waited in the buffer for too long",
    "A step takes packets before the buffer discards them.",
)
FAULT = Rule(
    "EV788",
    "lost-by-fault",
    Severity.NOTE,
    "{packets} of step `{source}` for step `{target}` removed by a fault of the case",
    "A fault of a case removes packets where it is meant to.",
)
ENGRAM_ENDED = Rule(
    "EV789",
    "lost-by-engram",
    Severity.ERROR,
    "{packets} lost in step `{target}`: its engram ended before it had handled them: {detail}",
    "A streaming engram keeps running after every packet.",
)
NOT_DONE = Rule(
    "EV790",
    "packet-never-done",
    Severity.ERROR,
    "{packets} for step `{target}` never acknowledged: no receipt arrived before the end of the case",
    "A streaming engram acknowledges every packet.",
)
EDGE_DIFFERS = Rule(
    "EV791",
    "edge-differs",
    Severity.ERROR,
    "case `{case}`, from step `{source}` to step `{target}`: {problem}",
    "The packets between two steps are those that a case expects.",
)
STEP_DIFFERS = Rule(
    "EV792",
    "step-output-differs",
    Severity.ERROR,
    "case `{case}`, step `{step}`: {problem}",
    "The output of a streaming step is what a case expects.",
)
PACKETS_LOST = Rule(
    "EV793",
    "packets-lost",
    Severity.ERROR,
    "case `{case}`: {packets} not delivered to every step: {causes}",
    "No packet of a case is lost, unless the case expects it.",
)
MOCK_FAILS = Rule(
    "EV794",
    "mock-fails",
    Severity.ERROR,
    "case `{case}`: {problem}",
    "Every mock of a case can be evaluated.",
)
NEVER_AT_REST = Rule(
    "EV795",
    "never-at-rest",
    Severity.ERROR,
    "case `{case}`: step `{step}` was still busy at the end of the case's time limit",
    "The engrams of a realtime story become idle after the packets of a case.",
)
SENT_AFTER_END = Rule(
    "EV796",
    "sent-after-end",
    Severity.WARNING,
    "case `{case}`: step `{step}` sent {packets} after every step had become idle, so their route was not followed",
    "The engrams of a realtime story send in response to packets, not on their own or when they end.",
)
CASE_UNREADABLE = Rule(
    "EV797",
    "packet-case-unreadable",
    Severity.ERROR,
    "the case cannot be read: {problem}",
    "A case of a realtime story names steps that the story has.",
)
OTHER_PACKETS = Rule(
    "EV798",
    "record-of-other-packets",
    Severity.WARNING,
    "case `{case}`: step `{step}` receives other packets than when it was recorded: {problem}",
    "A recording is replayed with the packets that it was made with.",
)
