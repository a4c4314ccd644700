"""Which tests run when: by default every behaviour once, with `--soak=PARTS` what takes long.

`@pytest.mark.soak("fuzz")` keeps a test for that part. `@pytest.mark.sized("fuzz")` runs it small by default, and at
full size in that part; such a test takes its size from `sized`. Tests that draw examples are sized by themselves.
"""

import gc
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

PARTS = {
    "conformance": "the kit on every built-in backend, 400 plays, at every place",
    "planted": "every planted bug, and the audits that look for those of noise",
    "fuzz": "mutated wires and requests at full size, and all examples that are drawn",
    "ledger": "races for a budget, and writers of blobs, with kill -9",
    "chains": "chains on real nodes, and writers of chains and blobs, with kill -9",
    "live": "private sums among processes, some of them killed",
    "docs": "the documentation's commands, in fresh environments",
    "browser": "the app in a real browser: every width, theme, kill and restart",
}
CHOSEN, UNTIL, FAILED = (f"VEILBENCH_TESTS_{name}" for name in ("SOAK", "UNTIL", "FAILED"))
LEFT_OUT = "it did not fit into the time that was given"
TRAIN = ("tests/workloads/federated/", "tests/rooms/")
"""Tests that train, which share its idle processes: importing torch takes each of those seconds."""
DRAWN = "fuzz"
"""The part of tests that draw examples."""

_SHARED = re.compile(r'scope="module"[^)]*\)\s*def (\w+)')

Size = TypeVar("Size")

# A slow machine is no failure: no example has to be done, or be drawn, by a certain time.
_PATIENT: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("few", max_examples=6, **_PATIENT)
settings.register_profile("full", max_examples=100, **_PATIENT)


def soaking() -> list[str]:
    """The parts that this run soaks; none where it runs every behaviour once."""
    return os.environ.get(CHOSEN, "").split()


def sized(small: Size, full: Size) -> Size:
    """How much of something: `full` where a soak runs."""
    return full if soaking() else small


def in_soak(part: str, *values: object) -> Any:
    """A parameter that is left to this part of the soak."""
    return pytest.param(*values, marks=pytest.mark.soak(part))


def chosen(text: str) -> list[str]:
    """The parts that are named, in their order; all where "all" is said. UsageError for one that there is not."""
    named = text.replace(",", " ").split()
    for name in named:
        if name not in {*PARTS, "all"}:
            raise pytest.UsageError(f"there is no part {name!r} of the soak; there are {', '.join(PARTS)}")
    return list(PARTS) if "all" in named else list(dict.fromkeys(named))


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("soak")
    group.addoption("--soak", metavar="PARTS", default="", help=f"run these parts alone: all, {', '.join(PARTS)}")
    group.addoption("--soak-seconds", metavar="N", type=float, help="start no further test after so many seconds")


def pytest_configure(config: pytest.Config) -> None:
    """Settle what is run before any test file is read; the processes that run tests inherit it."""
    # Without kept bytecode every process that a test starts compiles all that it imports: a fifth of the whole time.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    # There are as many processes as cores: threads of linear algebra would only wait for each other.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    if not hasattr(config, "workerinput"):
        os.environ[CHOSEN] = " ".join(chosen(config.getoption("--soak")))
        os.environ.pop(UNTIL, None)
        if (seconds := config.getoption("--soak-seconds")) is not None:
            os.environ[UNTIL] = str(time.time() + seconds)
    settings.load_profile("full" if soaking() else "few")


def parts_of(item: pytest.Item) -> set[str]:
    """The parts of the soak that a test belongs to."""
    found = {str(part) for name in ("soak", "sized") for mark in item.iter_markers(name) for part in mark.args}
    unknown = found - set(PARTS)
    if unknown:
        raise pytest.UsageError(f"{item.nodeid}: there is no part {unknown} of the soak")
    if is_hypothesis_test(getattr(item, "function", None)) and not item.get_closest_marker("soak"):
        found.add(DRAWN)
    return found


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    parts = soaking()
    if parts:
        kept = sorted((i for i in items if parts_of(i) & set(parts)), key=lambda i: _place(parts_of(i), parts))
    else:
        kept = [i for i in items if not i.get_closest_marker("soak")]
    left = set(items) - set(kept)
    if left:
        config.hook.pytest_deselected(items=[i for i in items if i in left])
        items[:] = kept


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What is imported by now stays: without this the collector looks through it again and again, a tenth of all."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _place(found: set[str], parts: list[str]) -> int:
    return min(parts.index(part) for part in found & set(parts))


@cache
def _shares(path: Path, root: Path) -> bool:
    """Whether the tests of a file share what one process sets up for all of them, there or in a folder's conftest."""
    text = path.read_text(encoding="utf-8")
    if 'scope="module"' in text:
        return True
    above = [folder / "conftest.py" for folder in path.parents if folder.is_relative_to(root)]
    names = [name for one in above if one.is_file() for name in _SHARED.findall(one.read_text(encoding="utf-8"))]
    return any(re.search(rf"[(,]\s*{name}\s*[,:)]", text) for name in names)


def together(test: str, *, root: Path) -> str:
    """What a test must run in one process with: its class, its file, the tests that look at one app, or itself."""
    path, _, rest = test.partition("::")
    if path.startswith("tests/browser/"):
        return path if soaking() else "tests/browser"
    if path.startswith(TRAIN) and not soaking():
        return TRAIN[0]
    if "::" in rest.partition("[")[0]:
        return f"{path}::{rest.partition('::')[0]}"
    return path if _shares(root / path, root) else test


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests go where there is room, but those that belong together, one by one.

    The plugin's own `loadgroup` groups nothing under this version of pytest.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return together(nodeid, root=config.rootpath)

    return Together(config, log) if config.getvalue("dist") == "loadscope" else None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    until = float(os.environ.get(UNTIL, "inf"))
    needs = max((mark.kwargs.get("seconds", 0) for mark in item.iter_markers("soak")), default=0)
    parts = soaking()
    if parts:
        item.user_properties.append(("soak", parts[_place(parts_of(item), parts)]))
    if time.time() + needs > until:
        pytest.skip(LEFT_OUT)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """What failed is noted at once, for who has to end this run before it ends."""
    if report.failed and FAILED in os.environ and "PYTEST_XDIST_WORKER" not in os.environ:
        with Path(os.environ[FAILED]).open("a") as file:
            file.write(f"{report.nodeid}\n")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not soaking():
        return
    kinds = ("passed", "failed", "error", "skipped")
    reports = [report for kind in kinds for report in terminalreporter.stats.get(kind, [])]
    terminalreporter.section("soak")
    for part in soaking():
        mine = [r for r in reports if dict(getattr(r, "user_properties", ())).get("soak") == part]
        terminalreporter.write_line(f"{part}: {_told(mine)}")


def _told(reports: Iterable[Any]) -> str:
    """How many tests of a part came to what, and how many were not run for want of time."""
    found: Counter[str] = Counter()
    for report in reports:
        late = report.skipped and LEFT_OUT in str(report.longrepr)
        found["did not fit" if late else report.outcome] += 1
    return ", ".join(f"{count} {what}" for what, count in found.items()) or "nothing to run"
