"""The rows of the registry: a backend, workload, chain, blob store or prover each, or a plugin that did not load."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from privacy.spec import BackendSpec, ChainSpec, ProverSpec, StoreSpec, WorkloadSpec

SpecT = TypeVar("SpecT", BackendSpec, WorkloadSpec, StoreSpec, ChainSpec, ProverSpec)


@dataclass(frozen=True)
class Row(Generic[SpecT]):
    """One row: what a plugin registered, or a plugin that could not be loaded (no `spec`).

    `reason` says why it cannot be used and `remedy` what to do next; under `log_id` the log has the traceback.
    `source` is what was loaded: a module, or a file's path. `package` is the distribution that brought it, `version`
    that distribution's; both are empty for a file.
    """

    id: str
    source: str
    builtin: bool
    spec: SpecT | None = None
    reason: str = ""
    version: str = ""
    remedy: str = ""
    log_id: str = ""
    package: str = ""

    @property
    def available(self) -> bool:
        return self.spec is not None and not self.reason

    @property
    def origin(self) -> str:
        """Where it comes from, to read: `built in`, `package NAME` or `file PATH`."""
        if self.builtin:
            return "built in"
        if self.source.endswith(".py"):
            return f"file {self.source}"
        return f"package {self.package or self.source.partition('.')[0]}"

    def as_dict(self) -> dict[str, Any]:
        spec = self.spec
        return {
            "id": self.id, "title": spec.title if spec else self.id, "summary": spec.summary if spec else "",
            "available": self.available, "reason": self.reason, "remedy": self.remedy, "log_id": self.log_id,
            "source": self.source, "builtin": self.builtin, "origin": self.origin, "version": self.version,
            "install_hint": spec.install_hint if spec else "",
        }  # fmt: skip


class Entry(Row[BackendSpec]):
    """A backend's row."""

    def as_dict(self) -> dict[str, Any]:
        spec = self.spec
        kind, primitives = (spec.kind, sorted(spec.implements)) if spec else (None, [])
        return super().as_dict() | {"kind": kind, "primitives": primitives}


class WorkloadEntry(Row[WorkloadSpec]):
    """A workload's row."""

    def as_dict(self) -> dict[str, Any]:
        spec = self.spec
        return super().as_dict() | {"primitives": list(spec.primitives) if spec else []}


class StoreEntry(Row[StoreSpec]):
    """A blob store's row."""


class ChainEntry(Row[ChainSpec]):
    """A chain adapter's row."""


class ProverEntry(Row[ProverSpec]):
    """A prover's row."""


AnyEntry = Entry | WorkloadEntry | StoreEntry | ChainEntry | ProverEntry
