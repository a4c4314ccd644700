"""No bug: two servers, each of whom receives sets that say nothing alone."""

from privacy.plugin import hookimpl
from tests.support.planted_queries import Shared, spec


class SoundLookup(Shared):
    """As it stands."""


@hookimpl
def register_backends():
    return spec(__name__, "SoundLookup", primitive="lookup")
