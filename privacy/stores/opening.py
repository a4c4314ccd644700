"""Opening a store by its id: settings are checked, then its adapter is imported."""

from collections.abc import Mapping
from typing import Any

from privacy.errors import PluginError, VeilbenchError
from privacy.params import build
from privacy.registry import Registry, load
from privacy.spec import StoreSpec
from privacy.stores.store import BlobStore


def open_store(registry: Registry, name: str = "", params: Mapping[str, Any] | None = None) -> BlobStore:
    """The store of an id, the first in the list where none is named; close it after use, or use it in a `with`.

    ParamError for a setting, PluginError for a broken adapter, StoreError where the store itself cannot be used.
    """
    spec = registry.store(name)
    return opened(spec, build(spec.params, params or {}, owner=spec.id))


def opened(spec: StoreSpec, params: Any) -> BlobStore:
    """A store with these parameters."""
    kind = load(spec.store, who=f"the blob store {spec.id}", hint=spec.install_hint)
    if not (isinstance(kind, type) and issubclass(kind, BlobStore)):
        raise PluginError(f"{spec.id} is no BlobStore", where=spec.store, then="make it a class derived from BlobStore")
    try:
        store: BlobStore = kind(params)  # type: ignore[call-arg]  # an adapter takes its params, the base class nothing
    except VeilbenchError:
        raise
    except Exception as error:
        text = f"the blob store {spec.id} cannot be opened: {type(error).__name__}: {error}"
        raise PluginError(text, where=spec.store, then=spec.install_hint) from error
    return store
