"""What made-up questions are made of: words, numbers, dates, versions, contexts; pools of known trouble in a file."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

POOLS: dict[str, Any] = json.loads((Path(__file__).parent / "pools.json").read_text(encoding="utf-8"))


def word(rng: random.Random) -> str:
    """A string: a known one, or one made of some alphabets."""
    if rng.random() < 0.5:
        return str(rng.choice(POOLS["words"]))
    letters = "".join(rng.sample(POOLS["alphabets"], rng.choice((1, 1, 2, 3))))
    return "".join(rng.choice(letters) for _ in range(rng.choice((1, 2, 3, 5, 8, 13, 30))))


def number(rng: random.Random) -> float:
    """A number that a context may hold."""
    pick = rng.random()
    if pick < 0.5:
        return float(rng.choice(POOLS["numbers"]))
    if pick < 0.7:
        return round(rng.uniform(-1000, 1000), rng.randrange(4))
    if pick < 0.85:
        return rng.randrange(-(10 ** rng.randrange(1, 20)), 10 ** rng.randrange(1, 20))
    return rng.uniform(-1, 1) * 10.0 ** rng.randrange(-30, 30)


def value(rng: random.Random, depth: int = 2) -> Any:
    """A JSON value."""
    pick = rng.random()
    if pick < 0.3:
        return word(rng)
    if pick < 0.5:
        return number(rng)
    if pick < 0.6:
        return rng.random() < 0.5
    if pick < 0.66:
        return None
    if depth and pick < 0.83:
        return [value(rng, depth - 1) for _ in range(rng.choice((0, 1, 2, 3, 5)))]
    if depth:
        return {rng.choice("abcdxy"): value(rng, depth - 1) for _ in range(rng.choice((0, 1, 2, 3)))}
    return word(rng)


def context(rng: random.Random) -> dict[str, Any]:
    """A root context, sometimes without one of its roots."""
    inputs = {
        "s": word(rng),
        "t": word(rng),
        "u": "héllo wörld ☃",
        "num": rng.choice(("42", "4.25", "0x10", "abc", "")),
        "date": "2024-03-01",
        "n": number(rng),
        "f": number(rng),
        "big": rng.choice((1e6, 21000000, 123456789, 1e21)),
        "flag": True,
        "nil": None,
        "list": [number(rng) for _ in range(rng.randrange(5))],
        "strs": [word(rng) for _ in range(rng.randrange(4))],
        "objs": [{"name": "n1", "v": 1}, {"name": "n2", "v": number(rng)}],
        "m": {"a": number(rng), "b": word(rng), "c": {"d": "deep"}},
        "nested": value(rng, 3),
        "el": [],
        "em": {},
        "my-key": "dash",
    }
    for name in rng.sample(POOLS["fields"], rng.randrange(5)):
        inputs.pop(name, None)
    items = [{"id": 1}, {"id": 2}]
    output = {"body": word(rng), "n": number(rng), "ok": True, "items": items, "m": value(rng)}
    steps: dict[str, Any] = {
        "a": {"output": output, "outputs": output},
        "my-step": {"output": {"text": "T"}},
        "my_step": {"output": {"text": "T"}},
        "b": {"output": {}},
        "off": {"output": {"$bubuStorageRef": "runs/1/out.json"}},
    }
    packet = {"type": "speech.v1", "text": word(rng), "metadata": {"lang": "en", "hook.event": "x"}}
    roots: dict[str, Any] = {"inputs": inputs, "steps": steps, "packet": packet}
    for name in list(roots):
        if rng.random() < 0.06:
            del roots[name]
    return roots


def layout(rng: random.Random) -> str:
    """A layout of Go's reference time."""
    if rng.random() < 0.3:
        return str(rng.choice(POOLS["layouts"]))
    between = rng.choice(("-", " ", ":", "", "/", "T", ", "))
    return between.join(rng.sample(POOLS["elements"], rng.randrange(1, 7)))


def moment(rng: random.Random, shape: str) -> str:
    """A text that a layout may read."""
    numbers = {
        "2006": (4, "0", 10000),
        "06": (2, "0", 100),
        "01": (2, "0", 14),
        "02": (2, "0", 32),
        "_2": (2, " ", 32),
        "002": (3, "0", 367),
        "__2": (3, " ", 367),
        "15": (1, "0", 25),
        "03": (2, "0", 13),
        "04": (2, "0", 61),
    }
    names = sorted([*numbers, *POOLS["moments"]], key=len, reverse=True)
    single = {"1": "7", "2": "9", "3": "11", "4": "5", "5": "6"}
    found: list[str] = []
    at = 0
    while at < len(shape):
        name = next((name for name in names if shape.startswith(name, at)), None)
        if name in numbers:
            width, fill, limit = numbers[name]
            found.append(str(rng.randrange(limit)).rjust(width, fill))
        elif name:
            found.append(rng.choice(POOLS["moments"][name]))
        else:
            found.append(single.get(shape[at], shape[at]))
        at += len(name or shape[at])
    return "".join(found)


def version(rng: random.Random) -> str:
    """A version, or nearly one."""
    text = ".".join(str(rng.choice((0, 0, 1, 2, 3, 10, "01"))) for _ in range(rng.choice((1, 2, 3, 3, 3, 4))))
    pre = rng.choice(("", "", "", "-alpha", "-beta.2", "-rc.1.x", "-0", "-01", "-"))
    return str(rng.choice(("", "", "v", " ")) + text + pre + rng.choice(("", "", "", "+b.1", "+")))


def constraint(rng: random.Random) -> str:
    """A version constraint, or nearly one."""
    if rng.random() < 0.2:
        return str(rng.choice(POOLS["constraints"]))
    operators = ("", "=", "!=", ">", "<", ">=", "<=", "~", "~>", "^", "=>", "=<", "~ ", ">= ", "==")
    parts = []
    for _ in range(rng.choice((1, 1, 2, 3))):
        text = version(rng).strip() if rng.random() < 0.7 else rng.choice(("1.x", "*", "1.2.*", "x", "1.X.3", "0.x"))
        parts.append(rng.choice(operators) + text)
    return str(rng.choice((" ", ", ", " || ", ",", " - ", "  ")).join(parts))


def directive(rng: random.Random) -> str:
    """One directive of printf."""
    if rng.random() < 0.2:
        return str(rng.choice(POOLS["formats"]))
    flags = "".join(rng.choice("#0+- ") for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 3))))
    index = rng.choice(("", "", "", "", "", "[1]", "[2]", "[9]", "[", "[x]", "[0]"))
    width = rng.choice(("", "", "", "1", "5", "12", "*", "020"))
    precision = rng.choice(("", "", "", ".", ".0", ".1", ".3", ".10", ".*"))
    return f"%{flags}{index}{width}{precision}{rng.choice('vvsdqxXtcUboOeEfFgGTp%wzk!')}"
