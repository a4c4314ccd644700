"""Imports for the author of a chain adapter: the base class, typed errors and answers, and where state lives.

An adapter is a class derived from `Chain`, which passes JSON-RPC on; a hook `register_chains` names it.
`backends/chains/rpc/` is an example, and `veilbench chain kit` tests it.
"""

from privacy.chains.accounts import KeySigner, Signer
from privacy.chains.chain import Chain
from privacy.chains.errors import (
    BadAnswer,
    ChainBusy,
    ChainDamaged,
    ChainError,
    ChainRefused,
    ChainSlow,
    ChainUnreachable,
    ChainUnwritable,
    Reverted,
    WrongChain,
)
from privacy.chains.keeping import Keeping, Progress
from privacy.chains.serving import serve
from privacy.chains.types import hexed
from privacy.errors import ParamError, StateError
from privacy.home import guarded, home, room, write_atomic
from privacy.hookspecs import hookimpl
from privacy.nesting import bound_nesting
from privacy.params import NoParams, param
from privacy.spec import ChainSpec

__all__ = [
    "BadAnswer",
    "Chain",
    "ChainBusy",
    "ChainDamaged",
    "ChainError",
    "ChainRefused",
    "ChainSlow",
    "ChainSpec",
    "ChainUnreachable",
    "ChainUnwritable",
    "Keeping",
    "KeySigner",
    "NoParams",
    "ParamError",
    "Progress",
    "Reverted",
    "Signer",
    "StateError",
    "WrongChain",
    "bound_nesting",
    "guarded",
    "hexed",
    "home",
    "hookimpl",
    "param",
    "room",
    "serve",
    "write_atomic",
]
