"""No bug: masks under a key of the session and a fresh nonce, which the bugs beside it get wrong."""

from planted_queries import Masked, spec

from privacy.plugin import hookimpl


class SoundNonce(Masked):
    """As it stands."""


@hookimpl
def register_backends():
    return spec(__name__, "SoundNonce")
