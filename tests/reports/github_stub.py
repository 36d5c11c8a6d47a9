"""As much of GitHub's API as a check run, a review and a comment need, on loopback, with faults on demand."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "t0ken"
REPOSITORY = "acme/stories"


@dataclass
class GitHub:
    """What the server knows. A fault is used up by one request of its method."""

    faults: list[tuple[str, str]] = field(default_factory=list)
    """Method and what happens: a status with headers (`403 retry-after=7`), `lost` before or `cut` after the work."""
    runs: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    """The files of the pull request, with their patches."""
    notes: list[dict[str, Any]] = field(default_factory=list)
    """Comments of reviews."""
    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    address: str = ""

    def fault(self, method: str) -> str:
        for index, (wanted, what) in enumerate(self.faults):
            if wanted == method:
                del self.faults[index]
                return what
        return ""

    def work(self, method: str, path: str, query: dict[str, list[str]], content: Any) -> tuple[int, Any]:
        if method == "GET" and (match := re.fullmatch(r"commits/(\w+)/check-runs", path)):
            runs = [run for run in self.runs if run["head_sha"] == match[1] and [run["name"]] == query["check_name"]]
            return 200, {"total_count": len(runs), "check_runs": [told(run) for run in runs]}
        if method == "POST" and path == "check-runs":
            self.runs.append({"id": len(self.runs) + 1, "annotations": [], **content})
            return 201, self.update(self.runs[-1], content)
        if match := re.fullmatch(r"check-runs/(\d+)", path):
            run = self.runs[int(match[1]) - 1]
            return 200, told(run) if method == "GET" else self.update(run, content)
        if path.startswith(("pulls/", "issues/")):
            return self.discuss(method, path, int(query.get("page", ["1"])[0]), content)
        return 404, {"message": "Not Found"}

    def discuss(self, method: str, path: str, page: int, content: Any) -> tuple[int, Any]:
        lists = {"pulls/7/files": self.files, "pulls/7/comments": self.notes, "issues/7/comments": self.comments}
        if method == "GET" and path in lists:
            return 200, lists[path][100 * (page - 1) : 100 * page]
        if method == "POST" and path == "pulls/7/reviews":
            self.notes += [written(len(self.notes) + index, one) for index, one in enumerate(content["comments"])]
            return 200, {"id": 1}
        if method == "POST" and path == "issues/7/comments":
            self.comments.append(written(len(self.comments), content))
            return 201, self.comments[-1]
        if method == "PATCH" and (match := re.fullmatch(r"(pulls|issues)/comments/(\d+)", path)):
            found = (self.notes if match[1] == "pulls" else self.comments)[int(match[2])]
            found["body"] = content["body"]
            return 200, found
        return 404, {"message": "Not Found"}

    def update(self, run: dict[str, Any], content: dict[str, Any]) -> Any:
        assert len(content["output"].get("annotations", ())) <= 50
        run["annotations"] += content["output"].get("annotations", ())  # they are appended, as GitHub does
        run.update({key: value for key, value in content.items() if key != "annotations"})
        return told(run)


def written(number: int, content: dict[str, Any]) -> dict[str, Any]:
    bot = {"login": "github-actions[bot]", "type": "Bot"}
    return {
        "id": number,
        "user": bot,
        "author_association": "NONE",
        "html_url": f"https://github.example/{number}",
    } | content


def told(run: dict[str, Any]) -> dict[str, Any]:
    shown = {key: run.get(key) for key in ("id", "name", "head_sha", "external_id", "status", "conclusion")}
    output = {"title": run["output"]["title"], "annotations_count": len(run["annotations"])}
    return {**shown, "output": output, "html_url": f"https://github.example/{run['id']}"}


@contextmanager
def serving(*faults: tuple[str, str]) -> Iterator[GitHub]:
    """A server that is there while the block runs."""
    github = GitHub([*faults])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name of the base class
            return

        def do(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            content = json.loads(self.rfile.read(size)) if size else None
            parts = urlsplit(self.path)
            assert parts.path.startswith(f"/repos/{REPOSITORY}/")
            path = parts.path.removeprefix(f"/repos/{REPOSITORY}/")
            github.asked.append((self.command, path, content))
            what = github.fault(self.command)
            if what == "lost":
                self.close_connection = True
                return
            if what[:1].isdigit():
                status, *headers = what.split()
                secondary = "secondary" in headers  # told in words only, without a header
                message = "You have exceeded a secondary rate limit" if secondary else "no"
                self.answer(int(status), {"message": message}, dict(one.split("=") for one in headers if "=" in one))
                return
            if self.headers["authorization"] != f"Bearer {TOKEN}":
                self.answer(401, {"message": "Bad credentials"}, {})
                return
            answer = github.work(self.command, path, parse_qs(parts.query), content)
            if what == "cut":
                self.close_connection = True
                return
            self.answer(*answer, {})

        do_GET = do_POST = do_PATCH = do  # noqa: N815  # the names of the base class

        def answer(self, status: int, content: Any, headers: dict[str, str]) -> None:
            data = json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    github.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield github
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
