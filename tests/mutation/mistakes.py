"""Single mistakes, each of a kind that people make, and whether the contract decides that it is one."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.mutation.drafts import SCHEMAS, Draft, Path, Site

Apply = Callable[[random.Random, Draft], bool]
"""Makes the mistake in a copy of a draft; False where the draft has no place for it."""
Rewrite = Callable[[random.Random, str], str | None]
"""Makes the mistake in the text; None where the text has no place for it."""


@dataclass(frozen=True)
class Mistake:
    """A kind of mistake."""

    name: str
    apply: Apply | None = None
    rewrite: Rewrite | None = None
    removes: bool = False
    """What is wrong is missing: there are no characters that a range could cover."""


def slip(rng: random.Random, word: str) -> str:
    """A word with one slip of the fingers: a letter that is missing, doubled, or swapped with the next."""
    at = rng.randrange(1, len(word))
    choices = [word[:at] + word[at + 1 :], word[:at] + word[at - 1] + word[at:]]
    if at + 1 < len(word) and word[at] != word[at + 1]:
        choices.append(word[:at] + word[at + 1] + word[at] + word[at + 2 :])
    return rng.choice([choice for choice in choices if choice not in (word, "")])


# ---------------------------------------------------------------- templates
def _site(rng: random.Random, draft: Draft, fits: Callable[[Site], bool]) -> Site | None:
    sites = [site for site in draft.sites if fits(site)]
    return rng.choice(sites) if sites else None


def in_template(fits: Callable[[Site], bool], change: Callable[[random.Random, Site, str], str | None]) -> Apply:
    def apply(rng: random.Random, draft: Draft) -> bool:
        site = _site(rng, draft, fits)
        if site is None:
            return False
        before = draft.get(site.kind, site.path)
        after = change(rng, site, before)
        if after is None or after == before:
            return False
        draft.set(site.kind, site.path, after)
        return True

    return apply


def of(
    *sources: str, forms: Sequence[str] = ("whole", "text", "if"), gives: Sequence[str] = ()
) -> Callable[[Site], bool]:
    return lambda site: (
        (not sources or site.source in sources) and site.form in forms and (not gives or site.gives in gives)
    )


def _replaced(part: int, new: Callable[[random.Random, str], str]) -> Callable[[random.Random, Site, str], str]:
    def change(rng: random.Random, site: Site, text: str) -> str:
        parts = site.reads.split(".")
        parts[part] = new(rng, parts[part])
        return text.replace(site.reads, ".".join(parts), 1)

    return change


def _swap(old: str, new: str) -> Callable[[random.Random, Site, str], str | None]:
    return lambda rng, site, text: text.replace(old, new, 1) if old in text else None


def _pipe(call: str) -> Callable[[random.Random, Site, str], str]:
    return lambda rng, site, text: text.replace(site.reads, f"{site.reads} | {call}", 1)


def _call(head: str, tail: str = "") -> Callable[[random.Random, Site, str], str]:
    return lambda rng, site, text: text.replace(site.reads, f"{head} {site.reads}{tail}", 1)


def _wrong_source(gives: Sequence[str], wanted: Sequence[str]) -> Apply:
    """A template that reads a value of another type than its place takes."""

    def apply(rng: random.Random, draft: Draft) -> bool:
        pairs = [
            (target, source)
            for target in draft.sites
            for source in draft.sites
            if target.kind == source.kind
            and target.form == source.form == "whole"
            and target.gives in wanted
            and source.gives in gives
            and target.path[:3] == source.path[:3]
            and target.source == source.source
        ]
        if not pairs:
            return False
        target, source = rng.choice(pairs)
        draft.set(target.kind, target.path, f"{{{{ {source.reads} }}}}")
        return True

    return apply


TEMPLATES = [
    Mistake("misspelt-input", in_template(of("inputs"), _replaced(1, slip))),
    Mistake("misspelt-step", in_template(of("steps", forms=("whole", "text", "dig")), _replaced(1, slip))),
    Mistake("misspelt-output-field", in_template(of("steps"), _replaced(3, slip))),
    Mistake("misspelt-output", in_template(of("steps"), _replaced(2, lambda rng, word: "otuput"))),
    Mistake("result-for-output", in_template(of("steps"), _replaced(2, lambda rng, word: "result"))),
    Mistake("misspelt-packet-field", in_template(of("packet"), _replaced(1, slip))),
    Mistake("misspelt-root", in_template(of(), _replaced(0, slip))),
    Mistake("packet-in-batch", in_template(of("inputs", "steps"), _replaced(0, lambda rng, word: "packet"))),
    Mistake(
        "field-of-text",
        in_template(
            of(forms=("whole", "text"), gives=("text",)),
            lambda rng, site, text: text.replace(site.reads, f"{site.reads}.value", 1),
        ),
    ),
    Mistake(
        "field-of-details",
        in_template(
            of(forms=("whole",), gives=("details",)),
            lambda rng, site, text: text.replace(site.reads, f"{site.reads}.colour", 1),
        ),
    ),
    Mistake("unclosed-action", in_template(of(), _swap("}}", "}"))),
    Mistake("unopened-end", in_template(of(), lambda rng, site, text: f"{text}{{{{ end }}}}")),
    Mistake(
        "missing-end",
        in_template(of(forms=("whole", "text")), lambda rng, site, text: f"{{{{ if {site.reads} }}}}{text}"),
    ),
    Mistake(
        "double-equals",
        in_template(
            of(forms=("whole", "text", "if")), lambda rng, site, text: text.replace(site.reads, f"{site.reads} == 1", 1)
        ),
    ),
    Mistake("unknown-function", in_template(of(forms=("whole", "text")), _pipe("uppercase"))),
    Mistake("misspelt-function", in_template(of(forms=("whole", "text")), _pipe("toJSn"))),
    Mistake("unclosed-quote", in_template(of(forms=("whole", "text")), _pipe('default "x'))),
    Mistake("single-quotes", in_template(of(forms=("whole", "text")), _pipe("default 'none'"))),
    Mistake("unclosed-parenthesis", in_template(of(forms=("whole", "text")), _call("toJson ("))),
    Mistake("too-few-arguments", in_template(of(forms=("whole", "text")), _call("replace"))),
    Mistake("too-many-arguments", in_template(of(forms=("whole", "text")), _call("upper", ' "x"'))),
    Mistake("number-to-text-function", in_template(of(forms=("whole", "text"), gives=("count",)), _call("upper"))),
    Mistake("comma-between-arguments", in_template(of(forms=("whole", "text")), _call("printf", ', "x"'))),
    Mistake("negation", in_template(of(forms=("whole", "text")), _call("!"))),
    Mistake("dollar-brace", in_template(of(forms=("whole",)), lambda rng, site, text: f"{{{{ ${site.reads} }}}}")),
    Mistake(
        "hyphen-in-path",
        in_template(
            of("steps", forms=("whole",)),
            lambda rng, site, text: text.replace("_", "-", 1) if "_" in site.reads.split(".")[1] else None,
        ),
    ),
    Mistake("level-never-equal", in_template(of("inputs", forms=("if",)), _swap('"high"', '"higher"'))),
    Mistake("level-misspelt", in_template(of("inputs", forms=("if",)), _swap('"high"', '"hihg"'))),
    Mistake("level-compared-with-number", in_template(of("inputs", forms=("if",)), _swap('"high"', "3"))),
    Mistake("infix-condition", in_template(of("inputs", forms=("if",)), _swap("(eq ", "(equals "))),
    Mistake("text-for-count", _wrong_source(("text", "flag", "tags"), ("count",))),
    Mistake("count-for-text", _wrong_source(("count", "tags", "details", "flag"), ("text",))),
    Mistake("anything-for-flag", _wrong_source(("text", "count", "tags"), ("flag",))),
    Mistake("anything-for-tags", _wrong_source(("text", "count", "details"), ("tags",))),
    Mistake("anything-for-details", _wrong_source(("text", "count", "tags"), ("details",))),
]


# ---------------------------------------------------------------- values of steps
def _given(draft: Draft) -> list[tuple[str, Path, str, str]]:
    """Document, path, engram and input of every value that a step gives."""
    found = []
    for key in ("batch", "realtime"):
        if key not in draft.documents:
            continue
        for path, step in draft.steps(key):
            for part in ("with", "runtime"):
                if "ref" in step and part in step:
                    found += [(key, (*path, part, name), step["ref"]["name"], name) for name in step[part]]
    return found


def _literal(wanted: dict[str, Any], value: Callable[[random.Random], Any]) -> Apply:
    """A literal that the schema refuses, where the schema is just this."""

    def apply(rng: random.Random, draft: Draft) -> bool:
        places = [
            (key, path)
            for key, path, engram, name in _given(draft)
            if draft.schema(engram, "inputSchema")["properties"][name] == wanted
        ]
        if not places:
            return False
        key, path = rng.choice(places)
        draft.set(key, path, value(rng))
        return True

    return apply


def _required(
    change: Callable[[random.Random, Draft, str, Path], None], *, closed: bool | None = None, required: bool = True
) -> Apply:
    def apply(rng: random.Random, draft: Draft) -> bool:
        places = [
            (key, path)
            for key, path, engram, name in _given(draft)
            if (name in (schema := draft.schema(engram, "inputSchema"))["required"]) is required
            and (closed is None or ("additionalProperties" in schema) is closed)
        ]
        if not places:
            return False
        key, path = rng.choice(places)
        change(rng, draft, key, path)
        return True

    return apply


def _rename(rng: random.Random, draft: Draft, key: str, path: Path) -> None:
    parent = draft.get(key, path[:-1])
    renamed = {(slip(rng, name) if name == path[-1] else name): value for name, value in parent.items()}
    draft.set(key, path[:-1], renamed)


def _set(value: Any) -> Callable[[random.Random, Draft, str, Path], None]:
    return lambda rng, draft, key, path: draft.set(key, path, value)


VALUES = [
    Mistake("count-as-text", _literal(SCHEMAS["count"], lambda rng: "many")),
    Mistake("count-too-large", _literal(SCHEMAS["count"], lambda rng: rng.randint(100, 999))),
    Mistake("count-negative", _literal(SCHEMAS["count"], lambda rng: -1)),
    Mistake("count-with-fraction", _literal(SCHEMAS["count"], lambda rng: 2.5)),
    Mistake("count-quoted", _literal(SCHEMAS["count"], lambda rng: "12")),
    Mistake("level-outside-enum", _literal(SCHEMAS["level"], lambda rng: rng.choice(["urgent", "High", "meduim"]))),
    Mistake("flag-as-text", _literal(SCHEMAS["flag"], lambda rng: rng.choice(["true", "no"]))),
    Mistake("text-as-number", _literal(SCHEMAS["text"], lambda rng: rng.randint(1, 99))),
    Mistake("text-as-list", _literal(SCHEMAS["text"], lambda rng: ["a"])),
    Mistake("tags-as-text", _literal(SCHEMAS["tags"], lambda rng: "red, green")),
    Mistake("tags-with-number", _literal(SCHEMAS["tags"], lambda rng: ["red", 5])),
    Mistake("details-incomplete", _literal(SCHEMAS["details"], lambda rng: {"code": "A1"}), removes=True),
    Mistake("details-member-of-other-type", _literal(SCHEMAS["details"], lambda rng: {"code": "A1", "score": "three"})),
    Mistake("input-missing", _required(lambda rng, draft, key, path: draft.remove(key, path)), removes=True),
    Mistake("required-input-misspelt", _required(_rename)),
    Mistake("optional-input-misspelt", _required(_rename, required=False)),
    Mistake("input-null", _required(_set(None))),
]


# ---------------------------------------------------------------- the shape of a story
def _on_step(change: Callable[[random.Random, Draft, str, dict[str, Any], Path], bool | None], key: str = "") -> Apply:
    def apply(rng: random.Random, draft: Draft) -> bool:
        story = key or ("batch" if "batch" in draft.documents else "realtime")
        if story not in draft.documents:
            return False
        steps = list(draft.steps(story))
        rng.shuffle(steps)
        return any(change(rng, draft, story, step, path) is not False for path, step in steps[:1]) or any(
            change(rng, draft, story, step, path) is not False for path, step in steps[1:]
        )

    return apply


def _field(name: str, value: Callable[[random.Random, Any], Any], *, nested: Sequence[str] = ()) -> Apply:
    """Another value for a field of a step that has it."""

    def change(rng: random.Random, draft: Draft, story: str, step: dict[str, Any], path: Path) -> bool:
        holder: Any = step
        for part in nested:
            holder = holder.get(part) if isinstance(holder, dict) else None
        if not isinstance(holder, dict) or name not in holder:
            return False
        holder[name] = value(rng, holder[name])
        return True

    return _on_step(change)


def _adding(fields: dict[str, Any], fits: Callable[[dict[str, Any]], bool], key: str = "") -> Apply:
    def change(rng: random.Random, draft: Draft, story: str, step: dict[str, Any], path: Path) -> bool:
        if not fits(step):
            return False
        step.update(fields)
        return True

    return _on_step(change, key)


def _key(
    name: str, new: Callable[[random.Random, str], str], fits: Callable[[dict[str, Any]], bool] = lambda step: True
) -> Apply:
    """Another name for a key of a step."""

    def change(rng: random.Random, draft: Draft, story: str, step: dict[str, Any], path: Path) -> bool:
        if name not in step or not fits(step):
            return False
        draft.set(story, path, {(new(rng, key) if key == name else key): value for key, value in step.items()})
        return True

    return _on_step(change)


def at(kind: str, path: Path, value: Callable[[random.Random, Any], Any]) -> Apply:
    """Another value at a path of a document whose key begins so."""

    def apply(rng: random.Random, draft: Draft) -> bool:
        keys = [key for key in draft.documents if key == kind or (key.startswith(f"{kind} ") and kind != "impulse")]
        if not keys:
            return False
        key = rng.choice(keys)
        try:
            before = draft.get(key, path)
        except KeyError:
            return False
        draft.set(key, path, value(rng, before))
        return True

    return apply


def without(kind: str, path: Path) -> Apply:
    def apply(rng: random.Random, draft: Draft) -> bool:
        keys = [key for key in draft.documents if key == kind or key.startswith(f"{kind} ")]
        if not keys:
            return False
        draft.remove(rng.choice(keys), path)
        return True

    return apply


def _same_name(rng: random.Random, draft: Draft, story: str, step: dict[str, Any], path: Path) -> bool:
    steps = draft.documents[story]["spec"]["steps"]
    others = [
        one for one in steps if one is not step and not any(one["name"] in other.get("needs", ()) for other in steps)
    ]
    if not others:
        return False
    rng.choice(others)["name"] = step["name"]
    return True


def _cycle(rng: random.Random, draft: Draft) -> bool:
    story = "batch" if "batch" in draft.documents else "realtime"
    steps = draft.documents[story]["spec"]["steps"]
    steps[0]["needs"] = [steps[1]["name"]]
    return True


def _member(path: Path, rename: Callable[[random.Random, str], str], kind: str) -> Apply:
    """Another name for a key at a path."""

    def apply(rng: random.Random, draft: Draft) -> bool:
        keys = [key for key in draft.documents if key == kind or key.startswith(f"{kind} ")]
        if not keys:
            return False
        key = rng.choice(keys)
        parent = draft.get(key, path[:-1])
        if path[-1] not in parent:
            return False
        renamed = {(rename(rng, name) if name == path[-1] else name): value for name, value in parent.items()}
        if len(path) == 1:
            draft.documents[key] = renamed
        else:
            draft.set(key, path[:-1], renamed)
        return True

    return apply


def _slipped(rng: random.Random, value: Any) -> Any:
    return slip(rng, value)


STRUCTURE = [
    Mistake("need-misspelt", _field("needs", lambda rng, needs: [slip(rng, needs[0]), *needs[1:]])),
    Mistake("need-itself", _on_step(lambda rng, draft, story, step, path: step.update(needs=[step["name"]]))),
    Mistake("needs-cycle", _cycle),
    Mistake("name-twice", _on_step(_same_name)),
    Mistake("type-misspelt", _field("type", slip)),
    Mistake("ref-and-type", _adding({"type": "sleep"}, lambda step: "ref" in step)),
    Mistake(
        "neither-ref-nor-type",
        _on_step(lambda rng, draft, story, step, path: bool(step.pop("ref", None))),
        removes=True,
    ),
    Mistake("ref-misspelt", _field("name", _slipped, nested=("ref",))),
    Mistake("key-of-step-misspelt", _key("with", lambda rng, key: "wiht", lambda step: "ref" in step)),
    Mistake("key-needs-misspelt", _key("needs", lambda rng, key: "need")),
    Mistake("key-if-misspelt", _key("if", lambda rng, key: "when")),
    Mistake("runtime-in-batch", _adding({"runtime": {"text": "x"}}, lambda step: "ref" in step, "batch")),
    Mistake("transport-misspelt", _field("transport", _slipped)),
    Mistake("duration-in-words", _field("duration", lambda rng, value: "30 seconds", nested=("with",))),
    Mistake("timeout-without-unit", _field("timeout", lambda rng, value: "5", nested=("execution",))),
    Mistake("story-ref-misspelt", _field("name", _slipped, nested=("with", "storyRef"))),
    Mistake("condition-is-text", _field("if", lambda rng, value: "yes please")),
    Mistake("pattern-misspelt", at("batch", ("spec", "pattern"), _slipped)),
    Mistake("pattern-realtime-misspelt", at("realtime", ("spec", "pattern"), _slipped)),
    Mistake("kind-misspelt", at("engram", ("kind",), _slipped)),
    Mistake("api-version-misspelt", at("engram", ("apiVersion",), lambda rng, value: "bubustack.io/v1")),
    Mistake("name-of-object-invalid", at("impulse", ("metadata", "name"), lambda rng, value: "In Take")),
    Mistake("no-steps", at("follow", ("spec", "steps"), lambda rng, value: [])),
    Mistake("steps-missing", without("follow", ("spec", "steps")), removes=True),
    Mistake("name-missing", without("follow", ("metadata", "name")), removes=True),
    Mistake("key-spec-misspelt", _member(("spec",), lambda rng, key: "sepc", "follow")),
    Mistake(
        "retries-negative",
        at("batch", ("spec", "policy", "retries", "stepRetryPolicy", "maxRetries"), lambda rng, value: -1),
    ),
    Mistake("step-timeout-invalid", at("batch", ("spec", "policy", "timeouts", "step"), lambda rng, value: "2 hours")),
    Mistake("output-missing", without("batch", ("spec", "output", "total")), removes=True),
    Mistake("output-of-other-type", at("batch", ("spec", "output", "total"), lambda rng, value: "many")),
    Mistake("output-key-misspelt", _member(("spec", "output", "summary"), slip, "batch")),
    Mistake(
        "output-template-of-other-type",
        _on_step(
            lambda rng, draft, story, step, path: draft.set(
                "batch", ("spec", "output", "total"), draft.documents["batch"]["spec"]["output"]["summary"]
            ),
            "batch",
        ),
    ),
    Mistake("transport-ref-misspelt", at("realtime", ("spec", "transports", 0, "transportRef"), _slipped)),
    Mistake(
        "drop-policy-misspelt",
        at("realtime", ("spec", "transports", 0, "streaming", "backpressure", "buffer", "dropPolicy"), _slipped),
    ),
    Mistake("rule-action-misspelt", at("transport", ("spec", "streaming", "routing", "rules", 0, "action"), _slipped)),
    Mistake(
        "rule-with-operator",
        at(
            "transport",
            ("spec", "streaming", "routing", "rules", 0, "when"),
            lambda rng, value: '{{ packet.metadata.lane == "closed" }}',
        ),
    ),
    Mistake(
        "rule-with-unknown-function",
        at(
            "transport",
            ("spec", "streaming", "routing", "rules", 0, "when"),
            lambda rng, value: '{{ equals packet.metadata.lane "closed" }}',
        ),
    ),
    Mistake("impulse-story-misspelt", at("impulse", ("spec", "storyRef", "name"), _slipped)),
    Mistake("impulse-template-misspelt", at("impulse", ("spec", "templateRef", "name"), _slipped)),
]


# ---------------------------------------------------------------- engrams, templates and their schemas
def _property(path: Path, value: Callable[[random.Random, Any], Any]) -> Apply:
    """Another value at a path of one property of a schema."""

    def apply(rng: random.Random, draft: Draft) -> bool:
        key = f"template {rng.choice(draft.templates())}"
        schema = draft.documents[key]["spec"][rng.choice(["inputSchema", "outputSchema"])]["properties"]
        places = [name for name, one in schema.items() if path[0] in one]
        if not places:
            return False
        holder = schema[rng.choice(places)]
        for part in path[:-1]:
            holder = holder[part]
        holder[path[-1]] = value(rng, holder[path[-1]])
        return True

    return apply


def _keyword(old: str, new: str) -> Apply:
    def apply(rng: random.Random, draft: Draft) -> bool:
        for name in rng.sample(draft.templates(), len(draft.templates())):
            schema = draft.documents[f"template {name}"]["spec"]["inputSchema"]["properties"]
            for field, one in schema.items():
                if old in one:
                    schema[field] = {(new if key == old else key): value for key, value in one.items()}
                    return True
        return False

    return apply


CATALOGUE = [
    Mistake("template-ref-misspelt", at("engram", ("spec", "templateRef", "name"), _slipped)),
    Mistake("mode-misspelt", at("engram", ("spec", "mode"), _slipped)),
    Mistake("mode-not-supported", at("engram", ("spec", "mode"), lambda rng, value: "statefulset")),
    Mistake(
        "supported-mode-misspelt", at("template", ("spec", "supportedModes"), lambda rng, value: [slip(rng, value[0])])
    ),
    Mistake("config-missing", without("engram", ("spec", "with", "region")), removes=True),
    Mistake("config-outside-enum", at("engram", ("spec", "with", "region"), lambda rng, value: "west")),
    Mistake("config-of-other-type", at("engram", ("spec", "with", "limit"), lambda rng, value: "few")),
    Mistake("secret-missing", without("engram", ("spec", "secrets")), removes=True),
    Mistake("secret-misspelt", at("engram", ("spec", "secrets"), lambda rng, value: {"apis": value["api"]})),
    Mistake(
        "mount-type-misspelt",
        at("template", ("spec", "secretSchema", "api", "mountType"), lambda rng, value: "environment"),
    ),
    Mistake("template-without-version", without("template", ("spec", "version")), removes=True),
    Mistake("schema-type-misspelt", _property(("type",), _slipped)),
    Mistake("schema-minimum-of-text", _property(("minimum",), lambda rng, value: "zero")),
    Mistake(
        "schema-required-undeclared",
        at("template", ("spec", "outputSchema", "required"), lambda rng, value: [*value, "elsewhere"]),
    ),
    Mistake(
        "schema-required-is-text", at("template", ("spec", "inputSchema", "required"), lambda rng, value: value[0])
    ),
    Mistake("schema-keyword-minimum-misspelt", _keyword("minimum", "minimun")),
    Mistake("schema-keyword-maximum-misspelt", _keyword("maximum", "maxmium")),
    Mistake("schema-keyword-items-misspelt", _keyword("items", "itmes")),
    Mistake("schema-keyword-enum-misspelt", _keyword("enum", "enums")),
    Mistake("inputs-schema-type-misspelt", at("batch", ("spec", "inputsSchema", "type"), _slipped)),
]


# ---------------------------------------------------------------- the text
def _line(fits: Callable[[str], bool], change: Callable[[str], str]) -> Rewrite:
    def rewrite(rng: random.Random, text: str) -> str | None:
        lines = text.split("\n")
        places = [index for index, line in enumerate(lines) if fits(line)]
        if not places:
            return None
        index = rng.choice(places)
        lines[index] = change(lines[index])
        return "\n".join(lines)

    return rewrite


TEXTS = [
    Mistake(
        "tab-indents",
        rewrite=_line(lambda line: line.startswith("    ") and ":" in line, lambda line: "\t" + line.lstrip()),
    ),
    Mistake(
        "template-unquoted",
        rewrite=_line(
            lambda line: "'{{" in line and line.rstrip().endswith("}}'"),
            lambda line: line.replace("'{{", "{{").replace("}}'", "}}").replace("''", "'"),
        ),
    ),
    Mistake("key-twice", rewrite=_line(lambda line: line.startswith("  name: "), lambda line: f"{line}\n{line}")),
    Mistake(
        "colon-without-space",
        rewrite=_line(lambda line: line.startswith("  name: "), lambda line: line.replace("name: ", "name:")),
    ),
    Mistake(
        "quote-unclosed",
        rewrite=_line(lambda line: line.startswith("  name: "), lambda line: line.replace("name: ", 'name: "')),
    ),
    Mistake(
        "bracket-unclosed",
        rewrite=_line(
            lambda line: line.startswith("  image: ") or line.startswith("  mode: "),
            lambda line: line.replace(": ", ": ["),
        ),
    ),
    Mistake("separator-with-content", rewrite=_line(lambda line: line == "---", lambda line: "--- x")),
    Mistake("document-end-for-separator", rewrite=_line(lambda line: line == "---", lambda line: "...")),
]

MISTAKES = [*TEMPLATES, *VALUES, *STRUCTURE, *CATALOGUE, *TEXTS]
