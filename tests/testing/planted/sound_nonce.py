"""No bug: masks under a key of the session and a fresh nonce, which the bugs beside it get wrong."""

from privacy.plugin import hookimpl
from tests.support.planted_queries import Masked, spec


class SoundNonce(Masked):
    """As it stands."""


@hookimpl
def register_backends():
    return spec(__name__, "SoundNonce")
