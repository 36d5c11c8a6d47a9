"""An impulse starts the run: what it is told, what its deliveries come to, and what is wrong in a configuration."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.checks.stories.runs import prepared
from tests.engine.test_launches import Api
from validator.engine.options import Options
from validator.engine.preparation import Prepared, prepare
from validator.engine.stories.cases import StoryRunner, task_of
from validator.engine.stories.impulses import Deliveries, Triggered, case_of, triggered
from validator.engine.stories.running import mask_of, ran
from validator.engine.stories.selection import cases_of, stories_named
from validator.sandbox.impulse import ImpulseRun
from validator.sandbox.model import Exit, Log
from validator.stories.schemas import SchemaReader
from validator.suite.results import Outcome
from validator.suite.story_results import StoryRan

WORKSPACE = """
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: triage}
spec:
  inputsSchema: {type: object, required: [mail], properties: {mail: {type: string}}}
  steps: []
  output: {mail: "{{ inputs.mail }}"}
---
apiVersion: bubustack.io/v1alpha1
kind: Story
metadata: {name: other}
spec: {steps: []}
---
apiVersion: catalog.bubustack.io/v1alpha1
kind: ImpulseTemplate
metadata: {name: listens}
spec: {version: 0.1.0, image: "example.invalid/listens:1", supportedModes: [deployment]}
---
apiVersion: bubustack.io/v1alpha1
kind: Impulse
metadata: {name: mails}
spec:
  templateRef: {name: listens}
  storyRef: {name: triage}
  with: {port: 18080, source: post}
  deliveryPolicy: {dedupe: {mode: key, keyTemplate: "{{ inputs.id }}"}, retry: {maxAttempts: 3}}
  throttle: {maxInFlight: 2}
---
apiVersion: bubustack.io/v1alpha1
kind: Impulse
metadata: {name: others}
spec: {templateRef: {name: listens}, storyRef: {name: other}}
---
stories:
  triage:
  - name: sample
