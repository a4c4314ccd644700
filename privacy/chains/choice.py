"""The chain that is in use on the pages."""

from privacy import choices
from privacy.chains.profiles import profiles
from privacy.registry import Registry


def chosen(registry: Registry) -> str:
    """The name of the chain in use; the first that there is where none was chosen, or the chosen one is gone."""
    return choices.chosen("chain", profiles(registry))


def choose(registry: Registry, name: str) -> None:
    """Use a chain from now on. UnknownNameError where there is none of that name."""
    choices.choose("chain", name, profiles(registry))
