"""What can go wrong with a chain, classed by what the person can do about it.

ChainError
  ChainUnreachable   start the node, or fix its address
  ChainSlow          wait: what was sent is kept, and is sent again
  BadAnswer          the service is no node, or a broken one: name another
  WrongChain         name the chain that is meant
  ChainRefused       the node will never mine it: mend what it says
  Reverted           the contract refused: `name` is its error, `data` its bytes
  ChainDamaged       the chain on this device does not hold together: import an export of it, or reset it
  ChainUnwritable    free some space, or fix permissions: nothing was mined
  ChainBusy          another process has the chain open, and does not answer
"""

from privacy.errors import VeilbenchError


class ChainError(VeilbenchError):
    """A chain cannot do what it should."""


class ChainUnreachable(ChainError):
    """The node does not answer."""


class ChainSlow(ChainError):
    """The node answers, but the awaited result has not come."""


class BadAnswer(ChainError):
    """The answer is not a node's JSON-RPC, or contradicts itself."""


class WrongChain(ChainError):
    """The node serves another chain than the one that is configured."""


class ChainRefused(ChainError):
    """A node did not take a call or a transaction; `code` is its number for that, in JSON-RPC."""

    def __init__(self, what: str, *, where: str = "", then: str = "", code: int = -32000) -> None:
        super().__init__(what, where=where, then=then)
        self.code = code


class Reverted(ChainError):
    """A contract refused: `data` is what it returned, `name` its custom error where an artifact knows it."""

    def __init__(self, what: str, *, data: bytes = b"", name: str = "", where: str = "", then: str = "") -> None:
        super().__init__(what, where=where, then=then)
        self.data, self.name = data, name


class ChainDamaged(ChainError):
    """The chain on this device does not hold together, or a file is not an export of a chain."""


class ChainUnwritable(ChainError):
    """The chain on this device cannot be written: the disk is full, or the folder may only be read."""


class ChainBusy(ChainError):
    """Another process has the chain open and does not respond."""
