"""The blob store that is in use on the pages."""

from privacy import choices
from privacy.registry import Registry
from privacy.stores.profiles import profiles


def chosen(registry: Registry) -> str:
    """The name of the store in use; the first that there is where none was chosen, or the chosen one is gone."""
    return choices.chosen("store", profiles(registry))


def choose(registry: Registry, name: str) -> None:
    """Use a store from now on. UnknownNameError where there is none of that name."""
    choices.choose("store", name, profiles(registry))