"""
TRIGGER = "    trigger: {impulse: mails, process: bin/listens, send: {port: 18080, body: {mail: hello}}}\n"


def ready(text: str, folder: Path) -> Prepared:
    made = prepared(WORKSPACE + text, folder)
    assert made.unreadable == ()
    return made


MISTAKES = [
    ("    trigger: {impulse: mial, process: p, send: {port: 1}}", "did you mean `mails`?", "EV182"),
    ("    trigger: {impulse: others, process: p, send: {port: 1}}", "impulse `others` starts story `other`", "EV181"),
    ("    expect: {deliveries: [Created]}", "no impulse starts the run", "EV181"),
    ("    trigger: {impulse: mails, send: {port: 1}}", "process", "EV181"),
    ("    trigger: {impulse: mails, process: p}", "send", "EV181"),
    ("    trigger: {payload: {}, impulse: mails}", "`payload` and `impulse` exclude each other", "EV181"),
    ("    trigger: {impulse: mails, process: p, send: {port: 0}}", "0", "EV181"),
    ("    trigger: {impulse: mails, process: p, send: {port: 1, path: hook}}", "hook", "EV181"),
    ('    trigger: {impulse: mails, process: p, send: {port: 1, headers: {a: "b\\r\\nc: d"}}}', "", "EV181"),
    (TRIGGER + "    expect: {deliveries: [Made]}", "Made", "EV181"),
    ("    trigger: {payload: {}, secrets: {}}", "`payload` and `secrets` exclude each other", "EV181"),
    ("    trigger: {impulse: mails, process: p, secrets: {a: b}, send: {port: 1}}", "secrets", "EV181"),
]


@pytest.mark.parametrize(("text", "part", "code"), MISTAKES)
def test_mistakes_in_the_configuration(text: str, part: str, code: str, tmp_path: Path) -> None:
    made = prepared(f"{WORKSPACE}{text}\n", tmp_path)

    found = [one for one in made.unreadable if one.subject.kind == "config"]

    assert [one.rule.code for one in found] == [code]
    hint = found[0].suggestion.text if found[0].suggestion is not None else ""
    assert part in f"{found[0].message} {hint}"
    assert found[0].location.file == "engram-validate.yaml"


def test_an_impulse_gets_its_secrets_and_no_report_has_them(tmp_path: Path) -> None:
    secrets = '{mail: {TOKEN: "${{ secret }}", HOST: very-secret-host}}'
    made = ready(TRIGGER.replace("process:", f"secrets: {secrets}, process:"), tmp_path)
    (story,) = stories_named(made.workspace, made.config, ["triage"])
    (case,) = cases_of(made.config, story)
    assert case.trigger is not None

    told = case_of(made.workspace.impulses[0], story, case.trigger, 30.0, 1024, {"mail": "MAIL_"})
    ended = Exit(1, stderr=Log("no mail at very-secret-host\n", 28))
    failed = triggered(case.trigger, ImpulseRun((), True, ended), Deliveries(story, "default"))

    assert told.env["BUBU_SECRET_mail"] == "env:MAIL_"
    assert told.env["MAIL_TOKEN"] == "made-up-mail-secret"
    assert told.env["MAIL_HOST"] == "very-secret-host"
    assert "no mail at ***" in failed.problem
    assert mask_of(made).text("at very-secret-host") == "at ***"


def test_what_an_impulse_is_told(tmp_path: Path) -> None:
    made = ready(TRIGGER, tmp_path)
    (story,) = stories_named(made.workspace, made.config, ["triage"])
    (case,) = cases_of(made.config, story)
    assert case.trigger is not None

    told = case_of(made.workspace.impulses[0], story, case.trigger, 30.0, 1024)

    assert told.env == {
        "BUBU_POD_NAMESPACE": "default",
        "BUBU_IMPULSE_NAME": "mails",
        "BUBU_IMPULSE_NAMESPACE": "default",
        "BUBU_TARGET_STORY_NAME": "triage",
        "BUBU_TARGET_STORY_NAMESPACE": "default",
        "BUBU_MAX_INLINE_SIZE": "1024",
        "BUBU_MAX_RECURSION_DEPTH": "64",
        "BUBU_TRIGGER_DEDUPE_MODE": "key",
        "BUBU_TRIGGER_DEDUPE_KEY_TEMPLATE": "{{ inputs.id }}",
        "BUBU_TRIGGER_RETRY_MAX_ATTEMPTS": "3",
        "BUBU_TRIGGER_THROTTLE_MAX_IN_FLIGHT": "2",
        "BUBU_STEP_CONFIG": '{"port":18080,"source":"post"}',
    }
    assert [one["kind"] for one in told.manifests] == ["Impulse", "Story"]


def test_deliveries_are_decided_and_the_first_run_counts(tmp_path: Path) -> None:
    made = ready("", tmp_path)
    (story,) = stories_named(made.workspace, made.config, ["triage"])
    found = Deliveries(story, "default")
    api = Api(found)
    found.begin(api.put)

    for inputs, key in (({"mail": 1}, "a"), ({"mail": "x"}, "k"), ({"mail": "x"}, "k"), ({"mail": "y"}, "k")):
        api.trigger("triage", inputs, key)  # type: ignore[arg-type]
    api.trigger("other", {}, "k")

    outcomes = [str(one.outcome) for one in found.decisions]
    assert outcomes == ["Rejected", "Created", "Reused", "Rejected", "Rejected"]
    assert found.inputs == {"mail": "x"}
    assert found.reached(5, 0)
    assert not found.reached(6, 0)


def play(text: str, folder: Path, found: Triggered) -> StoryRan:
    made = ready(text, folder)
    (story,) = stories_named(made.workspace, made.config, ["triage"])
    (case,) = cases_of(made.config, story)
    runner = StoryRunner(SchemaReader(made.workspace), trigger=lambda *_: found)
    return runner.run(task_of(story, case))


REFUSED = Triggered(None, ("Rejected",), "impulse `mails` started no run: refused")
JUDGED = [
    ("", Triggered({"mail": "hello"}, ("Created",)), Outcome.PASSED, ""),
    ("", REFUSED, Outcome.FAILED, "the trigger: impulse `mails` started no run: refused"),
    ("    expect: {deliveries: [Rejected]}\n", REFUSED, Outcome.PASSED, ""),
    ("    expect: {deliveries: [Rejected], output: 1}\n", REFUSED, Outcome.FAILED, "the trigger: impulse"),
    ("    expect: {deliveries: [Created]}\n", REFUSED, Outcome.FAILED, "expected Created, found Rejected: impulse"),
    ("    expect: {deliveries: []}\n", Triggered(None, (), "no run"), Outcome.PASSED, ""),
    (
        "    expect: {deliveries: [Created, Reused]}\n",
        Triggered({"mail": "hello"}, ("Created",)),
        Outcome.FAILED,
        "expected Created, Reused, found Created",
    ),
    ("    expect: {output: {mail: bye}}\n", Triggered({"mail": "hello"}, ("Created",)), Outcome.FAILED, "bye"),
]


@pytest.mark.parametrize(("expect", "found", "outcome", "part"), JUDGED)
def test_the_case_is_judged(expect: str, found: Triggered, outcome: Outcome, part: str, tmp_path: Path) -> None:
    result = play(TRIGGER + expect, tmp_path, found)

    assert result.outcome is outcome
    assert part in " ".join(one.message for one in result.findings)


def test_without_images_it_is_not_checked(tmp_path: Path) -> None:
    made = ready(TRIGGER, tmp_path)
    (story,) = stories_named(made.workspace, made.config, ["triage"])
    (case,) = cases_of(made.config, story)

    result = StoryRunner(SchemaReader(made.workspace)).run(task_of(story, case))

    assert result.outcome is Outcome.NOT_CHECKED
    assert result.reason == "impulse `mails` runs only with images"


def test_a_real_impulse(fixture_binaries: Path, tmp_path: Path) -> None:
    """With the real SDK: delivered twice, then another mail under the same key."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    sent = ", ".join(
        f"{{port: {port}, headers: {{X-Delivery: one}}, body: {{mail: {mail}}}}}" for mail in ("hi", "hi", "bye")
    )
    text = f"    trigger: {{impulse: mails, process: {fixture_binaries / 'listens'}, send: [{sent}]}}\n"
    expected = "    expect: {deliveries: [Created, Reused, Rejected], output: {mail: hi}}\n"
    plain = (
        WORKSPACE.replace("port: 18080", f"port: {port}")
        .replace("deliveryPolicy: {dedupe: {mode: key", "deliveryPolicy: {dedupe: {mode: token")
        .replace(', keyTemplate: "{{ inputs.id }}"', "")
    )
    prepared(plain + text + expected, tmp_path)
    made = prepare(Options(root=tmp_path, sandbox="process"))
    (story,) = stories_named(made.workspace, made.config, ["triage"])

    results, _ = ran(made, [task_of(story, case) for case in cases_of(made.config, story)])

    assert [finding.message for one in results for finding in one.findings] == []
    assert [one.outcome for one in results] == [Outcome.PASSED]
