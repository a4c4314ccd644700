"""Run parts of the soak, those first that a change touches, and no longer than there is time.

    python tools/soak.py [PART ...] [--seconds 480] [--changed-since REF] [--list] [what pytest is to be told]

Without parts it runs all of them; with `--changed-since` those first whose files have changed since REF, or, where that
cannot be told, one after another by the day. A test that no longer fits is skipped and said to be; what fails, fails.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOUCHED = {
    "conformance": (
        "backends/", "privacy/testing/", "privacy/primitives/", "privacy/protocol.py", "privacy/boundary/",
        "tests/testing/", "tests/support/conformance.py", "tests/soak/conformance.py",
    ),
    "planted": (
        "privacy/testing/", "privacy/attacks/", "backends/dp/", "tests/testing/", "tests/support/planted",
    ),
    "fuzz": (
        "privacy/web/", "privacy/transports/", "privacy/boundary/", "privacy/tables/", "tests/soak/fuzz.py",
        "contracts/", "privacy/services/rooms.py", "tests/chains/",
    ),
    "ledger": ("privacy/services/ledger", "privacy/services/releases", "tests/services/", "tests/soak/ledger.py"),
    "chains": (
        "privacy/chains/", "privacy/stores/", "backends/chains/", "backends/stores/", "contracts/", "tests/chains/",
        "privacy/rooms/", "privacy/services/rooms.py", "tests/rooms/",
    ),
    "live": (
        "workloads/federated/", "tests/workloads/federated/", "privacy/live/", "privacy/commands/contribute.py",
        "privacy/transports/mailbox.py", "tests/live/",
    ),
    "docs": (
        "docs/", "examples/", "README.md", "privacy/commands/", "privacy/scaffold.py", "tools/setup_venv.py",
        "tests/docs/", "tests/setup/",
    ),
    "browser": ("ui/", "pages/", "app.py", "workloads/", "tests/browser/", "tests/support/browser.py"),
}  # fmt: skip
"""The parts, and the beginnings of the paths whose change calls for each."""
GRACE = 150.0
"""How long after its time the last test that was started may still take."""
NO_TESTS = 5


def changed(since: str) -> list[str] | None:
    """The files that differ from REF; None where that cannot be told."""
    command = ["git", "diff", "--name-only", since, "--"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.splitlines()


def ordered(files: list[str] | None, *, day: int) -> list[str]:
    """All parts: those that the files touch first, by how many do; the others in an order that turns by the day."""
    names = list(TOUCHED)
    turned = names[day % len(names) :] + names[: day % len(names)]
    hits = {name: sum(path.startswith(TOUCHED[name]) for path in files or ()) for name in names}
    return sorted(turned, key=lambda name: -hits[name])


def run(parts: list[str], seconds: float | None, more: list[str]) -> int:
    """pytest's own exit status; 0 where no test failed and time alone ended it, or where there was none to run."""
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadscope", "--no-loadscope-reorder"]
    command += [f"--soak={' '.join(parts)}", *([f"--soak-seconds={seconds:g}"] if seconds is not None else []), *more]
    with tempfile.TemporaryDirectory() as folder:
        failed = Path(folder) / "failed"
        environment = os.environ | {"VEILBENCH_TESTS_FAILED": str(failed)}
        tests = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
        try:
            status = tests.wait(None if seconds is None else seconds + GRACE)
        except subprocess.TimeoutExpired:
            print("soak: what still runs did not fit and is ended", flush=True)
            end(tests)
            return int(failed.exists())
        except KeyboardInterrupt:
            end(tests)
            return 130
    return 0 if status == NO_TESTS else status


def end(tests: "subprocess.Popen[bytes]") -> None:
    """End pytest as the keyboard would, so that it says what came of the tests; by force where it does not end."""
    tests.send_signal(signal.SIGINT)
    try:
        tests.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(tests.pid, signal.SIGKILL)
        tests.wait()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Run parts of the soak: " + ", ".join(TOUCHED) + ".")
    parser.add_argument("parts", nargs="*", metavar="PART", help="a part of the soak (all of them)")
    parser.add_argument("--seconds", type=float, help="start no further test after so many seconds")
    parser.add_argument("--changed-since", metavar="REF", help="first the parts that a change since REF touches")
    parser.add_argument("--list", action="store_true", help="say which parts would run, in order, and run none")
    given, more = parser.parse_known_args(arguments)
    if unknown := [part for part in given.parts if part not in TOUCHED]:
        parser.error(f"there is no part {unknown[0]}; there are {', '.join(TOUCHED)}")
    parts = given.parts
    if not parts:
        files = changed(given.changed_since) if given.changed_since else None
        if given.changed_since:
            found = "it cannot be told what has changed" if files is None else f"{len(files)} files have changed"
            print(f"soak: {found} since {given.changed_since}", flush=True)
        parts = ordered(files, day=int(time.time() // 86_400))
    print(f"soak: {', '.join(parts)}" + (f", for {given.seconds:g} seconds" if given.seconds else ""), flush=True)
    return 0 if given.list else run(parts, given.seconds, more)


if __name__ == "__main__":
    sys.exit(main())
