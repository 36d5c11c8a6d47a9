"""Realtime stories whose packets do not go where `needs` says (story-run.md, sections B1, B2, B4 and B5)."""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.gaps.wording import of_step, steps_in_words, verb
from validator.checks.resolution.templates import Survey
from validator.findings import Finding
from validator.rules import gaps as rules
from validator.sources.manifests import Step, Story
from validator.stories.topology import peers, transport_of

_STARTED = ("sleep", "stop", "executeStory", "parallel")
_READY = "storyrun.ready"


def check_routes(survey: Survey) -> Iterator[Finding]:
    """Where the packets of a realtime story go."""
    story = survey.story
    named = {step.name: step for step in story.steps if step.name}
    direct = peers(story, survey.scopes.schemas.workspace.transports)
    for step in story.steps:
        needed = [named[need.text] for need in step.needs if need.text in named]
        if step.type in _STARTED:
            yield from _primitive(story, step, needed)
        elif step.ref is not None:
            yield from _receiver(story, step, needed)
            yield from _sender(story, step, direct.get(step.name))
    yield from _hook(story, [(step, direct[step.name]) for step in story.steps if step.name in direct])


def _primitive(story: Story, step: Step, needed: list[Step]) -> Iterator[Finding]:
    """The controller runs it at once (B1.2); the hub for each packet, unless the sender names a transport (B5.2)."""
    passed_over = needed and all(
        other.ref is not None and transport_of(other) and transport_of(other) != transport_of(step) for other in needed
    )
    if passed_over:
        packets = f"the hub passes it over for every packet, since {steps_in_words([o.name for o in needed])} " + (
            f"{verb([o.name for o in needed], 'names', 'name')} a transport and it does not"
        )
    else:
        packets = {
            "sleep": "in the hub it holds up every packet again",
            "stop": "in the hub it keeps each packet from the steps after it, and ends nothing",
            "executeStory": "in the hub it starts a StoryRun for every packet again",
            "parallel": "its branches are started and get no packet",
        }[step.type]
    advice = "leave it to an engram, or to a batch story that an impulse starts"
    yield of_step(
        rules.PRIMITIVE_AT_START, story, step, "type", advice, type=step.type, step=step.name, packets=packets
    )


def _receiver(story: Story, step: Step, needed: list[Step]) -> Iterator[Finding]:
    names = [other.name for other in needed]
    if needed and len(needed) == len(step.needs) and all(other.type for other in needed):
        yield of_step(
            rules.NEEDS_ONLY_PRIMITIVES,
            story,
            step,
            "needs",
            "need the engram whose packets it takes, and put the `if` on this step",
            step=step.name,
            needs=steps_in_words(names),
            verb=verb(names, "sends", "send"),
        )
    elif needed and not transport_of(step) and all(other.ref is not None and transport_of(other) for other in needed):
        yield of_step(
            rules.OFF_TRANSPORT,
            story,
            step,
            "needs",
            f"add `transport: {transport_of(needed[0])}`",
            step=step.name,
            needs=steps_in_words(names),
            verb=verb(names, "sends", "send"),
        )


def _sender(story: Story, step: Step, peer: Step | None) -> Iterator[Finding]:
    if step.id and step.id != step.name and step.name and _has_receiver(story, step):
        advice = f"leave `id` out, or write `{step.name}`"
        yield of_step(rules.ID_IS_NOT_NAME, story, step, "id", advice, step=step.name, found=step.id)
    if (
        peer is not None
        and peer.type
        and not any(need.text == peer.name for other in story.steps for need in other.needs)
    ):
        yield of_step(
            rules.PEER_WITHOUT_ADDRESS,
            story,
            step,
            "name",
            f"let an engram need `{step.name}`, too",
            step=step.name,
            peer=peer.name,
            type=peer.type,
        )


def _has_receiver(story: Story, step: Step) -> bool:
    """Whether another step takes what it sends: one that needs it, or a later one on its transport without `needs`."""
    position = story.steps.index(step)
    return any(
        any(need.text == step.name for need in other.needs)
        or (not other.needs and index > position and transport_of(other) == transport_of(step))
        for index, other in enumerate(story.steps)
    )


def _hook(story: Story, direct: list[tuple[Step, Step]]) -> Iterator[Finding]:
    """A step that sends directly has no stream at the hub, and the hub waits for all of them (B2.5)."""
    senders = [(step, peer) for step, peer in direct if step.ref is not None and transport_of(step)]
    for step in story.steps:
        text = step.if_.text if step.if_ is not None else None
        if senders and step.ref is not None and text is not None and _READY in text.lower():
            sender, peer = senders[0]
            yield of_step(
                rules.READY_NEVER_SENT,
                story,
                step,
                "if",
                "set `routing.mode: hub` in the settings of the transport, or wait for `steprun.ready`",
                step=sender.name,
                peer=peer.name,
            )
