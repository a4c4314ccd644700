"""What can be wrong with a sign-in, classed by what was not as it should be.

SignInError
  MalformedAddress   not an address
  MalformedMessage   not a message of EIP-4361
  ForeignDomain      written for another site
  ForeignUri         written for another address of this site
  ForeignChain       written for another chain
  UnknownNonce       used before, too old, or given to another browser
  MessageExpired     its time is over
  MessageTooEarly    its time has not begun
  ForeignSigner      signed by another key than that of its address
  TooManySignIns     more have begun than are kept in mind
"""

from privacy.errors import VeilbenchError


class SignInError(VeilbenchError):
    """A sign-in is refused."""


class MalformedAddress(SignInError):
    """What should be an address is none."""


class MalformedMessage(SignInError):
    """What was signed is not a message of EIP-4361."""


class ForeignDomain(SignInError):
    """The message was written for another site."""


class ForeignUri(SignInError):
    """The message was written for another address of this site."""


class ForeignChain(SignInError):
    """The message was written for another chain."""


class UnknownNonce(SignInError):
    """The number in the message was used before, is too old, or was given to another browser."""


class MessageExpired(SignInError):
    """The time of the message is over."""


class MessageTooEarly(SignInError):
    """The time of the message has not begun."""


class ForeignSigner(SignInError):
    """The signature is not by the key of the address in the message."""


class TooManySignIns(SignInError):
    """More sign-ins have begun than are kept in mind."""
