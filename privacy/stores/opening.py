"""Opening a store by its name: settings are checked, then its adapter is imported."""

from collections.abc import Mapping
from typing import Any

from privacy.adapters import open_adapter
from privacy.registry import Registry
from privacy.stores.profiles import profile
from privacy.stores.store import BlobStore


def open_store(registry: Registry, name: str = "", params: Mapping[str, Any] | None = None) -> BlobStore:
    """The store of a name, the first in the list where none is named; close it after use, or use it in a `with`.

    DataError or ParamError for a setting, PluginError for a broken adapter, StoreError where the store itself cannot
    be used.
    """
    found = profile(registry, name, params)
    spec, who = found.spec, f"the blob store {found.name}"
    store: BlobStore = open_adapter(spec.store, BlobStore, found.params, who=who, hint=spec.install_hint)
    return store
