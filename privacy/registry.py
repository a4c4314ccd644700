"""The registry: finds plugins, lists their backends, loads their mechanisms.

Entry points and files are loaded one at a time: a broken plugin is a row with its reason, the others work.
"""

import contextlib
import dataclasses
import importlib
import importlib.metadata
import importlib.util
import re
import sys
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from privacy import hookspecs
from privacy.errors import MissingModuleError, ParamError, PluginError, UnknownNameError, VeilbenchError
from privacy.home import home
from privacy.mechanism import Mechanism
from privacy.params import build, owners
from privacy.randomiser import Randomiser
from privacy.spec import API_VERSION, BackendSpec

GROUP = "veilbench"
PLUGIN_MODULE = "veilbench_plugin_"


@dataclass(frozen=True)
class Entry:
    """One row: a backend, or a plugin that could not be loaded (no `spec`); `reason` says why."""

    id: str
    source: str
    builtin: bool
    spec: BackendSpec | None = None
    reason: str = ""

    @property
    def available(self) -> bool:
        return self.spec is not None and not self.reason

    def as_dict(self) -> dict[str, Any]:
        spec = self.spec
        return {
            "id": self.id, "title": spec.title if spec else self.id, "summary": spec.summary if spec else "",
            "kind": spec.kind if spec else None, "primitives": sorted(spec.implements) if spec else [],
            "available": self.available, "reason": self.reason, "source": self.source,
            "builtin": self.builtin, "install_hint": spec.install_hint if spec else "",
        }  # fmt: skip


@dataclass(frozen=True)
class Stack:
    """A carrier, optionally under a randomiser, with the parameters of each."""

    name: str
    carrier: BackendSpec
    randomiser: BackendSpec | None
    params: Any
    release_params: Any = None

    def primitives(self) -> tuple[str, ...]:
        return tuple(self.carrier.implements)

    def params_dict(self) -> dict[str, Any]:
        """The parameters of both, by name."""
        return {**vars(self.params), **(vars(self.release_params) if self.release_params else {})}


class Registry:
    """All backends that were found, by id."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self._by_id = {e.id: e for e in self.entries if e.spec is not None}

    def spec(self, backend: str) -> BackendSpec:
        """The spec of an available backend. UnknownNameError, MissingModuleError or PluginError otherwise."""
        entry = self._by_id.get(backend)
        broken = next((e for e in self.entries if e.id == backend and e.spec is None), None)
        if entry is None and broken is not None:
            raise PluginError(f"backend {backend!r} cannot be used: {broken.reason}", where=broken.source)
        if entry is None or entry.spec is None:
            raise UnknownNameError("backend", backend, self._by_id)
        if entry.spec.api_version != API_VERSION:
            raise PluginError(f"backend {backend!r} cannot be used: it is {entry.reason}", where=entry.source)
        if entry.reason:
            raise MissingModuleError(f"{backend} is not available: {entry.reason}", then=entry.spec.install_hint)
        return entry.spec

    def stack(self, name: str, params: dict[str, Any] | None = None) -> Stack:
        """Resolve a stack such as `he` or `dp+he` and check its parameters."""
        ids = name.split("+")
        unknown = [i for i in ids if i not in self._by_id and not any(e.id == i for e in self.entries)]
        if unknown:
            raise UnknownNameError("stack", name, self.stacks())
        specs = [self.spec(i) for i in ids]
        randomisers = [s for s in specs if s.kind == "randomiser"]
        carriers = [s for s in specs if s.kind == "carrier"]
        if len(randomisers) > 1 or len(carriers) > 1:
            raise ParamError(f"{name!r} is not one carrier under at most one randomiser", then="for instance dp+he")
        carrier = carriers[0] if carriers else self.spec("plain")
        if not randomisers:
            return Stack(name, carrier, None, build(carrier.params, params or {}, owner=carrier.id))
        if carrier.on_device:
            raise ParamError(f"{carrier.id} sends nothing that {randomisers[0].id} could randomise", then="drop one")
        return _randomised(name, carrier, randomisers[0], params or {})

    def fields(self, name: str, *, primitives: Collection[str] | None = None) -> dict[str, type[Any]]:
        """The parameters of a stack by name, each with the dataclass it is a field of: the randomiser's come first.

        With `primitives`, only those that are for one of them.
        """
        stack = self.stack(name)
        kinds = [stack.randomiser.params] if stack.randomiser else []
        return owners(*kinds, stack.carrier.params, primitives=primitives)

    def members(self, name: str) -> tuple[BackendSpec, ...]:
        """The backends that a stack's name names, as they stand in it."""
        return tuple(self.spec(one) for one in name.split("+"))

    def stacks(self) -> list[str]:
        """The names that `stack` resolves now: carriers, then each randomiser alone and over every other carrier."""
        ready = [e.spec for e in self._by_id.values() if e.available and e.spec]
        carriers = [s for s in ready if s.kind == "carrier"]
        over = [c.id for c in carriers if not c.on_device and c.id != "plain"]
        stacks = [s.id for s in carriers]
        for randomiser in (s.id for s in ready if s.kind == "randomiser"):
            stacks += [randomiser, *(f"{randomiser}+{carrier}" for carrier in over)]
        return stacks

    def mechanism(self, spec: BackendSpec, primitive: str, params: Any) -> Mechanism[Any]:
        """Import and instantiate the mechanism of `spec` for `primitive`."""
        made = _make(spec, primitive, params)
        if not isinstance(made, Mechanism):
            raise PluginError(f"{spec.id}'s {primitive} is not a Mechanism", where=spec.implements[primitive])
        return made

    def randomiser(self, spec: BackendSpec, primitive: str, params: Any) -> Randomiser[Any]:
        """Import and instantiate the randomiser of `spec` for the input of `primitive`."""
        made = _make(spec, primitive, params)
        if not isinstance(made, Randomiser):
            raise PluginError(f"{spec.id}'s {primitive} is not a Randomiser", where=spec.implements[primitive])
        return made


