"""Audits of foreign steps for pages: begun by a press of a button on this machine alone, run in a worker, and kept.

The code that is named runs with this user's rights. So nothing begins by itself, nothing at all where others than this
machine can reach the app, and nothing of a folder that other users of this machine may write in.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from privacy.errors import ParamError
from privacy.foreign.audit import Order
from privacy.foreign.finding import Finding, finding_from
from privacy.home import room
from privacy.jobs.book import JobBook
from privacy.jobs.job import Progress
from privacy.loading.files import writable_by_others

KIND = "audit of a foreign step"
ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ("flower_style.py:LocalDp", "sparse_vector.py:SparseVector", "noise_multiplier.py:STRICT", "honest.py:step")
_FOLDER = "examples/foreign_dp"
_KEPT = 20
_ONE = "one at a time"


@dataclass(frozen=True)
class ForeignRow:
    """A finding, and whether the file that it is of has changed since."""

    finding: Finding
    stale: bool


@dataclass(frozen=True)
class ForeignSnapshot(Progress):
    """What a page shows now: rows of what was audited, and examples that were not yet."""

    rows: tuple[ForeignRow, ...] = ()
    missing: tuple[Order, ...] = ()


def examples() -> tuple[Order, ...]:
    """The steps that stand in the repository; none where the package is installed without it."""
    found = [Order(f"{_FOLDER}/{name}", str(ROOT)) for name in EXAMPLES]
    return tuple(order for order in found if _file(order.target, order.folder).is_file())


class ForeignAudits:
    """One audit at a time, however many tabs want one. `loopback`: this machine alone can reach whoever asks."""

    def __init__(self, jobs: JobBook, *, loopback: bool) -> None:
        self._jobs, self.loopback = jobs, loopback

    def snapshot(self) -> ForeignSnapshot:
        """What is kept of audits, examples first, and how far the worker is."""
        # Read before the files, as a worker keeps a finding before it ends.
        progress, shipped = self._jobs.progress(KIND, _ONE), examples()
        first = [_path(order) for order in shipped]
        others = sorted((p for p in _folder().glob("*.json") if p not in first), key=lambda p: p.stat().st_mtime_ns)
        rows = [row for path in [*first, *others[-_KEPT:]] if (row := _load(path)) is not None]
        missing = tuple(o for o, path in zip(shipped, first, strict=True) if _load(path) is None)
        return ForeignSnapshot(**vars(progress), rows=tuple(rows), missing=missing)

    def start(self, orders: Sequence[Order]) -> ForeignSnapshot:
        """Audit these, unless an audit runs already.

        ParamError where others than this machine can reach the app, or where others than this user could have put the
        code into its folder: whoever uses this machine can reach the app.
        """
        if not self.loopback:
            raise ParamError(
                "code that is named on a page runs on this machine, and others can reach this app",
                then="run `veilbench audit` there, or serve the app on 127.0.0.1",
            )
        for order in orders:
            _refuse_planted(order)
        todo = [{"order": asdict(order), "path": str(_path(order))} for order in orders]
        self._jobs.start(KIND, _ONE, "privacy.services.foreign_worker", {"todo": todo})
        return self.snapshot()

    def cancel(self) -> None:
        """End the audit; what it found is kept."""
        self._jobs.cancel(KIND, _ONE)


def kept(finding: Finding, order: Order) -> bytes:
    """A finding as it is kept, with the digest of the file that it is of."""
    return json.dumps({"finding": finding.as_dict(), "file": _digest(order.target, order.folder),
                       "folder": order.folder}).encode()  # fmt: skip


def _refuse_planted(order: Order) -> None:
    shipped = order.folder == str(ROOT) and order in examples()
    folder = Path(order.folder).expanduser()
    if not folder.is_dir():
        raise ParamError(f"there is no folder {folder}", then="name the folder that the step is looked for in")
    for place in () if shipped else {folder, _file(order.target, order.folder).parent}:
        if why := writable_by_others(place):
            raise ParamError(
                f"a page runs no code of the folder {place}: {why}", then="chmod go-w it, or run `veilbench audit`"
            )


def _load(path: Path) -> ForeignRow | None:
    try:
        values = json.loads(path.read_bytes())
        finding = finding_from(values["finding"])
        return ForeignRow(finding, _digest(finding.name, values["folder"]) != values["file"])
    except (OSError, ValueError, TypeError, KeyError, ParamError):
        return None


def _folder() -> Path:
    return room("foreign")


def _path(order: Order) -> Path:
    values = {name: value for name, value in asdict(order).items() if name != "python" or value}
    return _folder() / f"{hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:32]}.json"


def _file(target: str, folder: str) -> Path:
    return Path(folder).expanduser() / Path(target.rpartition(":")[0]).expanduser()


def _digest(target: str, folder: str) -> str:
    """The digest of a file that is named; empty for a module, whose files nobody here looks for."""
    try:
        return hashlib.sha256(_file(target, folder).read_bytes()).hexdigest()
    except OSError:
        return ""
