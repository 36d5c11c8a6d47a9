"""The reusable workflows, called by the repositories of examples/ as their authors would, under `act` on a real daemon.

The action's image is built once for all tests. What no test can reach, the storage of artifacts and caches, is replaced
by stand-ins: they are no part of the product, and a fault of theirs is one of the test's surroundings.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.runner import Runner, commit, example, mistake

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # a busy machine takes its time
LISTENER = """
  told:
    needs: {job}
    runs-on: ubuntu-latest
    steps:
      - run: echo "the caller sees $OUTPUTS"
        env:
          OUTPUTS: ${{{{ format('{{0}} {{1}} {{2}}', {outputs}.result, {outputs}.errors, {outputs}.warnings) }}}}
"""


def listening(repository: Path, workflow: str, job: str) -> None:
    """Add a job that prints what the called workflow has put out. After one that fails, act starts no job."""
    with (repository / ".github" / "workflows" / workflow).open("a", encoding="utf-8") as file:
        file.write(LISTENER.format(job=job, outputs=f"needs.{job}.outputs"))


def test_an_engram_that_breaks_its_contract_fails_the_pull_request_on_the_line(github: Runner, tmp_path: Path) -> None:
    repository = example("greeter", tmp_path)

    job = github.run(repository, "pull_request")

    template = (repository / "Engram.yaml").read_text(encoding="utf-8").splitlines()
    line = 2 + template.index("      exclamations:")  # its type, which stands below the name
    assert job.status == 1, job.log
    assert job.annotations == [("error", "Engram.yaml", str(line))]
    assert (job.outputs["result"], job.outputs["errors"], job.outputs["warnings"]) == ("failed", "1", "0")
    assert "## ❌ engram-validate: failed" in job.summary
    files = github.stored("artifacts/1/engram-validate/")
    assert {Path(name).suffix for name in files} == {".json", ".xml", ".sarif", ".html"}
    assert json.loads(files["artifacts/1/engram-validate/engram-validate.json"])["result"] == "failed"


def test_an_engram_that_keeps_its_contract_passes(github: Runner, tmp_path: Path) -> None:
    repository = example("greeter", tmp_path)
    mistake(repository / "greeter.py", "marks and len(marks)", "len(marks)")
    listening(repository, "contract.yml", "contract")

    job = github.run(repository, "pull_request")

    assert (job.status, job.annotations) == (0, []), job.log
    assert "the caller sees passed 0 0" in job.log


@pytest.mark.nightly
def test_stories_that_fit_pass(github: Runner, tmp_path: Path) -> None:
    repository = example("stories", tmp_path)
    listening(repository, "stories.yml", "stories")

    job = github.run(repository, "pull_request")

    assert (job.status, job.annotations) == (0, []), job.log
    assert "the caller sees passed 0 0" in job.log


def stands_there(annotations: list[tuple[str, str, str]], line: int) -> None:
    """The mistake at its line of the story, and nothing that the story's cases expect in vain."""
    assert annotations == [("error", "stories/digest.yaml", str(line))]


def test_a_story_with_a_mistake_fails_the_pull_request_on_the_line(github: Runner, tmp_path: Path) -> None:
    repository = example("stories", tmp_path)
    line = mistake(repository / "stories" / "digest.yaml", "output.body", "output.bdoy")

    job = github.run(repository, "pull_request")

    assert job.status == 1, job.log
    stands_there(job.annotations, line)


@pytest.mark.nightly
def test_a_case_of_a_story_with_a_mistake_fails_the_pull_request_on_the_line(github: Runner, tmp_path: Path) -> None:
    """The mistake that examples/stories shows on purpose."""
    repository = example("stories", tmp_path)
    cases = (repository / "mistaken.yaml").read_text(encoding="utf-8")
    (repository / "engram-validate.yaml").write_text(cases, encoding="utf-8")

    job = github.run(repository, "pull_request")

    line = 1 + cases.splitlines().index("        never: [short]")
    assert job.status == 1, job.log
    assert job.annotations == [("error", "engram-validate.yaml", str(line))]


def test_old_mistakes_stay_out_of_a_pull_request_that_asks_for_changes_only(github: Runner, tmp_path: Path) -> None:
    repository = example("stories", tmp_path)
    digest = repository / "stories" / "digest.yaml"
    old = repository / "stories" / "old.yaml"
    old.write_text(digest.read_text(encoding="utf-8").replace("output.body", "output.bdoy"), encoding="utf-8")
    mistake(old, "name: digest", "name: old")
    with (repository / ".github" / "workflows" / "stories.yml").open("a", encoding="utf-8") as file:
        file.write("      changed-since: HEAD~1\n")
    commit(repository)
    line = mistake(digest, "sentences: 2", "sentences: two")

    job = github.run(repository, "pull_request")

    assert job.status == 1, job.log
    stands_there(job.annotations, line)


@pytest.mark.nightly
def test_a_night_joins_what_its_runners_found_and_runs_again_only_what_has_changed(
    github: Runner, tmp_path: Path
) -> None:
    repository = example("catalogue", tmp_path)
    mistake(repository / ".github" / "workflows" / "nightly.yml", "shards: 2", 'shards: 2\n      explore: "off"')
    listening(repository, "nightly.yml", "nightly")

    good = github.run(repository, "workflow_dispatch", number=1)

    assert (good.status, good.annotations) == (0, []), good.log
    assert "the caller sees passed 0 0" in good.log

    mistake(repository / "engrams" / "count.py", "len(text.split())", "str(len(text.split()))")
    broken = github.run(repository, "workflow_dispatch", number=2)

    template = (repository / "engrams" / "count.yaml").read_text(encoding="utf-8").splitlines()
    words = 2 + template.index("      words:")  # its type, which stands below the name
    cases = (repository / "engram-validate.yaml").read_text(encoding="utf-8").splitlines()
    lines = [1 + cases.index(f"    - name: {name}") for name in ("nothing", "line breaks")]
    assert broken.status == 1, broken.log
    assert set(broken.annotations) == {
        ("error", "engrams/count.yaml", str(words)),
        *(("error", "engram-validate.yaml", str(line)) for line in lines),
    }
    assert "## ❌ engram-validate: failed" in broken.summary

    files = github.stored("artifacts/")
    assert "artifacts/2/engram-validate-pairs/engram-validate-pairs.html" in files
    for night, kept in ((1, {"count": False, "shout": False}), (2, {"count": False, "shout": True})):
        report = json.loads(files[f"artifacts/{night}/engram-validate/engram-validate.json"])
        ran = [case for case in report["cases"] if case["check"] == "conformance"]
        assert {case["subject"]["name"]: "cache" in case["properties"] for case in ran} == kept