def _make(spec: BackendSpec, primitive: str, params: Any) -> Any:
    if primitive not in spec.implements:
        raise ParamError(f"{spec.id} has no {primitive}", then=f"it has {', '.join(sorted(spec.implements))}")
    module, _, name = spec.implements[primitive].partition(":")
    try:
        return getattr(importlib.import_module(module), name)(params)
    except VeilbenchError:
        raise
    except (Exception, SystemExit) as error:
        text = f"{spec.id}'s {primitive} cannot be loaded: {type(error).__name__}: {error}"
        raise PluginError(text, where=spec.implements[primitive], then=spec.install_hint) from error


def _randomised(name: str, carrier: BackendSpec, randomiser: BackendSpec, params: dict[str, Any]) -> Stack:
    """Share the parameters out: the randomiser's by its fields, all others to the carrier."""
    fields = {f.name for f in dataclasses.fields(randomiser.params)}
    own = {k: v for k, v in params.items() if k in fields}
    rest = {k: v for k, v in params.items() if k not in fields}
    known = fields | {f.name for f in dataclasses.fields(carrier.params)}
    for key in rest:
        if key not in known:
            raise UnknownNameError(f"parameter of {name}", key, known)
    release_params = build(randomiser.params, own, owner=randomiser.id)
    return Stack(name, carrier, randomiser, build(carrier.params, rest, owner=carrier.id), release_params)


def discover(*, plugins: Path | None = None) -> Registry:
    """Find every plugin: entry points of the group `veilbench`, then files in `$VEILBENCH_HOME/plugins`."""
    sources: list[tuple[str, str, bool, Callable[[], ModuleType]]] = []
    for point in sorted(importlib.metadata.entry_points(group=GROUP), key=lambda p: (not _builtin(p.value), p.name)):
        sources.append((point.name, point.value, _builtin(point.value), point.load))
    folder = plugins
    if folder is None:
        with contextlib.suppress(VeilbenchError):
            folder = home() / "plugins"
    for path in sorted(folder.glob("*.py")) if folder and folder.is_dir() else []:
        sources.append((path.stem, str(path), False, lambda path=path: load_file(path)))  # type: ignore[misc]
    rows: list[Entry] = []
    for name, source, builtin, load in sources:
        rows.extend(_rows(name, source, builtin, load, taken={r.id for r in rows}))
    return Registry(sorted(rows, key=lambda r: (not r.builtin, r.spec.rank if r.spec else 1000)))


def load_file(path: Path) -> ModuleType:
    """Import one plugin file under the name `veilbench_plugin_<stem>`, with `_` for what no name may hold."""
    name = PLUGIN_MODULE + re.sub(r"\W", "_", path.stem)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PluginError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _builtin(reference: str) -> bool:
    return reference.startswith("backends.")


def _rows(name: str, source: str, builtin: bool, load: Callable[[], ModuleType], *, taken: set[str]) -> list[Entry]:
    try:
        manager = pluggy.PluginManager("veilbench")
        manager.add_hookspecs(hookspecs)
        manager.register(load(), name=name)
        manager.check_pending()
        hooks = manager.hook.register_backends.get_hookimpls()
        if not hooks:
            raise PluginError("it registers nothing", then="give it a register_backends hook")
        return [_row(s, source, builtin, taken) for hook in hooks for s in _listed(hook.function())]
    except (Exception, SystemExit) as error:
        text = str(error) if isinstance(error, VeilbenchError) else f"{type(error).__name__}: {error}"
        return [Entry(name, source, builtin, None, " ".join(text.split()))]


def _listed(found: object) -> list[Any]:
    if not isinstance(found, (list, tuple)):
        raise PluginError(f"register_backends returned {type(found).__name__}", then="return a list of BackendSpec")
    return list(found)


def _row(spec: BackendSpec, source: str, builtin: bool, taken: set[str]) -> Entry:
    if not isinstance(spec, BackendSpec):
        raise PluginError(f"register_backends returned {type(spec).__name__}", then="return a list of BackendSpec")
    if spec.id in taken:
        return Entry(spec.id, source, builtin, None, f"another plugin already registered {spec.id!r}: rename this one")
    taken.add(spec.id)
    if spec.api_version != API_VERSION:
        return Entry(
            spec.id,
            source,
            builtin,
            spec,
            f"written for plugin API {spec.api_version}, this is {API_VERSION}",
        )
    missing = [m for m in spec.modules if importlib.util.find_spec(m.split(".")[0]) is None]
    return Entry(spec.id, source, builtin, spec, f"needs the module {', '.join(missing)}" if missing else "")
