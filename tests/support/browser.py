"""What browser tests share: the app as a process of its own, and Debian's Chromium."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from tests.support import ROOT
from tests.support.waiting import wait_until

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE = 240_000
"""Milliseconds for whatever a page is to show."""
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'


def chromium() -> str | None:
    """A Chromium on this machine, or None."""
    return next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)


class App:
    """The app on a free port with a state folder of its own, and in it features that were derived before."""

    def __init__(self, home: Path, features: Path, *, cohort: int = 40) -> None:
        shutil.copytree(features, home / "cache", dirs_exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.home, self._cohort = home, cohort
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def command(self) -> list[str]:
        return [sys.executable, "-m", "privacy", "serve", "--port", str(self.port)]

    def start(self) -> None:
        self.log = (self.home / "server.log").open("ab")
        self.process = subprocess.Popen(
            self.command(),
            cwd=ROOT,
            env=os.environ | {"VEILBENCH_HOME": str(self.home), "VEILBENCH_COHORT": str(self._cohort)},
            stdout=self.log,
            stderr=self.log,
        )
        wait_until(self.answers, every=0.1)

    def answers(self) -> bool:
        """Whether it is there; AssertionError where it has ended."""
        assert self.process.poll() is None, (self.home / "server.log").read_text()
        try:
            return bool(self.health())
        except OSError:
            return False

    def health(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/api/health", timeout=30) as answer:
            found: dict[str, Any] = json.loads(answer.read())
        return found

    def wait_for_feeds(self, count: int) -> None:
        """Wait until as many feeds were run, and so saved; a later count than that ends the wait as well."""
        wait_until(lambda: self.health()["rounds_run"] >= count, every=0.1)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def watch(page: Any) -> Any:
    """Gather everything that a page must not do: errors on the console, failed or foreign requests.

    What a page shows late, on a busy machine, is no failure: it is waited for, for minutes where need be.
    """
    page.set_default_timeout(PATIENCE)
    page.troubles = []
    page.on("pageerror", lambda e: page.troubles.append(f"error: {e}"))
    page.on("console", lambda m: page.troubles.append(f"console: {m.text}") if m.type == "error" else None)
    # A request that is cut off because the page goes elsewhere has not failed.
    page.on("requestfailed", lambda r: page.troubles.append(f"failed: {r.url}") if "ABORTED" not in r.failure else None)
    page.on("request", lambda r: page.troubles.append(f"foreign: {r.url}") if _foreign(r.url) else None)
    return page


def _foreign(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))


def feed(page: Any) -> list[str]:
    """The handles of the last feed on the page, in order, once it stands still."""
    page.wait_for_selector("ol.vb-ranked >> nth=-1")
    page.wait_for_selector(IDLE)
    handles: list[str] = page.locator("ol.vb-ranked").last.locator(".vb-handle").all_inner_texts()
    return handles


def choose(page: Any, backend: str) -> None:
    page.get_by_role("radio", name=backend, exact=True).click()
    page.wait_for_selector(f".vb-head h2:text-is('{backend}')")
    page.wait_for_selector(IDLE)
