"""A headless Chromium, driven through the DevTools protocol over a pipe: no port, no driver, no package."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 60.0
"""Seconds until a browser that says nothing counts as dead."""

PIPED = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
os.dup2(ends[0], 3)
os.dup2(ends[1], 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""
"""Chromium reads commands from descriptor 3 and answers on 4."""


def program() -> str:
    """The browser that is installed; empty when none is."""
    return next((found for name in NAMES if (found := shutil.which(name))), "")


class Browser:
    """One page. Everything that it logs or fails to load is kept in `complaints`."""

    def __init__(self, reader: int, writer: int) -> None:
        self.reader, self.writer = reader, writer
        self.buffer = b""
        self.last = 0
        self.session = ""
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.seen: set[str] = set()
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self.last += 1
        message: dict[str, Any] = {"id": self.last, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.writer, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self.last:
                assert "error" not in answer, answer["error"]
                result: dict[str, Any] = answer["result"]
                return result
            self._event(answer)

    def _next(self) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.reader], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, "the browser does not answer"
            received = os.read(self.reader, 1 << 20)
            assert received, "the browser is gone"
            self.buffer += received
        message, _, self.buffer = self.buffer.partition(b"\0")
        loaded: dict[str, Any] = json.loads(message)
        return loaded

    def _event(self, message: dict[str, Any]) -> None:
        method, parameters = message["method"], message.get("params", {})
        self.seen.add(method)
        if method in {"Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded", "Network.loadingFailed"}:
            self.complaints.append(f"{method}: {json.dumps(parameters)[:500]}")
        if method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def open(self, file: Path, *, dark: bool = False, fragment: str = "") -> None:
        """Load a file and wait until it is loaded. The fragment, with its `#`, is added to its address."""
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=features)
        self.complaints.clear()
        self.requests.clear()
        self.seen.clear()
        self.call("Page.navigate", url=file.as_uri() + fragment)
        while "Page.loadEventFired" not in self.seen:
            self._event(self._next())

    def value(self, expression: str) -> Any:
        """What an expression comes to, promises awaited."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def press(self, key: str) -> None:
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        code = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "ArrowRight": 39, "ArrowDown": 40}.get(
            key, ord(key[0].upper())
        )
        keys = {"key": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **keys)
        self.call("Input.dispatchKeyEvent", type="keyUp", **keys)

    def screenshot(self) -> bytes:
        return base64.b64decode(self.call("Page.captureScreenshot")["data"])


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser of one's own; it is gone when the block ends."""
    down, up = os.pipe(), os.pipe()
    command = [
        *(program(), "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", f"--user-data-dir={profile}"),
        *("--disable-dev-shm-usage", "--window-size=1280,900", "about:blank"),
    ]
    process = subprocess.Popen(
        [sys.executable, "-c", PIPED, str(down[0]), str(up[1]), *command],
        pass_fds=(down[0], up[1]),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(down[0])
    os.close(up[1])
    try:
        opened = Browser(up[0], down[1])
        yield opened
        opened.session = ""
        opened.call("Browser.close")
    finally:
        os.close(down[1])
        os.close(up[0])
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
