"""How fast the static checks are: stories a second on one core, against PyYAML's C loader on the same files.

    python benchmarks/static.py                    1,000 stories of 10 steps
    python benchmarks/static.py --grow 100 1000 10000
    python benchmarks/static.py --only 1000        one size in this process, as JSON
    python benchmarks/static.py --kind optional    stories of two short templates a step, of which findings are many
    python benchmarks/static.py --command          whole commands, process start included

Kinds of stories: `typical` has long texts and few findings; in `required` each step has two short templates; in
`optional` these read optional fields, so that each step has notes.

Everything is generated from a seed. Start-up is measured apart; each size runs in a process of its own, because memory
is the high-water mark of one.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

STEPS = 10
TEMPLATES = 24
_FIELDS = ("body", "status", "items", "summary", "score", "owner", "labels", "next", "total", "kind")
_KINDS = ("string", "integer", "string", "string", "number", "string", "string", "string", "integer", "string")
_WORDS = ("answer", "the", "customer", "within", "an", "hour", "and", "keep", "it", "short", "please", "politely")
_INPUTS = ("url", "query", "limit", "language", "channel")


def catalogue(chance: random.Random, *, required: bool = True) -> tuple[str, dict[int, list[str]]]:
    """Templates and one engram of each, and the fields of each template's output."""
    documents = []
    given: dict[int, list[str]] = {}
    for index in range(TEMPLATES):
        fields = chance.sample(range(len(_FIELDS)), 6)
        properties = "".join(f"      {_FIELDS[field]}: {{type: {_KINDS[field]}}}\n" for field in fields)
        always = ", ".join(_FIELDS[field] for field in fields) if required else ""
        documents.append(
            f"apiVersion: catalog.bubustack.io/v1alpha1\nkind: EngramTemplate\nmetadata:\n  name: template-{index}\n"
            f"spec:\n  version: 1.0.0\n  supportedModes: [job]\n  inputSchema:\n    type: object\n    properties:\n"
            f"      text: {{type: string}}\n      limit: {{type: integer}}\n      context: {{type: object}}\n"
            f"  outputSchema:\n    type: object\n    properties:\n{properties}    required: [{always}]\n"
        )
        documents.append(
            f"apiVersion: bubustack.io/v1alpha1\nkind: Engram\nmetadata:\n  name: engram-{index}\nspec:\n"
            f"  templateRef:\n    name: template-{index}\n"
        )
        given[index] = [_FIELDS[field] for field in fields]
    return "---\n".join(documents), given


def story(number: int, chance: random.Random, fields: dict[int, list[str]]) -> str:
    """One story: a chain of steps with references, texts, functions, conditions, and now and then a slip."""
    lines = [
        "apiVersion: bubustack.io/v1alpha1",
        "kind: Story",
        "metadata:",
        f"  name: story-{number}",
        "  labels:",
        f"    team: team-{number % 17}",
        "spec:",
        "  pattern: batch",
        "  inputsSchema:",
        "    type: object",
        "    properties:",
        *(f"      {name}: {{type: {'integer' if name == 'limit' else 'string'}}}" for name in _INPUTS),
        f"    required: [{', '.join(_INPUTS)}]",
        "  steps:",
    ]
    names: list[str] = []
    used: list[int] = []
    for index in range(STEPS):
        name = f"{chance.choice(('fetch', 'read', 'ask', 'sort', 'send'))}-{index}"
        engram = chance.randrange(TEMPLATES)
        lines += [f"  - name: {name}", "    ref:", f"      name: engram-{engram}"]
        if names:
            before = names[-1]
            alias = before.replace("-", "_")
            lines.append(f"    needs: [{before}]")
            if chance.random() < 0.1:
                lines.append(f"    if: '{{{{ ne inputs.language \"{chance.choice(('en', 'de', 'fr'))}-{number}\" }}}}'")
            lines.append("    with:")
            field = chance.choice(fields[used[-1]]) if chance.random() < 0.97 else "boddy"
            lines.append(
                f'      text: "Story {number}: {{{{ inputs.query }}}} and {{{{ steps.{alias}.output.{field} }}}}"'
            )
            if chance.random() < 0.5:
                lines += ["      context:", '        channel: "{{ inputs.channel | lower }}"']
                lines += [
                    "        note: >-",
                    f"          Dear team {number % 17},",
                    "          {{ if inputs.url }}see {{ inputs.url }}{{ end }}",
                ]
        else:
            lines += ["    with:", '      text: "{{ inputs.url }}"', '      limit: "{{ inputs.limit }}"']
        lines += [
            f"      model: model-{chance.randrange(9)}",
            f"      temperature: 0.{chance.randrange(9)}",
            "      options:",
            f"        retries: {chance.randrange(5)}",
            f"        tags: [team-{number % 17}, step-{index}]",
            f"        note: {' '.join(chance.choices(_WORDS, k=8))}",
            "    execution:",
            f"      timeout: {chance.randrange(1, 9)}m",
            "      retry:",
            f"        maxRetries: {chance.randrange(5)}",
        ]
        names.append(name)
        used.append(engram)
    lines += ["  output:", f'    result: "{{{{ steps.{names[-1].replace("-", "_")}.output.{fields[used[-1]][0]} }}}}"']
    return "\n".join(lines) + "\n"


