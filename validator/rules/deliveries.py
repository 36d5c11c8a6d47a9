"""EV287, EV751 to EV756: realtime stories whose packets or settings are not what their manifests say.

Raised by the check `resolution`, for the versions of the platform that have the gap (story-run.md, B2, B5, B6).
The hub was read, not run: what was only concluded says so.
"""

from validator.findings import Rule, Severity

RECEIVER_WITHOUT_STREAM = Rule(
    "EV751",
    "receiver-without-stream",
    Severity.WARNING,
    "step `{step}` sends directly to `{peer}` and therefore has no stream at the hub, but the hub has packets of "
    "{sources} for it: they wait in a buffer, and when it is full the sender's stream closes (inferred from the "
    "platform's source, not observed)",
    "A step that receives packets from the hub also sends through the hub.",
)
LISTED_EARLIER = Rule(
    "EV752",
    "listed-earlier",
    Severity.WARNING,
    "step `{step}` gets no packet of step `{source}`: the hub considers only steps that are listed after the sender",
    "A realtime step is listed after the steps that it needs.",
)
PEER_IS_NOT_TOLD = Rule(
    "EV753",
    "peer-is-not-told",
    Severity.WARNING,
    "step `{source}` sends directly to `{step}`, but the transport of `{step}` has `routing.mode: hub`, so its "
    "connector does not expect a peer (what happens to the packets was not observed)",
    "`routing.mode: hub` applies to the transports of both ends.",
)
JOIN_NEEDS_A_KEY = Rule(
    "EV754",
    "join-needs-a-key",
    Severity.NOTE,
    "this step joins packets of {sources} only if they share a `bubu.join.key` in their metadata or a message id: "
    "otherwise step `{step}` runs once for each, and `steps` has none of the others",
    "Packets that a step joins carry a key.",
)
JOINED_STEP_IN_IF = Rule(
    "EV755",
    "joined-step-in-if",
    Severity.WARNING,
    "`if` is evaluated before packets are joined: for a packet of {others}, `steps` has no `{found}`, and "
    "{consequence}",
    "The `if` of a step that joins packets reads only `packet`, or what every packet has.",
)
READY_NEEDS_A_TRANSPORT = Rule(
    "EV756",
    "ready-needs-a-transport",
    Severity.WARNING,
    "`storyrun.ready` is never sent: the hub waits for the steps that name a `transport`, and no step does",
    "The engrams of a story that waits for `storyrun.ready` name their transport.",
)
COVERED_SETTING = Rule(
    "EV287",
    "covered-setting",
    Severity.NOTE,
    "`{setting}` of Transport `{transport}` is {wanted} and has no effect here: each story fills in the defaults of "
    "`streaming`, which override the Transport's, so {given} applies",
    "A story sets the streaming settings that it needs.",
)
