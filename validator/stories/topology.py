"""Which steps of a realtime story send their packets directly to the next one, past the hub.

Source: story-run.md, section B2. Neither types nor transports of steps are looked at, as the platform does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from validator.sources.manifests import Step, Story, StoryTransport, Transport

_SETTINGS = (("settings",), ("defaultSettings",), ("streaming",))
"""Where a mode of routing may stand."""


def peers(story: Story, transports: Iterable[Transport] = ()) -> Mapping[str, Step]:
    """The steps that send directly, by name, each with the step that it sends to (B2.1).

    `transports` are those of the workspace: their settings hold where the story does not say otherwise.
    """
    steps = {step.name: step for step in story.steps if step.name}
    needs = {name: [need.text for need in step.needs if need.text in steps] for name, step in steps.items()}
    receivers: dict[str, list[Step]] = {name: [] for name in steps}
    for name, needed in needs.items():
        for other in dict.fromkeys(needed):
            assert other is not None
            receivers[other].append(steps[name])
    direct: dict[str, Step] = {}
    pending = dict(steps)
    while pending:
        found = {
            name: receivers[name][0]
            for name, step in pending.items()
            if not _is_routed(step)
            and len(receivers[name]) == 1
            and not _is_routed(receivers[name][0])
            and all(other in direct for other in needs[name])
        }
        if not found:
            break
        direct.update(found)
        pending = {name: step for name, step in pending.items() if name not in found}
    declared = {transport.name: transport for transport in transports}
    hubs = {transport.name for transport in story.transports if _through_hub(transport, declared)}
    first = story.transports[0].name if story.transports else ""
    return {name: to for name, to in direct.items() if (transport_of(steps[name]) or first) not in hubs}


def transport_of(step: Step) -> str:
    """The transport that a step names; empty for none."""
    return (step.transport.text or "").strip() if step.transport is not None else ""


def _is_routed(step: Step) -> bool:
    condition = step.if_.value if step.if_ is not None else None
    return bool(condition) or (step.runtime is not None and step.runtime.value is not None)


def _through_hub(transport: StoryTransport, declared: Mapping[str, Transport]) -> bool:
    """Whether the settings of a transport, here or where it is declared, may send everything through the hub."""
    reference = transport.node.get("transportRef")
    target = declared.get((reference.text or "") if reference is not None else "")
    holders = [transport.node] + ([spec] if target is not None and (spec := target.node.get("spec")) else [])
    modes = (holder.find((*way, "routing", "mode")) for holder in holders for way in _SETTINGS)
    return any(mode is not None and (mode.text or "").lower() == "hub" for mode in modes)
