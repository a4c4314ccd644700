"""The stores that can be chosen: each adapter under its id, and the user's own, `[stores.NAME]` in `config.toml`.

[stores.ipfs]
adapter = "kubo"                          # the store's id
address = "/ip4/127.0.0.1/tcp/5002"       # what that store takes, by the names of its parameters
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from privacy.configured import refuse_keys, tables, where
from privacy.errors import DataError
from privacy.params import build
from privacy.registry import Registry
from privacy.spec import StoreSpec


@dataclass(frozen=True)
class Profile:
    """A store under the name that people choose it by: its adapter, and the settings it is opened with."""

    name: str
    spec: StoreSpec
    params: Any = field(repr=False)


def profiles(registry: Registry) -> dict[str, Profile]:
    """Every store that can be chosen here, by name.

    DataError where the settings cannot be read, ParamError for one that no store takes.
    """
    names = [*registry.stores, *tables("stores", taken=registry.stores)]
    return {name: profile(registry, name) for name in names}


def profile(registry: Registry, name: str = "", params: Mapping[str, Any] | None = None) -> Profile:
    """The store of a name, the first in the list where none is named, with `params` before its own settings.

    UnknownNameError, MissingModuleError or PluginError where there is none of that name.
    """
    mine = tables("stores", taken=registry.stores)
    if name not in mine:
        spec = registry.store(name)
        return Profile(spec.id, spec, build(spec.params, params or {}, owner=spec.id))
    owner = f"[stores.{name}]"
    refuse_keys(owner, mine[name])
    values = mine[name] | dict(params or {})
    if "adapter" not in values:
        raise DataError(f"{owner} names no adapter", where=where(), then='write adapter = "kubo", say')
    spec = registry.store(str(values.pop("adapter")))
    return Profile(name, spec, build(spec.params, values, owner=owner))
