"""What a stub service answers to what: requests matched and replies made, without a socket.

An exchange is `{"request": {method, path, query, headers, json, text}, "responses": [{status, headers, json | text |
base64 | events, template, delay, interval, fail}]}`: the n-th matching request gets the n-th response, the last stays.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from validator.sandbox.harness import jsontext
from validator.sandbox.harness.patterns import compiled, escaped
from validator.sandbox.harness.shapes import difference

PLACEHOLDER = re.compile(r"\$\{\s*request\.([^{}]*)\}")
"""`${request.json.messages[0].content}` in the answer of a template."""
STEP = re.compile(r"[^.\[\]]+")


@dataclass(frozen=True)
class StubRequest:
    """One request, whole."""

    method: str
    target: str
    """Path and query, as sent."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @cached_property
    def path(self) -> str:
        """The path as sent, without the query."""
        return urlsplit(self.target).path

    @cached_property
    def query(self) -> dict[str, str]:
        """The first value of each name."""
        pairs = parse_qsl(urlsplit(self.target).query, keep_blank_values=True)
        return dict(reversed(pairs))

    @cached_property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @cached_property
    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return jsontext.read(self.body)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back, and how."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    events: tuple[bytes, ...] | None = None
    """Pieces of a streamed body, sent one by one."""
    delay: float = 0.0
    """Seconds before the answer."""
    interval: float = 0.0
    """Seconds between two pieces."""
    fail: str = ""
    """`close`, `reset`, `timeout` or `cut` instead of a proper end."""


class Exchange:
    """One request that is foreseen, and what it is answered in turn."""

    def __init__(self, written: Mapping[str, Any]) -> None:
        self._request: Mapping[str, Any] = written.get("request") or {}
        self._responses: list[Mapping[str, Any]] = written.get("responses") or [{}]
        self._path = path_pattern(str(self._request["path"])) if "path" in self._request else None
        self._turn = 0

    @property
    def name(self) -> str:
        """`POST /v1/chat/completions`, for messages."""
        return f"{self._request.get('method', 'any method')} {self._request.get('path', 'any path')}"

    def mismatch(self, request: StubRequest) -> tuple[int, str]:
        """How near a request comes, and what is in the way; empty when it matches."""
        if self._path is not None and not self._path.fullmatch(request.path):
            return 0, "the path differs"
        wanted = self._request
        if request.method != str(wanted.get("method", request.method)).upper():
            return 1, f"the method is {request.method}, not {wanted['method']}"
        for name, value in (wanted.get("query") or {}).items():
            if problem := _text_difference(value, request.query.get(name), f"query parameter {name}"):
                return 2, problem
        for name, value in (wanted.get("headers") or {}).items():
            if problem := _text_difference(value, request.headers.get(name.lower()), f"header {name}"):
                return 2, problem
        if "json" in wanted and (problem := difference(wanted["json"], request.json)):
            return 3, f"in the body, {problem}"
        if "text" in wanted and (problem := _text_difference(wanted["text"], request.text, "the body")):
            return 3, problem
        return 4, ""

    def reply(self, request: StubRequest) -> Reply:
        """The answer whose turn it is."""
        response = self._responses[min(self._turn, len(self._responses) - 1)]
        self._turn += 1
        if response.get("template"):
            found = self._path.fullmatch(request.path) if self._path is not None else None
            params = {name[1:]: unquote(text) for name, text in (found.groupdict() if found else {}).items()}
            facts = {"method": request.method, "path": request.path, "query": request.query, "headers": request.headers}
            response = filled(response, {**facts, "json": request.json, "text": request.text, "params": params})
        return reply(response)


