"""Views of manifests: what is there, and nothing raised for what is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from validator.sources.manifests import Engram, EngramTemplate, Impulse, Manifest, Story, view
from validator.sources.reader import read
from validator.sources.text import SourceText


def _view(text: str) -> Manifest:
    return view(read(SourceText("m.yaml", text)).documents[0].root)


STORY = """\
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: triage, namespace: a}
spec:
  pattern: realtime
  steps:
  - name: fetch
    id: f
    ref: {name: http, namespace: b, version: "2"}
    needs: [a, 5, b]
    if: "{{ inputs.x }}"
    with: {url: x}
    runtime: {text: y}
    allowFailure: true
    execution: {cache: {key: "{{ .step.id }}"}}
    postExecution: {condition: "{{ true }}"}
  - name: split
    type: parallel
    with: {steps: [{name: one, type: parallel, with: {steps: [{name: two}]}}, nonsense]}
  finally:
  - name: tell
  transports:
  - {name: audio, transportRef: livekit, streaming: {routing: {rules: [{when: w}]}}}
"""


def test_story() -> None:
    story = _view(STORY)
    assert isinstance(story, Story)
    assert story.is_realtime
    fetch = story.steps[0]
    assert fetch.ref is not None
    assert (fetch.ref.name, fetch.ref.namespace, fetch.ref.version) == ("http", "b", "2")
    assert [need.text for need in fetch.needs] == ["a", "b"]
    assert fetch.cache_key is not None
    assert fetch.cache_key.value == "{{ .step.id }}"
    assert [step.name for step in story.every_step()] == ["fetch", "split", "one", "two", "tell"]
    two = list(story.every_step())[3]
    assert two.path == ("spec", "steps", 1, "with", "steps", 0, "with", "steps", 0)
    assert story.node.find(two.path) is two.node
    assert [rule.value for rule in story.transports[0].routing_rules] == [{"when": "w"}]
    assert str(story.subject) == "story triage"


def test_template() -> None:
    template = _view(
        "apiVersion: catalog.bubustack.io/v1alpha1\nkind: EngramTemplate\nmetadata: {name: fetch}\n"
        "spec: {version: 0.10, supportedModes: [job], image: i, outputSchema: {type: object},\n"
        "  secretSchema: {api: {required: true, envPrefix: API_}}}\n"
    )
    assert isinstance(template, EngramTemplate)
    assert template.version == "0.10"
    assert template.supported_modes == ("job",)
    assert template.input_schema is None
    assert template.output_schema is not None
    assert template.secrets["api"].required
    assert template.secrets["api"].env_prefix == "API_"


def test_defaults() -> None:
    engram = _view("apiVersion: bubustack.io/v1alpha1\nkind: Engram\n")
    assert isinstance(engram, Engram)
    assert (engram.mode, engram.with_value, engram.template_ref, engram.name) == ("job", {}, None, "")
    story = _view("apiVersion: bubustack.io/v1alpha1\nkind: Story\nspec: {pattern: null}\n")
    assert isinstance(story, Story)
    assert story.pattern == "batch"


@pytest.mark.parametrize(
    ("api_version", "kind", "expected"),
    [
        ("bubustack.io/v1alpha1", "Story", Story),
        ("bubustack.io/v1", "Story", Story),
        ("storybook.js.org/v1", "Story", Manifest),
        ("bubustack.io/v1alpha1", "EngramTemplate", Manifest),
        ("bubustack.io/v1alpha1", "Impulse", Impulse),
        ("v1", "ConfigMap", Manifest),
    ],
)
def test_kinds(api_version: str, kind: str, expected: type[Manifest]) -> None:
    assert type(_view(f"apiVersion: {api_version}\nkind: {kind}\n")) is expected


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "x", "parallel"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["name", "ref", "with", "steps", "needs", "type", "transports", "streaming", "routing", "rules"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=examples(200), deadline=None)
@given(
    st.sampled_from(["Story", "Engram", "Impulse"]),
    st.dictionaries(
        st.sampled_from(["steps", "finally", "templateRef", "with", "transports", "mode", "deliveryPolicy"]), _JSON
    ),
    _JSON,
)
def test_no_shape_breaks_a_view(kind: str, spec: object, metadata: object) -> None:
    manifest = _view(
        f"apiVersion: bubustack.io/v1alpha1\nkind: {kind}\nspec: {spec!r}\nmetadata: {metadata!r}\n".replace(
            "None", "null"
        )
    )
    pending: list[object] = [manifest]
    if isinstance(manifest, Story):
        pending += [*manifest.every_step(), *manifest.transports]
    for looked_at in pending:
        for name in dir(type(looked_at)):
            if isinstance(getattr(type(looked_at), name), property):
                getattr(looked_at, name)
