"""Opening a store by its name: settings are checked, then its adapter is imported."""

from collections.abc import Mapping
from typing import Any

from privacy.errors import PluginError, VeilbenchError
from privacy.registry import Registry, load
from privacy.stores.profiles import Profile, profile
from privacy.stores.store import BlobStore


def open_store(registry: Registry, name: str = "", params: Mapping[str, Any] | None = None) -> BlobStore:
    """The store of a name, the first in the list where none is named; close it after use, or use it in a `with`.

    DataError or ParamError for a setting, PluginError for a broken adapter, StoreError where the store itself cannot
    be used.
    """
    return opened(profile(registry, name, params))


def opened(found: Profile) -> BlobStore:
    """The store of a profile."""
    spec = found.spec
    kind = load(spec.store, who=f"the blob store {spec.id}", hint=spec.install_hint)
    if not (isinstance(kind, type) and issubclass(kind, BlobStore)):
        raise PluginError(f"{spec.id} is no BlobStore", where=spec.store, then="make it a class derived from BlobStore")
    try:
        store: BlobStore = kind(found.params)  # type: ignore[call-arg]  # an adapter takes its params, the base nothing
    except VeilbenchError:
        raise
    except Exception as error:
        text = f"the blob store {found.name} cannot be opened: {type(error).__name__}: {error}"
        raise PluginError(text, where=spec.store, then=spec.install_hint) from error
    return store
