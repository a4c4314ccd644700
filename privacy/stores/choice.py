"""The blob store that is in use on the pages."""

from privacy import choices
from privacy.registry import Registry
from privacy.stores.opening import open_store
from privacy.stores.profiles import profiles
from privacy.stores.store import BlobStore


def chosen(registry: Registry) -> str:
    """The name of the store in use; the first that there is where none was chosen, or the chosen one is gone."""
    return choices.chosen("store", profiles(registry))


def choose(registry: Registry, name: str) -> None:
    """Use a store from now on. UnknownNameError where there is none of that name."""
    choices.choose("store", name, profiles(registry))


def store_in_use(registry: Registry) -> BlobStore:
    """The store in use, opened; close it after use, or use it in a `with`. Errors as `open_store` has them."""
    return open_store(registry, chosen(registry))
