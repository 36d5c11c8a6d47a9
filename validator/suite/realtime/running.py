"""One case of a realtime story, run: its engrams in pods, mocks for the others, the hub between them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from validator.findings import Finding, Json
from validator.sandbox.model import Identity, SandboxError, Secret
from validator.sandbox.service_model import Service
from validator.sandbox.stream_model import StreamCase, StreamRun
from validator.schemas.defaults import apply_defaults
from validator.sources.manifests import Story
from validator.sources.workspace import Workspace
from validator.stories.hub.accounts import EVERYTHING, Keep
from validator.stories.hub.engrams import HubEngram
from validator.stories.hub.evaluation import BlockedError, EvaluationError, static
from validator.stories.hub.places import Manifests
from validator.stories.hub.play import Ends, Played, connected, play
from validator.stories.hub.run import Run
from validator.stories.transports import merged
from validator.suite.realtime.cases import Case, CaseError, StepCase
from validator.suite.realtime.judging import judge
from validator.suite.realtime.pods import OpenPod, Pods
from validator.suite.realtime.recordings import NONE, Recording, differences
from validator.suite.realtime.wire import traced

BEAT = "40ms"
"""Between heartbeats of an idle engram, which tell that it rests. On a busy machine a send takes longer than the few
milliseconds of a single engram's case, and a heartbeat would be due again whenever an output is."""


MOST = 1_000
"""Packets that are kept of each way and fate: memory does not grow with the packets of a case."""


@dataclass(frozen=True, slots=True)
class Given:
    """What an engram is given whatever a case says."""

    config: Mapping[str, Json] = field(default_factory=dict)
    """Below what the manifests say."""
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    services: tuple[Service, ...] = ()
    """What is served in its pod."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A case that was run."""

    case: Case
    run: Run
    played: Played
    findings: tuple[Finding, ...]
    pods: Mapping[str, tuple[StreamRun, ...]]
    """What each engram that really ran was sent and has sent, by step."""
    seconds: float = 0.0
    """Real ones."""
    opened: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """When each of these runs began to count, in seconds since the case began."""
    errors: tuple[SandboxError, ...] = ()
    """Why the sandbox could not do its work: then nothing is said of the story."""


def run_case(
    workspace: Workspace,
    story: Story,
    case: Case,
    opened: Mapping[str, OpenPod],
    given: Mapping[str, Given] = MappingProxyType({}),
    recording: Recording = NONE,
    *,
    records: bool = False,
) -> Ran:
    """Run a case; `opened` has a pod for each step whose image is run. Raises CaseError.

    What is in `recording` stands for its step, where the case has no answers of it; `records` keeps all packets.
    """
    run = story_run(workspace, story, case.inputs)
    live = {
        step.name: (
            opened[step.name],
            _stream_case(workspace, story, run, step.name, case, given.get(step.name, Given())),
        )
        for step in run.steps
        if step.name in opened and not case.steps.get(step.name, StepCase()).absent
    }
    answers = {name: one.answers for name, one in case.steps.items() if one.answers is not None}
    replayed = {name: one for name, one in recording.items() if name not in answers and name not in live}
    answers |= {name: one.answers for name, one in replayed.items()}
    own = [event for one in replayed.values() for event in one.own]
    ends = {name: one.end for name, one in case.steps.items() if one.end is not None}
    absent = [name for name, one in case.steps.items() if one.absent]
    began = time.monotonic()
    pods = Pods(live, case.timeout)
    with pods.running():
        played = play(
            run,
            (*connected(run, absent), *case.events, *own),
            answers,
            Ends(ends),
            live=pods,
            faults=case.faults,
            keep=EVERYTHING if records or replayed else _keep_limits(case),
            mark=traced,
        )
        late = pods.busy
    others = tuple(differences(replayed, played))
    found = () if pods.errors else judge(_manifests(workspace, story), case, played, late, pods.unheard, others)
    return Ran(case, run, played, found, pods.runs, time.monotonic() - began, pods.opened, pods.errors)


def _manifests(workspace: Workspace, story: Story) -> Manifests:
    found = {step.name: workspace.step_template(story, step) for step in story.steps if step.name}
    return Manifests(story, {name: template for name, template in found.items() if template is not None})


def story_run(workspace: Workspace, story: Story, inputs: Mapping[str, Json]) -> Run:
    """What the hub is given of a story and what it refers to."""
    spec = story.node.get("spec")
    transports = {one.name: body.value for one in workspace.transports if (body := one.node.get("spec")) is not None}
    engrams = {}
    for step in story.steps:
        engram = workspace.engram_of(story, step)
        if engram is not None:
            template = workspace.template_of(engram)
            taken, given = (template.input_schema, template.output_schema) if template is not None else (None, None)
            engrams[engram.name] = HubEngram(
                engram.name,
                engram.mode == "job",
                taken.value if taken is not None else None,
                given.value if given is not None else None,
            )
    return Run(
        spec.value if spec is not None and isinstance(spec.value, dict) else {},
        engrams,
        {name: body for name, body in transports.items() if isinstance(body, dict)},
        inputs,
        name=f"{story.name}-run",
        namespace=story.namespace or "default",
    )


def _keep_limits(case: Case) -> Keep:
    """What reports show, and all that the case has something to say of."""
    edges = frozenset((one.source, one.target) for one in case.edges if one.packets)
    return Keep(MOST, edges, frozenset(one.step for one in case.outputs if one.packets))


def _stream_case(workspace: Workspace, story: Story, run: Run, name: str, case: Case, given: Given) -> StreamCase:
    """What the engram of a step is told (story-run.md, B1.4). Raises CaseError.

    Unlike the hub, it sees the inputs of the run with the defaults of the story's schema (B4.3).
    """
    step_case = case.steps.get(name, StepCase())
    inputs = _with_defaults(run.story.get("inputsSchema"), run.given)
    engram = run.engrams.get(next(one for one in run.steps if one.name == name).engram)
    config = merged(given.config, merged(_config(workspace, story, run, name, inputs), step_case.config))
    return StreamCase(
        name,
        config=_with_defaults(engram.input_schema if engram is not None else None, config),
        secrets=given.secrets,
        context={"inputs": inputs, "steps": {}},
        env={"BUBU_GRPC_HEARTBEAT_INTERVAL": BEAT, **given.env, **step_case.env},
        identity=Identity(run.namespace, story.name, run.name, name),
        time_limit=case.timeout,
        startup=case.timeout,
        patience=case.timeout / 2,
        services=given.services,
    )


def _with_defaults(schema: Json, value: Mapping[str, Json]) -> dict[str, Json]:
    filled = apply_defaults(schema, dict(value))
    return filled if isinstance(filled, dict) else dict(value)


def _config(workspace: Workspace, story: Story, run: Run, name: str, inputs: Mapping[str, Json]) -> dict[str, Json]:
    """`with` of the Engram and of the step above it, with its templates evaluated over the inputs of the run."""
    step = next(step for step in story.steps if step.name == name)
    engram = workspace.engram_of(story, step)
    own = next(one for one in run.steps if one.name == name).with_ or {}
    block = merged(engram.with_value if engram is not None else {}, own)
    try:
        return static(block, inputs)
    except (BlockedError, EvaluationError) as error:
        raise CaseError(f"the config of step {name} cannot be evaluated: {error}") from error
