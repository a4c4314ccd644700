"""Finding plugins: entry points of the group `veilbench`, then files in `$VEILBENCH_HOME/plugins`.

They are loaded one at a time, each within a time limit: a broken plugin is a row with its reason, the others work.
"""

import contextlib
import importlib
import importlib.metadata
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pluggy

from privacy import __version__, hookspecs
from privacy.entry import AnyEntry, ChainEntry, Entry, ProverEntry, StoreEntry, WorkloadEntry
from privacy.errors import PluginError
from privacy.loading.faults import Fault, Origin, distribution, fault_of, keep_log
from privacy.loading.files import (
    forget_deleted,
    load_file,
    module_name,
    plugin_folder,
    read,
    writable_by_others,
)
from privacy.loading.specs import HOOKS, Spec, fault_of_spec, listed, unmet, unpaid
from privacy.spec import BackendSpec, ChainSpec, ProverSpec, StoreSpec, WorkloadSpec

GROUP = "veilbench"
PATIENCE = 10.0
"""Seconds that a plugin may take to load."""

_lock = threading.RLock()
_late: dict[tuple[str, object], threading.Thread] = {}
"""The threads of plugins that did not finish in time, by source and what was loaded: none is started twice."""


@dataclass(frozen=True)
class Source:
    """A plugin that was found and how to load it; `stamp` changes with its code where that can be told."""

    origin: Origin
    load: Callable[[], ModuleType]
    stamp: object = None


@dataclass(frozen=True)
class Found:
    """A spec that a plugin registered, why no page can show it, and what it lacks to be used here."""

    spec: Spec
    unusable: Fault | None
    unmet: Fault | None


Rows = list[AnyEntry]


def find(folder: Path | None, *, patience: float | None = None) -> Rows:
    """A row for all that every plugin registers, and for every plugin that cannot be loaded.

    What a plugin prints goes to standard error, as standard output may be somebody's JSON.
    """
    rows: Rows = []
    with _lock, contextlib.redirect_stdout(sys.stderr):
        importlib.invalidate_caches()
        forget_deleted()
        for source in [*_packages(), *(_files(folder) if folder else _own_files(plugin_folder()))]:
            rows.extend(_rows(source, rows, PATIENCE if patience is None else patience))
    return rows


def _packages() -> Iterator[Source]:
    points = importlib.metadata.entry_points(group=GROUP)
    known: dict[int, tuple[str, str]] = {}
    for point in sorted(points, key=lambda p: (not _builtin(p.value), p.name)):
        if id(point.dist) not in known:  # its metadata is parsed anew whenever it is read
            known[id(point.dist)] = distribution(point)
        package, version = known[id(point.dist)]
        builtin = _builtin(point.value)
        yield Source(Origin(point.name, point.value, builtin, package, __version__ if builtin else version), point.load)


def _own_files(folder: Path | None) -> Iterator[Source]:
    """The files of the user's folder, unless somebody else may put some there: they run with the user's rights."""
    if folder is None or not folder.is_dir():
        return
    if why := writable_by_others(folder):
        remedy = f"make it yours alone: chmod go-w {folder}"
        yield Source(Origin(folder.name, str(folder)), _refusing(f"no file of {folder} is run: {why}", remedy))
        return
    yield from _files(folder)


def _files(folder: Path) -> Iterator[Source]:
    seen: dict[str, Path] = {}
    found = sorted(folder.glob("*.py")) if folder.is_dir() else []
    # Editors keep files of their own beside the one that is being written, with a dot before its name.
    for path in (p for p in found if not p.name.startswith(".")):
        other = seen.setdefault(module_name(path), path)
        load = _clash(path, other) if other != path else _reader(path)
        try:
            stamp = read(path)
        except PluginError as error:
            load, stamp = _refusing(error.what, error.then), b""
        yield Source(Origin(path.stem, str(path)), load, stamp)


def _reader(path: Path) -> Callable[[], ModuleType]:
    return lambda: load_file(path)


def _refusing(what: str, then: str) -> Callable[[], ModuleType]:
    def refuse() -> ModuleType:
        raise PluginError(what, then=then)

    return refuse


def _clash(path: Path, other: Path) -> Callable[[], ModuleType]:
    def refuse() -> ModuleType:
        raise PluginError(f"{path.name} and {other.name} are one name to Python", then="rename one of the two")

    return refuse


