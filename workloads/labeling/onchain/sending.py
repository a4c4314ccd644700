"""How a call of the contracts is mined once, and how a block or a second is waited for before it."""

import time
from collections.abc import Callable
from typing import Any

from privacy.plugin.contracts import Contract, Intent, Receipt, Sender
from privacy.plugin.running import StateError

_PAUSE = 1.0
"""Seconds between looks at a chain whose clock is behind."""
_PATIENCE = 4.0
"""Seconds that a second to come is waited for."""
_TURNS = 4
"""Blocks that are waited for at most before a step."""


def send(sender: Sender, contract: Contract, name: str, function: str, *args: Any) -> Receipt:
    """Mine a call; the same name is mined once, whatever is cut off and sent again. Reverted, with the error's name."""
    with contract.naming():
        return sender.send(intent(contract, name, function, *args))


def intent(contract: Contract, name: str, function: str, *args: Any) -> Intent:
    """A call that is mined once under its name."""
    return Intent(contract.address, contract.encode(function, *args), id=f"{contract.address} {name}")


def past_block(sender: Sender, number: int) -> None:
    """Wait until the chain is past a block. StateError where it does not come."""
    _ripe(sender, lambda: sender.chain.head().number - number, what=f"block {number} is not mined yet")


def past_time(sender: Sender, second: int) -> None:
    """Wait until the chain's time is past a second since 1970. StateError where it takes more than some seconds."""
    left = second + 1 - time.time()
    if left > _PATIENCE:
        raise StateError(f"it takes {left:,.0f} more seconds until this can be done", then="wait, and try again")
    if left > 0:
        time.sleep(left)
    _ripe(sender, lambda: sender.chain.head().time - second, what="the chain's time is behind the clock", pause=_PAUSE)


def _ripe(sender: Sender, over: Callable[[], int], *, what: str, pause: float = 0.0) -> None:
    """Make blocks until `over` is above 0, by transactions of nothing: some chains have a block only for those."""
    for _ in range(_TURNS):
        if over() > 0:
            return
        sender.send(Intent(sender.signer.address, b"", gas=21_000))
        if pause and over() <= 0:
            time.sleep(pause)
    if over() <= 0:
        raise StateError(what, then="wait for a block, and try again")
