"""The hooks of a plugin. They take no argument and return data, so that listing never imports a heavy library."""

import pluggy

from privacy.spec import BackendSpec, ChainSpec, ProverSpec, StoreSpec, WorkloadSpec

hookspec = pluggy.HookspecMarker("veilbench")
hookimpl = pluggy.HookimplMarker("veilbench")


@hookspec
def register_backends() -> list[BackendSpec]:  # type: ignore[empty-body]
    """Return the backends of this plugin: `return [BackendSpec(id="mine", ...)]`."""


@hookspec
def register_workloads() -> list[WorkloadSpec]:  # type: ignore[empty-body]
    """Return the workloads of this plugin: `return [WorkloadSpec(id="mine", ...)]`."""


@hookspec
def register_stores() -> list[StoreSpec]:  # type: ignore[empty-body]
    """Return the blob stores of this plugin: `return [StoreSpec(id="mine", ...)]`."""


@hookspec
def register_chains() -> list[ChainSpec]:  # type: ignore[empty-body]
    """Return the chain adapters of this plugin: `return [ChainSpec(id="mine", ...)]`."""


@hookspec
def register_provers() -> list[ProverSpec]:  # type: ignore[empty-body]
    """Return the provers of this plugin: `return [ProverSpec(id="mine", ...)]`."""