def _builtin(reference: str) -> bool:
    return reference.startswith(("backends.", "workloads."))


def _rows(source: Source, rows: Rows, patience: float) -> Rows:
    """The rows of one plugin, given those that are there."""
    found, origin = _within(source, patience), source.origin
    if isinstance(found, Fault):
        return [_entry(origin, origin.name, None, found)]
    made: Rows = []
    for one in found:
        first = next((r for r in (*rows, *made) if r.id == one.spec.id and type(r.spec) is type(one.spec)), None)
        if first is not None:
            reason = f"another plugin already registered {one.spec.id!r}: {first.origin}"
            fault = Fault(reason, f"give this one another id, or {origin.removal}")
            made.append(_entry(origin, one.spec, None, fault))
        else:
            made.append(_entry(origin, one.spec, None if one.unusable else one.spec, one.unusable or one.unmet))
    return made


def _entry(origin: Origin, of: Spec | str, spec: Spec | None, fault: Fault | None) -> AnyEntry:
    """The row of what was registered, or of a plugin by its name, which stands among the backends."""
    words = fault or Fault("")
    rest = (words.reason, origin.version, words.remedy, words.log_id, origin.package)
    if isinstance(of, (str, BackendSpec)):
        id_, kept = (of, None) if isinstance(of, str) else (of.id, spec if isinstance(spec, BackendSpec) else None)
        return Entry(id_, origin.source, origin.builtin, kept, *rest)
    if isinstance(of, StoreSpec):
        return StoreEntry(of.id, origin.source, origin.builtin, spec if isinstance(spec, StoreSpec) else None, *rest)
    if isinstance(of, ChainSpec):
        return ChainEntry(of.id, origin.source, origin.builtin, spec if isinstance(spec, ChainSpec) else None, *rest)
    if isinstance(of, ProverSpec):
        return ProverEntry(of.id, origin.source, origin.builtin, spec if isinstance(spec, ProverSpec) else None, *rest)
    kept_one = spec if isinstance(spec, WorkloadSpec) else None
    return WorkloadEntry(of.id, origin.source, origin.builtin, kept_one, *rest)


def _within(source: Source, patience: float) -> list[Found] | Fault:
    """Load a plugin in a thread of its own, for so many seconds at most."""
    origin, key = source.origin, (source.origin.source, source.stamp)
    ended: list[list[Found] | BaseException] = []

    def work() -> None:
        try:
            ended.append(_found(source))
        except BaseException as error:
            ended.append(error)

    late = _late.pop(key, None)
    if late is None or not late.is_alive():
        late = threading.Thread(target=work, name=f"plugin-{origin.name}", daemon=True)
        late.start()
        late.join(patience)
    if not ended:
        _late[key] = late
        return _hanging(origin, late, patience)
    outcome = ended[0]
    if isinstance(outcome, KeyboardInterrupt):
        raise outcome
    return fault_of(outcome, origin) if isinstance(outcome, BaseException) else outcome


def _found(source: Source) -> list[Found]:
    """Import a plugin, call its hooks, and look at what they return: all of it is the plugin's own code."""
    manager = pluggy.PluginManager("veilbench")
    manager.add_hookspecs(hookspecs)
    manager.register(source.load(), name=source.origin.name)
    manager.check_pending()
    hooks = [(name, hook) for name in HOOKS for hook in getattr(manager.hook, name).get_hookimpls()]
    if not hooks:
        text = f"give it a {' or '.join(HOOKS)} hook with @hookimpl above it"
        raise PluginError("it registers nothing", then=text)
    specs = [spec for name, hook in hooks for spec in listed(hook.function(), name)]
    judged = [(spec, fault_of_spec(spec) or unpaid(spec)) for spec in specs]
    return [Found(spec, fault, None if fault else unmet(spec, source.origin)) for spec, fault in judged]


def _hanging(origin: Origin, thread: threading.Thread, patience: float) -> Fault:
    frame = sys._current_frames().get(thread.ident or 0)
    stack = "".join(traceback.format_stack(frame)) if frame else ""
    remedy = f"move slow work out of the module and its hook, into the mechanism, or {origin.removal}; then restart"
    log_id = keep_log(f"{origin.name} ({origin.source}): it was here after {patience:g} s\n\n{stack}")
    return Fault(f"it did not finish loading within {patience:g} s", remedy, log_id)