def answer(service: str, exchanges: Iterable[Exchange], request: StubRequest) -> tuple[Reply, str]:
    """The first exchange that matches answers; what nobody foresaw gets 404 (path) or 501 and a reason."""
    known = list(exchanges)
    nearest = (-1, "", "")
    for exchange in known:
        depth, problem = exchange.mismatch(request)
        if not problem:
            return exchange.reply(request), ""
        if depth > nearest[0]:
            nearest = (depth, exchange.name, problem)
    names = ", ".join(exchange.name for exchange in known) or "nothing"
    reason = f"it expects {names}"
    if nearest[0] > 0:
        reason = f"nearest is {nearest[1]}, but {nearest[2]}"
    message = f"engram-validate: the stub service `{service}` does not expect {request.method} {request.path}: {reason}"
    body = json.dumps({"error": {"message": message, "type": "unforeseen_request", "code": "unforeseen_request"}})
    return Reply(501 if nearest[0] > 0 else 404, {"Content-Type": "application/json"}, body.encode()), reason


def reply(response: Mapping[str, Any]) -> Reply:
    """A response as it was written, as bytes."""
    kind, body, events = "", b"", None
    if "json" in response:
        kind, body = "application/json", json.dumps(response["json"], ensure_ascii=False).encode("utf-8", "replace")
    elif "text" in response:
        kind, body = "text/plain; charset=utf-8", str(response["text"]).encode("utf-8", "replace")
    elif "base64" in response:
        kind, body = str(response.get("mime") or "application/octet-stream"), base64.b64decode(response["base64"])
    elif "events" in response:
        kind, events = "text/event-stream", tuple(map(_event, response["events"]))
    headers = {str(name): str(value) for name, value in (response.get("headers") or {}).items()}
    if kind and "content-type" not in {name.lower() for name in headers}:
        headers = {"Content-Type": kind, **headers}
    return Reply(
        status=int(response.get("status", 200)),
        headers=headers,
        body=body,
        events=events,
        delay=float(response.get("delay", 0)),
        interval=float(response.get("interval", 0)),
        fail=str(response.get("fail", "")),
    )


def path_pattern(path: str) -> Any:
    """`/v1/models/{model}` takes one segment by name, `*` what has no slash in it, `**` anything."""
    pattern = ""
    for part in re.split(r"(\{[A-Za-z_]\w*\}|\*\*|\*)", path):
        if part.startswith("{") and part.endswith("}"):
            pattern += f"(?P<_{part[1:-1]}>[^/]+)"
        else:
            pattern += {"**": ".*", "*": "[^/]*"}.get(part, escaped(part))
    return compiled(pattern)


def filled(value: Any, facts: Mapping[str, Any]) -> Any:
    """A value with its placeholders replaced; one that is all of a text keeps its type. What is absent is null."""
    if isinstance(value, dict):
        return {name: filled(member, facts) for name, member in value.items()}
    if isinstance(value, list):
        return [filled(item, facts) for item in value]
    if not isinstance(value, str):
        return value
    whole = PLACEHOLDER.fullmatch(value)
    if whole:
        return _fact(facts, whole[1].strip())
    return PLACEHOLDER.sub(lambda match: _shown(_fact(facts, match[1].strip())), value)


def _fact(facts: Any, path: str) -> Any:
    for step in STEP.findall(path):
        if isinstance(facts, Mapping):
            facts = facts.get(step.lower() if step not in facts else step)
        elif isinstance(facts, list) and step.isdecimal() and int(step) < len(facts):
            facts = facts[int(step)]
        else:
            return None
    return facts


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _event(event: Any) -> bytes:
    """One server-sent event: a text as it is, everything else as JSON."""
    text = event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)
    return "".join(f"data: {line}\n" for line in text.split("\n")).encode("utf-8", "replace") + b"\n"


def _text_difference(expected: Any, found: str | None, what: str) -> str:
    """Texts may hold `*` for anything; a schema judges the text."""
    if found is None:
        return f"{what} is missing"
    if isinstance(expected, dict):
        return difference(expected, found, what)
    literals = str(expected).split("*")
    if len(literals) == 1:
        return "" if found == str(expected) else f"{what} differs"
    return "" if compiled("(?s)" + ".*".join(map(escaped, literals))).fullmatch(found) else f"{what} differs"
