"""What people do on the chain here, as calls of contracts: whoever signs, a key of this device or a wallet."""

import secrets
from dataclasses import dataclass
from typing import Any

from privacy.plugin.contracts import Contract, Intent, Receipt, Sender


@dataclass(frozen=True)
class Act:
    """One call of a contract. `once` says what it stands for: the same act of one account is mined once."""

    contract: Contract
    function: str
    args: tuple[Any, ...] = ()
    value: int = 0
    once: str = ""

    @property
    def data(self) -> bytes:
        """The call's bytes."""
        return self.contract.encode(self.function, *self.args)

    def by(self, sender: Sender) -> Receipt:
        """Mine it. Reverted, with the contract's own error, where it is refused; sent again, it goes on."""
        stands_for = self.once or secrets.token_hex(16)
        id_ = f"{self.contract.address} {self.function} {sender.signer.address} {stands_for}"
        return sender.send(Intent(self.contract.address, self.data, value=self.value, id=id_))


def allowance(crol: Contract, spender: Contract, amount: int) -> Act:
    """Allow a contract to take an amount of CROL, in its smallest units."""
    return Act(crol, "approve", (spender.address, amount))


def allowed(crol: Contract, account: str, spender: Contract) -> int:
    """What a contract may take of an account."""
    return int(crol.read("allowance", account, spender.address))
