"""The demo chain's exchange: what a faucet gives, and a swap between ether and CROL with a least that one accepts."""

import time
from dataclasses import dataclass

from privacy.plugin import ParamError
from privacy.plugin.contracts import Contract

_SLIP = 100
"""The part of a quote, one in so many, by which the price may move before the swap is mined."""
_DEADLINE = 600


@dataclass(frozen=True)
class Quote:
    """What a swap would give now for what is given, and the least that is accepted: units of CROL, or wei."""

    buys: bool
    given: int
    gets: int
    least: int


def quote(swap: Contract, *, buys: bool, given: int) -> Quote:
    """The quote for wei (`buys` CROL) or for units of CROL. ParamError where it gives nothing."""
    gets = swap.read("quote", buys, given)
    if not gets:
        raise ParamError("that is too little to swap", then="give more")
    return Quote(buys, given, gets, gets - gets // _SLIP)


def call_of(one: Quote) -> tuple[str, tuple[int, ...], int]:
    """The function of the swap that takes a quote, its arguments, and the wei that go along."""
    deadline = int(time.time()) + _DEADLINE
    if one.buys:
        return "buyCrol", (one.least, deadline), one.given
    return "sellCrol", (one.given, one.least, deadline), 0
