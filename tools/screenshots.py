"""Draw the pictures of the README, or every page in both themes: `python tools/screenshots.py [--all FOLDER]`.

It starts the app on a free port with a state folder of its own, so that the pictures show what anyone gets. The
shipped profiles are in many scripts: where a font is missing (for Hindi, fonts-lohit-deva on Debian) boxes are drawn.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
COMPARE = "/fyp?prev=plain&stack=he"
CROWD = "/crowd?crowd=gold-aware&dishonest=0.45"
CLICKS = {"rounds": "Attack many rounds", "crowd": "Attack these votes"}
"""A button to press first, once: what it starts is kept for the next picture."""
PAGES = {
    "home": "/",
    "fyp": "/fyp",
    "fyp-he": COMPARE,
    "fyp-local": "/fyp?prev=he&stack=local",
    "compare": "/compare",
    "compare-survey": "/compare?workload=survey",
    "server": "/server?stack=he",
    "server-survey": "/server?workload=survey&stack=smpc",
    "rounds": "/server?workload=survey",
    "crowd": CROWD,
    "label": "/label",
    "label-boxes": "/label?domain=scans",
    "sandwich": "/sandwich",
    "plugins": "/plugins?backend=he",
    "fyp-own": "/fyp?user=own",
    "fyp-bad-link": "/fyp?stack=hee&dims=9000",
}


def chromium() -> str | None:
    """A Chromium on this machine, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next((path for path in map(shutil.which, names) if path), None)


def serve(home: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start the app on a free port; returns once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "privacy", "serve", "--port", str(port)],
        cwd=ROOT, env=os.environ | {"VEILBENCH_HOME": home}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{url}/api/health", timeout=1).read()
            return process, url
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise SystemExit("The app did not start within 30 seconds; run 'make run' to see why.")


def settle(page: Any) -> None:
    """Wait until the page stands still and every attack on it has its verdict."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)
    for _ in range(600):
        if not page.get_by_test_id("stProgress").count() and not page.get_by_text("measuring …").count():
            break
        page.wait_for_timeout(500)
    for chart in page.locator("[data-testid=stVegaLiteChart]:visible").all():
        chart.locator("svg.marks").wait_for()
    page.wait_for_timeout(700)


def shoot(
    browser: Any, url: str, path: str, target: Path, *, scheme: str, whole: bool, click: str = ""
) -> None:  # fmt: skip
    """One picture of one page, after pressing the button `click` if it is there."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme=scheme)
    page = context.new_page()
    page.goto(url + path)
    settle(page)
    button = page.get_by_role("button", name=click)
    if click and button.count():
        button.click()
        settle(page)
    if whole:
        height = page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollHeight")
        page.set_viewport_size({"width": 1280, "height": min(int(height), 4000)})
        page.wait_for_timeout(500)
    page.screenshot(path=str(target))
    context.close()
    print(target)


def main() -> None:
    """Parse the arguments and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", metavar="FOLDER", help="every page in both themes, 1280x720 and whole")
    folder = parser.parse_args().all
    where = chromium()
    if where is None:
        raise SystemExit("No Chromium was found: install it (on Debian: apt-get install chromium).")
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as home, sync_playwright() as play:
        process, url = serve(home)
        try:
            browser = play.chromium.launch(executable_path=where, args=FLAGS)
            if folder:
                out = Path(folder)
                out.mkdir(parents=True, exist_ok=True)
                for name, path in PAGES.items():
                    click = CLICKS.get(name, "")
                    for scheme in ("light", "dark"):
                        for end, whole in (("", False), ("-whole", True)):
                            file = out / f"{name}-{scheme}{end}.png"
                            shoot(browser, url, path, file, scheme=scheme, whole=whole, click=click)
            else:
                out = ROOT / "docs" / "images"
                out.mkdir(parents=True, exist_ok=True)
                shoot(browser, url, COMPARE, out / "fyp.png", scheme="light", whole=False)
                shoot(browser, url, COMPARE, out / "fyp-dark.png", scheme="dark", whole=False)
                shoot(browser, url, "/", out / "home.png", scheme="light", whole=False)
                shoot(browser, url, CROWD, out / "crowd.png", scheme="light", whole=True, click=CLICKS["crowd"])
        finally:
            process.terminate()
            process.wait(10)


if __name__ == "__main__":
    main()