def short_story(number: int, chance: random.Random, fields: dict[int, list[str]]) -> str:
    """One story of ten steps, each of which has two short templates and little else."""
    lines = [
        "apiVersion: bubustack.io/v1alpha1",
        "kind: Story",
        "metadata:",
        f"  name: story-{number}",
        "spec:",
        "  pattern: batch",
        "  inputsSchema:",
        "    type: object",
        "    properties: {query: {type: string}, url: {type: string}}",
        "    required: [query, url]",
        "  steps:",
    ]
    before, used = "", 0
    for index in range(STEPS):
        engram = chance.randrange(TEMPLATES)
        lines += [f"  - name: step-{index}", f"    ref: {{name: engram-{engram}}}", "    with:"]
        lines += ['      text: "{{ inputs.query }}"', '      context: {url: "{{ inputs.url }}"}'] if not before else []
        if before:
            texts = [field for field in fields[used] if _KINDS[_FIELDS.index(field)] == "string"]
            lines += [
                f'      text: "{{{{ {before}.{chance.choice(texts)} }}}}"',
                f'      context: {{about: "{{{{ {before}.{chance.choice(fields[used])} }}}}"}}',
            ]
        before, used = f"steps.step_{index}.output", engram
    return "\n".join(lines) + "\n"


STORIES = {"typical": story, "required": short_story, "optional": short_story}


def generate(folder: Path, count: int, seed: int, kind: str = "typical") -> None:
    """Write the files of one run."""
    chance = random.Random(seed)
    manifests, fields = catalogue(chance, required=kind != "optional")
    (folder / "catalogue.yaml").write_text(manifests, encoding="utf-8")
    for number in range(count):
        (folder / f"story-{number}.yaml").write_text(STORIES[kind](number, chance, fields), encoding="utf-8")


def measure(count: int, seed: int, kind: str = "typical") -> dict[str, float | int]:
    """All figures for one size; times in seconds of processor time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generate(folder, count, seed, kind)
        started = time.process_time()
        from validator.engine.static import StaticOptions, run_static
        from validator.sources.workspace import load

        imported = time.process_time() - started
        load(folder, ["catalogue.yaml"])  # what is imported late belongs to start-up as well
        run_static(load(folder, ["catalogue.yaml", "story-0.yaml"]), StaticOptions(["resolution"], "0.1.13"))
        started = time.process_time()
        workspace = load(folder)
        loaded = time.process_time()
        shapes = len(run_static(workspace, StaticOptions(["manifests"], "0.1.13")).findings)
        shaped = time.process_time()
        found = len(run_static(workspace, StaticOptions(["resolution"], "0.1.13")).findings)
        finished = time.process_time()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        plain = _plain(folder)
        return {
            "stories": count,
            "import": imported,
            "load": loaded - started,
            "manifests": shaped - loaded,
            "resolution": finished - shaped,
            "whole": finished - started,
            "C loader": plain,
            "times the C loader": (finished - started) / plain,
            "stories a second": count / (finished - started),
            "findings": shapes + found,
            "MiB": memory,
        }


def _plain(folder: Path) -> float:
    """The same files through PyYAML's C loader alone."""
    import yaml

    started = time.process_time()
    for path in sorted(folder.glob("*.yaml")):
        list(yaml.load_all(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
    return time.process_time() - started


_LOADER = """
import glob, sys, yaml
for path in sorted(glob.glob(sys.argv[1] + "/*.yaml")):
    list(yaml.load_all(open(path, encoding="utf-8"), Loader=yaml.CSafeLoader))
"""


def measure_command(count: int, seed: int, kind: str) -> dict[str, float]:
    """Whole processes from start to end, the least of three: seconds of processor time, of two workers by the clock."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "stories"
        folder.mkdir()
        generate(folder, count, seed, kind)
        bytecode = {**os.environ, "PYTHONPYCACHEPREFIX": str(Path(name) / "bytecode")}
        bytecode.pop("PYTHONDONTWRITEBYTECODE", None)
        check = [sys.executable, "-m", "validator", "check", "--root", str(folder), "--quiet", "--fail-on", "never"]
        plain = _least([sys.executable, "-c", _LOADER, str(folder)], bytecode)
        one = _least([*check, "--workers", "1"], bytecode)
        two = _least([*check, "--workers", "2"], bytecode)
        return {
            "C loader": plain.processor,
            "check": one.processor,
            "times": one.processor / plain.processor,
            "times by the clock": one.clock / plain.clock,
            "two workers": two.clock / plain.clock,
        }


@dataclass(frozen=True)
class Taken:
    """Seconds that a process took."""

    processor: float
    clock: float


def _least(command: list[str], environment: dict[str, str], tries: int = 2) -> Taken:
    taken = []
    for _ in range(tries):
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=environment)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        taken.append(Taken(spent, time.perf_counter() - started))
    return Taken(min(one.processor for one in taken), min(one.clock for one in taken))


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grow", type=int, nargs="+", default=[1000], help="sizes to measure")
    parser.add_argument("--only", type=int, help="measure one size in this process and print JSON")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=list(STORIES), default="typical", help="what the stories are like")
    parser.add_argument("--command", action="store_true", help="measure the command as a process, by the clock")
    arguments = parser.parse_args()
    if arguments.only:
        print(json.dumps(measure(arguments.only, arguments.seed, arguments.kind)))
        return
    for count in arguments.grow:
        if arguments.command:
            _show(measure_command(count, arguments.seed, arguments.kind))
            continue
        command = [sys.executable, __file__, "--only", str(count), "--seed", str(arguments.seed)]
        done = subprocess.run([*command, "--kind", arguments.kind], capture_output=True, text=True, check=True)
        _show(json.loads(done.stdout))


def _show(figures: Mapping[str, float | int]) -> None:
    for name, value in figures.items():
        print(f"{name:>20}  {value:.3f}" if isinstance(value, float) else f"{name:>20}  {value}")
    print()


if __name__ == "__main__":
    main()
