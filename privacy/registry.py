"""The registry: every backend, workload, chain, blob store and prover by id, and the classes that run them."""

import dataclasses
import importlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from privacy.entry import AnyEntry, ChainEntry, Entry, ProverEntry, StoreEntry, WorkloadEntry
from privacy.errors import MissingModuleError, ParamError, PluginError, UnknownNameError, VeilbenchError
from privacy.loading.faults import load_log
from privacy.loading.files import PLUGIN_MODULE, load_file
from privacy.loading.find import find
from privacy.mechanism import Mechanism
from privacy.params import build, owners
from privacy.randomiser import Randomiser
from privacy.spec import API_VERSION, BackendSpec, ChainSpec, ProverSpec, StoreSpec, WorkloadSpec

__all__ = ["PLUGIN_MODULE", "Entry", "Registry", "Stack", "discover", "load_file", "load_log"]


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
    """All backends, workloads, chains, blob stores and provers that were found, by id."""

    def __init__(
        self,
        entries: Iterable[Entry],
        workloads: Iterable[WorkloadEntry] = (),
        stores: Iterable[StoreEntry] = (),
        chains: Iterable[ChainEntry] = (),
        provers: Iterable[ProverEntry] = (),
    ) -> None:
        self.entries = tuple(entries)
        self.workload_entries = tuple(workloads)
        self.store_entries = tuple(stores)
        self.chain_entries = tuple(chains)
        self.prover_entries = tuple(provers)
        self._by_id = {e.id: e for e in self.entries if e.spec is not None}
        self._stacks: dict[str, Stack] = {}

    @property
    def workloads(self) -> dict[str, WorkloadSpec]:
        """The workloads that can be used here, by id."""
        return {e.id: e.spec for e in self.workload_entries if e.available and e.spec}

    def workload(self, name: str) -> WorkloadSpec:
        """The spec of an available workload, also under an id of a version before.

        UnknownNameError, MissingModuleError or PluginError otherwise.
        """
        found = self.workloads
        if name in found:
            return found[name]
        for spec in found.values():
            if name in spec.formerly:
                return spec
        raise _unusable("workload", name, self.workload_entries)

    @property
    def stores(self) -> dict[str, StoreSpec]:
        """The blob stores that can be used here, by id; the first is used where nobody names another."""
        return {e.id: e.spec for e in self.store_entries if e.available and e.spec}

    def store(self, name: str = "") -> StoreSpec:
        """The spec of an available store, the first where none is named.

        UnknownNameError, MissingModuleError or PluginError otherwise.
        """
        found = self.stores
        name = name or next(iter(found), "")
        if name in found:
            return found[name]
        raise _unusable("blob store", name, self.store_entries)

    @property
    def chains(self) -> dict[str, ChainSpec]:
        """The chain adapters that can be used here, by id."""
        return {e.id: e.spec for e in self.chain_entries if e.available and e.spec}

    def chain(self, name: str) -> ChainSpec:
        """The spec of an available chain adapter. UnknownNameError, MissingModuleError or PluginError otherwise."""
        found = self.chains
        if name in found:
            return found[name]
        raise _unusable("chain", name, self.chain_entries)

    @property
    def provers(self) -> dict[str, ProverSpec]:
        """The provers that can be used here, by id; the first is used where nobody names another."""
        return {e.id: e.spec for e in self.prover_entries if e.available and e.spec}

    def prover(self, name: str = "") -> ProverSpec:
        """The spec of an available prover, the first where none is named.

        UnknownNameError, MissingModuleError or PluginError otherwise.
        """
        found = self.provers
        name = name or next(iter(found), "")
        if name in found:
            return found[name]
        raise _unusable("prover", name, self.prover_entries)

    def spec(self, backend: str) -> BackendSpec:
        """The spec of an available backend. UnknownNameError, MissingModuleError or PluginError otherwise."""
        entry = self._by_id.get(backend)
        broken = next((e for e in self.entries if e.id == backend and e.spec is None), None)
        if entry is None and broken is not None:
            text = f"backend {backend!r} cannot be used: {broken.reason}"
            raise PluginError(text, where=broken.source, then=broken.remedy)
        if entry is None or entry.spec is None:
            raise UnknownNameError("backend", backend, self._by_id)
        if entry.spec.api_version != API_VERSION:
            text = f"backend {backend!r} cannot be used: it is {entry.reason}"
            raise PluginError(text, where=entry.source, then=entry.remedy)
        if entry.reason:
            raise MissingModuleError(f"{backend} is not available: {entry.reason}", then=entry.remedy)
        return entry.spec

    def builtin(self, spec: BackendSpec | WorkloadSpec | StoreSpec | ChainSpec | ProverSpec) -> bool:
        """Whether a backend, a workload, a chain, a store or a prover came with Veilbench."""
        rows: tuple[AnyEntry, ...] = (
            *self.entries, *self.workload_entries, *self.store_entries, *self.chain_entries, *self.prover_entries,
        )  # fmt: skip
        return any(e.builtin for e in rows if e.spec is spec)

    def version(self, backend: str) -> str:
        """The version of what brought a backend; empty where it has none."""
        return next((e.version for e in self.entries if e.id == backend and e.spec is not None), "")

    def stack(self, name: str, params: dict[str, Any] | None = None) -> Stack:
        """Resolve a stack such as `he` or `dp+he` and check its parameters."""
        if params:
            return self._resolve(name, params)
        if name not in self._stacks:
            self._stacks[name] = self._resolve(name, {})
        return self._stacks[name]

    def _resolve(self, name: str, params: dict[str, Any]) -> Stack:
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
            return Stack(name, carrier, None, build(carrier.params, params, owner=carrier.id))
        if carrier.on_device:
            raise ParamError(f"{carrier.id} sends nothing that {randomisers[0].id} could randomise", then="drop one")
        return _randomised(name, carrier, randomisers[0], params)

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


def _unusable(
    kind: str,
    name: str,
    rows: Sequence[WorkloadEntry] | Sequence[StoreEntry] | Sequence[ChainEntry] | Sequence[ProverEntry],
) -> VeilbenchError:
    """Why what is named cannot be used: nobody has it, its plugin is broken, or it lacks a module here."""
    row = next((e for e in rows if e.id == name), None)
    if row is None:
        return UnknownNameError(kind, name, (e.id for e in rows if e.available))
    if row.spec is None:
        return PluginError(f"{kind} {name!r} cannot be used: {row.reason}", where=row.source, then=row.remedy)
    return MissingModuleError(f"{name} is not available: {row.reason}", then=row.remedy)


def load(reference: str, *, who: str, hint: str = "") -> Any:
    """What `module:name` names, imported now; PluginError where it cannot be."""
    module, _, name = reference.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except VeilbenchError:
        raise
    except (Exception, SystemExit) as error:
        text = f"{who} cannot be loaded: {type(error).__name__}: {error}"
        raise PluginError(text, where=reference, then=hint) from error


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
    """Find every plugin: entry points of the group `veilbench`, then files in `$VEILBENCH_HOME/plugins`.

    Called again, it sees files that are new, changed or gone; a package that has changed needs a new process.
    """
    rows = sorted(find(plugins), key=lambda r: (not r.builtin, r.spec.rank if r.spec else 1000))
    backends = [r for r in rows if isinstance(r, Entry)]
    stores = [r for r in rows if isinstance(r, StoreEntry)]
    chains = [r for r in rows if isinstance(r, ChainEntry)]
    provers = [r for r in rows if isinstance(r, ProverEntry)]
    return Registry(backends, [r for r in rows if isinstance(r, WorkloadEntry)], stores, chains, provers)
