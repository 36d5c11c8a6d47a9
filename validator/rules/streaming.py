"""EV6: rules of the check `streaming`: what a streaming engram owes the wire (streaming contract; runtime.md 2)."""

from validator.findings import Rule, Severity

START = "start"
"""The evidence of an image that cannot start: what the runtime said."""
NEVER_RAN = "the program never started: nothing that it does was seen"

NEVER_CONNECTED = Rule(
    "EV601",
    "never-connected",
    Severity.ERROR,
    "the engram never opened its streams to the connector: {reason}",
    "A streaming engram connects to the connector of its binding and opens Data and Control.",
)
HALF_OPEN = Rule(
    "EV602",
    "half-open-session",
    Severity.ERROR,
    "the engram opened its {opened} stream but no {missing} stream",
    "A session consists of two streams, Data and Control, both opened at the start.",
)
SESSION_LOST = Rule(
    "EV603",
    "session-lost",
    Severity.ERROR,
    "the engram ended its session on its own: {reason}",
    "A session lasts until the connector or the platform ends it: an engram answers the error of one packet with an "
    "error packet.",
)
STREAM_PANICS = Rule(
    "EV604",
    "stream-panics",
    Severity.ERROR,
    "the engram panicked: {reason}",
    "No packet makes an engram panic.",
)
PROTOCOL_METADATA = Rule(
    "EV605",
    "protocol-metadata",
    Severity.ERROR,
    "the {stream} stream was opened with {found}; the connector accepts only bubu-transport-protocol 1.0.0",
    "Both streams name the protocol version in their request metadata.",
)
GARBAGE = Rule(
    "EV606",
    "undecodable-message",
    Severity.ERROR,
    "the engram sent {size} bytes on its {stream} stream that cannot be decoded as {expected}",
    "Every message on the wire is a message of the transport protocol.",
)
STOPPED_READING = Rule(
    "EV607",
    "stopped-reading",
    Severity.ERROR,
    "the engram stopped reading its Data stream: {label} could not be delivered",
    "An engram keeps reading and relies on the transport for back-pressure.",
)
EMPTY_MESSAGE = Rule(
    "EV610",
    "empty-message",
    Severity.ERROR,
    "{what} carries no audio, video, binary, payload, inputs or transports: {found}",
    "A message carries at least one of audio, video, binary, payload, inputs and transports; metadata alone is not "
    "enough.",
)
BAD_ERROR = Rule(
    "EV611",
    "bad-error-envelope",
    Severity.ERROR,
    "the error packet is not a StructuredError v1: {problem}",
    "An error is sent as kind `error` with a StructuredError v1 as its payload and no media.",
)
MIME_TRAP = Rule(
    "EV612",
    "mime-trap",
    Severity.ERROR,
    "a JSON object is sent as raw bytes of type {mime}: downstream steps see no payload",
    "Structured data is sent as payload; a copy of it in binary has the type `application/json`.",
)
RESERVED_MIME = Rule(
    "EV613",
    "reserved-mime",
    Severity.ERROR,
    "the MIME type {mime} is reserved for packet envelopes, but this is not one: {problem}",
    "Only packet envelopes use the MIME type of packet envelopes.",
)
MISMATCH = Rule(
    "EV614",
    "payload-binary-mismatch",
    Severity.ERROR,
    "payload and binary of a message hold different bytes: {reason}",
    "If a message has both payload and binary, they hold the same bytes.",
)
NOT_OBJECT = Rule(
    "EV615",
    "payload-not-object",
    Severity.ERROR,
    "the {member} of a message is {found}, not a JSON object: the transport cannot carry it",
    "Payload and inputs are JSON objects.",
)
COPIES_DISAGREE = Rule(
    "EV616",
    "copies-disagree",
    Severity.ERROR,
    "the two copies of {member} differ at {path}: {envelope} in the packet envelope, {struct} beside it",
    "Members of the packet envelope equal their copies outside of it.",
)
ROUNDED = Rule(
    "EV617",
    "integer-rounded",
    Severity.WARNING,
    "{member} {path} is an integer beyond 2^53 and arrives rounded",
    "Integers beyond 2^53 are sent as strings.",
)
LIMIT = Rule(
    "EV618",
    "limit-exceeded",
    Severity.ERROR,
    "{field} exceeds its limit ({limit}){found}",
    "Every field stays within the limits of the transport.",
)
INVALID_MESSAGE = Rule(
    "EV619",
    "invalid-message",
    Severity.ERROR,
    "the SDK refused a message of the engram and ended the session: {reason}",
    "Messages have a shape that the SDK can encode.",
)
SCHEMA = Rule(
    "EV620",
    "packet-violates-schema",
    Severity.ERROR,
    "output {path} violates outputSchema: {problem}",
    "Every packet conforms to outputSchema: the hub closes the stream at the first one that does not.",
)
LATENT = Rule(
    "EV691",
    "latent-schema-violation",
    Severity.WARNING,
    "output {path}, which is still sent as raw bytes, violates outputSchema: {problem}",
    "Data that is sent as raw bytes by mistake conforms to outputSchema too: the hub checks it once it is sent as "
    "payload.",
)
CHUNKS_IN = Rule(
    "EV621",
    "chunks-not-reassembled",
    Severity.ERROR,
    "{label} arrived in chunks and was not handled as one message: {problem}",
    "Chunks may arrive out of order and more than once; the engram handles one message.",
)
CHUNKS_OUT = Rule(
    "EV622",
    "bad-chunks",
    Severity.ERROR,
    "the engram sent chunks that cannot be reassembled: {problem}",
    "A chunk names its stream and message, and all chunks of a message agree.",
)
UNEXPECTED = Rule(
    "EV623",
    "unexpected-packets",
    Severity.ERROR,
    "{problem}",
    "A case lists the packets that the engram sends.",
)
ORDER = Rule(
    "EV624",
    "out-of-order",
    Severity.ERROR,
    "packets were sent in a different order than expected: {problem}",
    "Packets are sent in the order of the packets that they answer.",
)
NO_RECEIPT = Rule(
    "EV625",
    "missing-receipt",
    Severity.ERROR,
    "no receipt arrived for {label}: a packet without a receipt is delivered again",
    "An engram calls Done() for every packet that it has handled or deliberately dropped.",
)
STRAY_RECEIPT = Rule(
    "EV626",
    "stray-receipt",
    Severity.ERROR,
    "the engram sent {count} receipts for packets that it never received or had already acknowledged",
    "A receipt belongs to one delivery of one packet.",
)
DUPLICATE = Rule(
    "EV627",
    "duplicate-handled",
    Severity.ERROR,
    "{label} was delivered again after its receipt, and was handled again",
    "A packet that has a receipt is not handled again.",
)
NOT_REACKNOWLEDGED = Rule(
    "EV628",
    "duplicate-not-acknowledged",
    Severity.ERROR,
    "{label} was delivered again after its receipt, and was not acknowledged again",
    "A packet that is delivered again is acknowledged again.",
)
REPLAY_LOST = Rule(
    "EV629",
    "replay-lost",
    Severity.ERROR,
    "{label} had no receipt when the connection dropped, was delivered again, and was never acknowledged",
    "A packet without a receipt is handled when it is delivered again.",
)
DROPPED = Rule(
    "EV630",
    "outputs-dropped",
    Severity.ERROR,
    "outputs were silently dropped when the connector read slowly",
    "A slow reader loses no packets.",
)
BACKLOG = Rule(
    "EV631",
    "unbounded-backlog",
    Severity.WARNING,
    "the engram accepted all packets while it could send nothing, and held {held} of outputs in memory",
    "An engram that cannot send stops accepting packets.",
)
PAUSE = Rule(
    "EV632",
    "pause-ignored",
    Severity.WARNING,
    "the engram kept sending after the connector asked it to pause",
    "An engram pauses and resumes when the connector asks for it.",
)
WRONG_CHUNKS = Rule(
    "EV633",
    "wrong-chunks",
    Severity.ERROR,
    "{label} was sent, and {problem}",
    "A message with contradictory chunks is refused and never handled, and the next message is handled as usual.",
)
CHUNKS_KEPT = Rule(
    "EV634",
    "chunks-never-expire",
    Severity.WARNING,
    "a message was reassembled from chunks that arrived {seconds} s apart: incomplete messages pile up",
    "The chunks of an incomplete message are dropped after a while.",
)
STATUS_REFUSED = Rule(
    "EV635",
    "signal-refused",
    Severity.ERROR,
    "the API server would refuse what the engram wrote to its StepRun: {problem}",
    "Signals and effects have the shape that a StepRun allows.",
)
SIGNAL_EACH = Rule(
    "EV636",
    "signal-for-each-packet",
    Severity.NOTE,
    "the engram sends a signal for each packet, and can send only ten a second: this limits the stream",
    "Signals are rare: the SDK's client sends at most 20 requests a second, and a signal takes two.",
)
SIGTERM = Rule(
    "EV640",
    "ignores-sigterm",
    Severity.ERROR,
    "the engram was still running {grace} s after SIGTERM and was killed",
    "An engram returns promptly when it is cancelled.",
)
RETURNS = Rule(
    "EV641",
    "returns-early",
    Severity.WARNING,
    "the engram ended its stream on its own: what it sends just before it returns is lost",
    "Stream returns when its input is closed or its context is cancelled, not before.",
)
CLOSED_INPUT = Rule(
    "EV642",
    "ignores-closed-input",
    Severity.ERROR,
    "the engram was still running {grace} s after its input was closed",
    "An engram returns when its input is closed.",
)
BEFORE_READY = Rule(
    "EV650",
    "starts-before-ready",
    Severity.ERROR,
    "the engram handled a packet before the connector was ready",
    "An engram handles no packet before `connector.ready`.",
)
BEFORE_CAPABILITIES = Rule(
    "EV651",
    "starts-before-capabilities",
    Severity.ERROR,
    "the engram handled a packet before it received the capabilities that it must wait for",
    "With `startup.capabilities=required`, an engram handles no packet before the first `connector.capabilities`.",
)
BAD_HANDSHAKE = Rule(
    "EV652",
    "accepts-bad-handshake",
    Severity.ERROR,
    "the engram started although `startup.capabilities` was {found}",
    "A missing or malformed `startup.capabilities` is a startup error.",
)
ACK_OF_ACK = Rule(
    "EV653",
    "acknowledges-ack",
    Severity.ERROR,
    "the engram answered an ACK with an ACK",
    "An ACK is never acknowledged.",
)
WRONG_PROTOCOL = Rule(
    "EV654",
    "accepts-wrong-protocol",
    Severity.ERROR,
    "the engram connected although its binding requires protocol version {version}",
    "An engram refuses a binding of a different protocol version.",
)
NO_HEARTBEAT = Rule(
    "EV660",
    "no-heartbeat",
    Severity.ERROR,
    "no heartbeat arrived on the {stream} stream within {seconds} s, with an interval of {interval} ms",
    "An idle engram sends heartbeats on both streams.",
)
HANG = Rule(
    "EV661",
    "ignores-hang-timeout",
    Severity.WARNING,
    "the engram kept its session open during {seconds} s of silence, with a hang timeout of {timeout} ms",
    "A session without traffic ends at the hang timeout.",
)
DRAINING = Rule(
    "EV662",
    "sends-while-draining",
    Severity.WARNING,
    "the engram kept sending while the connector was draining",
    "An engram sends nothing between `handoff.draining` and `handoff.cutover`.",
)
CUTOVER = Rule(
    "EV663",
    "silent-after-cutover",
    Severity.ERROR,
    "{label} was not handled after `handoff.cutover`",
    "An engram continues after the cutover.",
)
NO_RECONNECT = Rule(
    "EV670",
    "no-reconnect",
    Severity.ERROR,
    "the engram did not reconnect after its connection dropped: {reason}",
    "An engram reconnects as often as it is allowed to.",
)
DEAF = Rule(
    "EV671",
    "deaf-after-reconnect",
    Severity.ERROR,
    "the engram reconnected, but {label} was not handled in the new session",
    "A second session works like the first one.",
)
STORM = Rule(
    "EV672",
    "reconnect-storm",
    Severity.ERROR,
    "the engram reconnected repeatedly without the back-off of {base} ms",
    "Reconnects respect the back-off and its limits.",
)
NEVER_GIVES_UP = Rule(
    "EV673",
    "never-gives-up",
    Severity.ERROR,
    "the engram kept running after all {retries} reconnects had failed",
    "An engram exits after its last reconnect has failed.",
)
HOOK = Rule(
    "EV680",
    "dies-on-hook",
    Severity.ERROR,
    "a lifecycle hook ended the engram's session: {reason}",
    "An engram survives lifecycle hooks that it does not know.",
)
HOOK_TWICE = Rule(
    "EV681",
    "hook-handled-twice",
    Severity.ERROR,
    "a lifecycle hook that was delivered twice with one message id was handled twice",
    "A hook is handled once per message id.",
)
UPSTREAM_ERROR = Rule(
    "EV682",
    "dies-on-upstream-error",
    Severity.ERROR,
    "an error packet from upstream ended the engram's session: {reason}",
    "An error packet is a packet like any other: an engram forwards, answers or drops it.",
)
UNKNOWN_KIND = Rule(
    "EV683",
    "dies-on-unknown-kind",
    Severity.ERROR,
    "a packet of an unknown kind ended the engram's session: {reason}",
    "An engram survives packets of a kind that it does not know.",
)
EMPTY_PAYLOAD = Rule(
    "EV684",
    "dies-on-empty-payload",
    Severity.ERROR,
    "a packet with an empty payload ended the engram's session: {reason}",
    "An engram survives a packet with an empty payload.",
)
SIGNAL_FAILS = Rule(
    "EV687",
    "dies-without-signals",
    Severity.WARNING,
    "a signal that could not be sent ended the engram's session: {reason}",
    "An engram keeps working when it cannot send a signal.",
)
BURST = Rule(
    "EV685",
    "dies-in-burst",
    Severity.ERROR,
    "{problem} in a burst of {count} packets",
    "An engram survives a burst of packets and handles each one.",
)
LARGE = Rule(
    "EV686",
    "dies-on-large-packet",
    Severity.ERROR,
    "a packet of {size} ended the engram's session: {reason}",
    "An engram survives every packet that the transport can carry.",
)
GAP = Rule(
    "EV690",
    "platform-gap",
    Severity.NOTE,
    "{gap}",
    "The platform itself breaks its contract here; no engram can fix that.",
)
