"""Provenance: the code that made a record, so that records can be told apart after one edited line.

A part is the framework, a workload or a backend. Each has its version, where it comes from, the SHA-256 of its files
as they lay on the disk when the run began, and, if it is a backend, what the conformance kit found of it.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from privacy import __version__
from privacy.entry import Row
from privacy.fingerprint import digest_of, framework_digest
from privacy.registry import Registry, Stack
from privacy.spec import BackendSpec, WorkloadSpec

FRAMEWORK = "veilbench"


def code_behind(spec: WorkloadSpec, stack: Stack, registry: Registry) -> list[dict[str, Any]]:
    """The framework, the workload and the backends of a run, each as a record has it."""
    backends = [one for one in (stack.randomiser, stack.carrier) if one is not None]
    return [
        _part("framework", FRAMEWORK, __version__, "built in", framework_digest()),
        *_workload(spec, registry),
        *backends_behind((one.id for one in backends), registry),
    ]


def backends_behind(ids: Iterable[str], registry: Registry) -> list[dict[str, Any]]:
    """Backends by their ids, each as a record has it."""
    from privacy.services.checks import standing  # the kit is no part of a run

    entries = {entry.id: entry for entry in registry.entries if entry.spec is not None}
    found = []
    for one in (entries[name] for name in ids if name in entries):
        assert one.spec is not None
        part = _part(one.spec.kind, one.id, one.version, origin(one), digest(one.spec))
        found.append(part | {"check": standing(one).as_dict()})
    return found


def origin(row: Row[Any]) -> str:
    """Where a plugin comes from; of a file its name alone, as a path may name its owner."""
    return f"file {Path(row.source).name}" if row.origin.startswith("file ") else row.origin


def digest(spec: BackendSpec | WorkloadSpec) -> str:
    """SHA-256 of a plugin's files now; empty where they cannot be found."""
    try:
        return digest_of(spec)
    except (ImportError, OSError, ValueError, AttributeError):
        return ""


def _workload(spec: WorkloadSpec, registry: Registry) -> Iterator[dict[str, Any]]:
    for one in registry.workload_entries:
        if one.spec is spec:
            yield _part("workload", one.id, one.version, origin(one), digest(spec))


def _part(kind: str, id_: str, version: str, origin_: str, digest_: str) -> dict[str, Any]:
    return {"kind": kind, "id": id_, "version": version, "origin": origin_, "digest": digest_, "check": None}
