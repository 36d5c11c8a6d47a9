"""GitHub's REST API as reports use it: patient with limits and faults, and clear about a right that is missing.

Source: docs.github.com/rest/using-the-rest-api (rate limits, `retry-after`, pages).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from validator.findings import Json
from validator.reports.escapes import cut, visible
from validator.reports.tallies import counted

if TYPE_CHECKING:
    import requests

ATTEMPTS = 5
LONGEST_WAIT = 60.0
"""Seconds to wait before one more attempt; who is told to wait longer gives up."""
TIMEOUT = 30.0
PAGE = 100
MOST_PAGES = 30
"""GitHub lists no more files of a pull request than this."""
TRUSTED = {"OWNER", "MEMBER", "COLLABORATOR"}


class Unpublished(Exception):  # noqa: N818 - says what became of the report
    """Something could not be written to GitHub; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which commit of which repository, and who writes."""

    api: str
    repository: str
    commit: str
    token: str
    pull_request: int = 0
    """Its number; 0 when the workflow is about none."""
    run: str = ""
    """The address of the workflow run, whose page shows the job summary."""


def target(environ: Mapping[str, str], token: str) -> Target:
    """The commit that the workflow is about: of a pull request its head, which is not the commit that was checked out.

    Raises Unpublished outside a workflow.
    """
    pull = _pull_request(environ)
    head = pull.get("head")
    commit = (head.get("sha") if isinstance(head, dict) else "") or environ.get("GITHUB_SHA", "")
    repository = environ.get("GITHUB_REPOSITORY", "")
    if not (commit and repository):
        raise Unpublished("it needs GITHUB_REPOSITORY and GITHUB_SHA, which workflows have")
    number = pull.get("number")
    return Target(
        api=environ.get("GITHUB_API_URL") or "https://api.github.com",
        repository=repository,
        commit=commit,
        token=token,
        pull_request=number if isinstance(number, int) else 0,
        run=run_address(environ),
    )


def run_address(environ: Mapping[str, str]) -> str:
    """The page of the workflow run; empty outside a workflow."""
    parts = [environ.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
    return "{}/{}/actions/runs/{}".format(*parts) if all(parts) else ""


def base_commit(environ: Mapping[str, str]) -> str:
    """The commit that a pull request is compared with; empty when the workflow is about none."""
    base = _pull_request(environ).get("base")
    return str(base.get("sha") or "") if isinstance(base, dict) else ""


def _pull_request(environ: Mapping[str, str]) -> Mapping[str, Any]:
    """What the event says of its pull request; nothing where there is none."""
    if event := environ.get("GITHUB_EVENT_PATH"):
        try:
            found = json.loads(Path(event).read_text(encoding="utf-8")).get("pull_request")
        except (OSError, ValueError, AttributeError):
            return {}  # the event says no more than the environment then
        return found if isinstance(found, dict) else {}
    return {}


def ours(comment: Mapping[str, Any], mark: str) -> bool:
    """Whether a comment is one that we wrote: anybody can write our mark, and would then own what we write there."""
    author = comment.get("user") or {}
    written = author.get("type") == "Bot" or comment.get("author_association") in TRUSTED
    return written and str(comment.get("body") or "").startswith(mark)


class Api:
    """Requests of one repository, repeated where GitHub asks for patience."""

    def __init__(
        self, where: Target, right: str, wait: Callable[[float], None] = time.sleep, *, attempts: int = ATTEMPTS
    ) -> None:
        import requests

        self.base = f"{where.api.rstrip('/')}/repos/{where.repository}"
        self.right = right
        """What the token needs, such as `checks: write`."""
        self.wait = wait
        self.attempts = attempts
        self.failed = 0
        """Failures since something was written last: reading in between does not make a new start."""
        self.session = requests.Session()
        self.session.headers.update({"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"})

        def bearer(request: requests.PreparedRequest) -> requests.PreparedRequest:
            """As `auth`, so that no .netrc can put its own in the place."""
            request.headers["Authorization"] = f"Bearer {where.token}"
            return request

        self.session.auth = bearer

    def call(self, method: str, path: str, content: Json = None, query: Mapping[str, str] | None = None) -> Any:
        """The answer to a request that may be repeated without harm. Raises Unpublished."""
        while True:
            answer = self.once(method, path, content, query)
            if answer is not None:
                return answer

    def every(self, path: str) -> list[dict[str, Any]]:
        """All that a list has, page by page. Raises Unpublished."""
        found: list[dict[str, Any]] = []
        for page in range(1, MOST_PAGES + 1):
            answer = self.call("GET", path, query={"per_page": str(PAGE), "page": str(page)})
            found += answer
            if len(answer) < PAGE:
                break
        return found

    def once(self, method: str, path: str, content: Json = None, query: Mapping[str, str] | None = None) -> Any:
        """The answer; None, after a wait, where nobody knows whether GitHub has heard it. Raises Unpublished."""
        import requests

        pause, problem = 0.0, ""
        try:
            address = f"{self.base}/{path}"
            response = self.session.request(
                method, address, json=content, params=query, timeout=TIMEOUT, allow_redirects=False
            )
            if response.ok and not response.is_redirect:
                self.failed = self.failed if method == "GET" else 0
                return response.json()
            pause, problem = self._patience(response), f"GitHub answers {response.status_code}"
        except (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
            ValueError,
        ) as error:
            problem = f"GitHub cannot be reached ({type(error).__name__})"
        self.failed += 1
        pause = pause or 2.0 ** (self.failed - 1)
        if self.failed >= self.attempts or pause > LONGEST_WAIT:
            raise Unpublished(f"{problem}, also after {counted(self.failed, 'attempt')}")
        self.wait(pause)
        return None

    def _patience(self, response: requests.Response) -> float:
        """Seconds that GitHub asks to wait; 0 when it does not say. Raises Unpublished where waiting does not help."""
        status = response.status_code
        retry_after = response.headers.get("retry-after", "")
        spent = response.headers.get("x-ratelimit-remaining") == "0"
        secondary = "rate limit" in response.text[:2_000].lower()
        if status == 429 or (status == 403 and (retry_after or spent or secondary)):
            reset = response.headers.get("x-ratelimit-reset", "")
            if retry_after.isdigit():
                return float(retry_after)
            return max(1.0, float(reset) - time.time()) if spent and reset.isdigit() else LONGEST_WAIT
        if status >= 500:
            return 0.0
        if status in {401, 403, 404}:
            raise Unpublished(
                f"the token may not write it (GitHub answers {status}). It needs `permissions: {self.right}`, which "
                "workflows of forks do not get; annotations in the log do not"
            )
        raise Unpublished(f"GitHub answers {status}: {cut(visible(response.text), 300)}")
