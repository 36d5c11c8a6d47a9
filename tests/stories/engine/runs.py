"""Short ways to say a story and how its steps end, and to see what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from validator.stories.simulated_batch import answer

ENGRAMS = {"e": {"with": {"base": "fromEngram"}}}
DONE = "All steps completed successfully."


def step(name: str, **fields: Any) -> dict[str, Any]:
    """An engram step, unless it has a type; `if_` and `with_` stand for `if` and `with`."""
    fields = {key.rstrip("_"): value for key, value in fields.items()}
    return {"name": name} | ({} if "type" in fields else {"ref": {"name": "e"}}) | fields


def succeeds(output: Any = None, after: int = 1) -> dict[str, Any]:
    return {"after": after, "phase": "Succeeded", "output": output}


FAILS = {"after": 1, "phase": "Failed", "exitClass": "terminal", "error": "boom"}


@dataclass(frozen=True)
class Outcome:
    """What became of a run."""

    answer: dict[str, Any]

    @property
    def phase(self) -> str:
        return str(self.answer["final"]["phase"])

    @property
    def message(self) -> str:
        return str(self.answer["final"]["message"])

    @property
    def output(self) -> Any:
        return self.answer["final"]["output"]

    @property
    def hangs(self) -> bool:
        return bool(self.answer["final"]["quiescent"] == "hang")

    @property
    def steps(self) -> dict[str, str]:
        return {name: state["phase"] for name, state in self.answer["final"]["steps"].items()}

    @property
    def messages(self) -> dict[str, str]:
        return {name: state.get("message", "") for name, state in self.answer["final"]["steps"].items()}

    @property
    def launched(self) -> list[str]:
        return [launch["step"] for launch in self.answer["launched"]]

    def launch(self, name: str) -> dict[str, Any]:
        return next(launch for launch in self.answer["launched"] if launch["step"] == name)

    def retries(self, name: str) -> int:
        return int(self.answer["final"]["stepRuns"][name]["retries"])


def play(
    *steps: dict[str, Any], script: dict[str, Any] | None = None, profile: str = "implemented", **fields: Any
) -> Outcome:
    """Run a story; `engrams`, `stories` and `inputs` belong to the question, the rest to the story."""
    question = {key: fields.pop(key) for key in ("engrams", "stories", "inputs") if key in fields}
    story = {"steps": list(steps)} | fields
    return Outcome(answer({"engrams": ENGRAMS, "story": story, "script": script or {}, "profile": profile} | question))
