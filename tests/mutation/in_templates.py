"""Mistakes in templates: names, syntax, functions, types."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from tests.mutation.drafts import Draft, Site
from tests.mutation.mistake import Apply, Mistake, slip


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


def _put_together(rng: random.Random, site: Site, text: str) -> str:
    """The last name of a reference as a key that `print` joins from two pieces, with a slip."""
    owner, _, name = site.reads.rpartition(".")
    written = slip(rng, name)
    return text.replace(site.reads, f'index {owner} (print "{written[:2]}" "{written[2:]}")', 1)


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
    Mistake("default-swapped", in_template(of(forms=("whole", "text"), gives=("text",)), _call("default", ' "none"'))),
    Mistake("default-swapped-in-pipe", in_template(of(forms=("text",)), _call('"none" | default'))),
    Mistake(
        "text-before-what-is-sought",
        in_template(of("inputs", "steps", forms=("text",), gives=("text",)), _call("contains", ' "urgent"')),
    ),
    Mistake(
        "layout-of-other-languages",
        in_template(
            of("inputs", "steps", forms=("text",), gives=("text",)),
            _call('date "DD.MM.YYYY" (toDate "2006-01-02"', ")"),
        ),
    ),
    Mistake("key-put-together-misspelt", in_template(of("inputs", forms=("whole", "text")), _put_together)),
    Mistake("infix-condition", in_template(of("inputs", forms=("if",)), _swap("(eq ", "(equals "))),
    Mistake("text-for-count", _wrong_source(("text", "flag", "tags"), ("count",))),
    Mistake("count-for-text", _wrong_source(("count", "tags", "details", "flag"), ("text",))),
    Mistake("anything-for-flag", _wrong_source(("text", "count", "tags"), ("flag",))),
    Mistake("anything-for-tags", _wrong_source(("text", "count", "details"), ("tags",))),
    Mistake("anything-for-details", _wrong_source(("text", "count", "tags"), ("details",))),
]
