"""Opening a prover by its name: settings are checked, then its adapter is imported."""

from collections.abc import Mapping
from typing import Any

from privacy.adapters import open_adapter
from privacy.params import build
from privacy.provers.prover import Prover
from privacy.registry import Registry


def open_prover(registry: Registry, name: str = "", params: Mapping[str, Any] | None = None) -> Prover:
    """The prover of a name, the first in the list where none is named.

    UnknownNameError, MissingModuleError, ParamError for a setting, or PluginError for a broken prover.
    """
    spec = registry.prover(name)
    built = build(spec.params, dict(params or {}), owner=spec.id)
    prover: Prover = open_adapter(spec.prover, Prover, built, who=f"the prover {spec.id}", hint=spec.install_hint)
    return prover
