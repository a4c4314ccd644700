"""The log of recommendations: what was shown is committed to on a chain, and found there again.

A client of `contracts/RecommendationLog.sol`. A commitment is 32 bytes; what it commits to never comes here.
"""

from dataclasses import dataclass

from privacy.chains.chain import Chain
from privacy.chains.contracts import Artifact, Contract, Event
from privacy.chains.errors import BadAnswer, Reverted
from privacy.chains.sender import Intent, Sender

CONTRACT = "RecommendationLog"


@dataclass(frozen=True)
class Logged:
    """A commitment in the log. `time`: seconds since 1970, of its block; `transaction`: the hash of what logged it."""

    sender: str
    commitment: bytes
    model_root: bytes
    time: int
    block: int
    transaction: bytes


class ShownLog:
    """The log at an address of a chain."""

    def __init__(self, chain: Chain, address: str) -> None:
        self.contract = Contract(chain, address, Artifact.load(CONTRACT))

    def intent(self, sender: str, commitment: bytes, model_root: bytes, *, gas: int | None = None) -> Intent:
        """What logs a commitment under an account's name, once; `gas` spares asking the chain for its limit."""
        body = self.contract.encode("log", commitment, model_root)
        name = f"{self.contract.address} log {sender} {commitment.hex()} {model_root.hex()}"
        return Intent(self.contract.address, body, gas=gas, id=name)

    def log(self, sender: Sender, commitment: bytes, model_root: bytes, *, gas: int | None = None) -> Logged:
        """Log a commitment, and return its entry.

        Reverted, named AlreadyLogged, where this account has logged it under another root; a ChainError where the
        chain cannot be used. The same commitment under the same root is sent once, whatever is repeated.
        """
        account = sender.signer.address
        try:
            with self.contract.naming():
                receipt = sender.send(self.intent(account, commitment, model_root, gas=gas))
        except Reverted as error:
            # Logged from another home of this account, perhaps: what was wanted is there.
            there = self.entry(account, commitment) if error.name == "AlreadyLogged" else None
            if there is None or there.model_root != model_root:
                raise
            return there
        found = [_logged(event) for event in map(self.contract.artifact.decode, receipt.logs) if event is not None]
        wanted = (account, commitment, model_root)
        for one in found:
            if (one.sender, one.commitment, one.model_root) == wanted:
                return one
        raise BadAnswer("the transaction is mined, and the log has no entry of it", where=self.contract.address)

    def entry(self, sender: str, commitment: bytes) -> Logged | None:
        """The entry of an account for a commitment; None where it has none."""
        try:
            _, number = self.contract.read("entry", sender, commitment)
        except Reverted as error:
            if error.name == "NotLogged":
                return None
            raise
        found = self.entries(sender=sender, commitment=commitment, first=number, last=number)
        if len(found) != 1:
            text = f"the contract names an entry in block {number}, and the node shows no such event"
            raise BadAnswer(text, where=self.contract.address, then="ask another node of the chain")
        return found[0]

    def entries(
        self, *, sender: str | None = None, commitment: bytes | None = None, model_root: bytes | None = None,
        first: int = 0, last: int | None = None,
    ) -> list[Logged]:  # fmt: skip
        """The entries of these blocks, oldest first, of this account, commitment or model where one is named."""
        wanted = {"sender": sender, "commitment": commitment, "modelRoot": model_root}
        filters = {name: value for name, value in wanted.items() if value is not None}
        return [_logged(event) for event in self.contract.events("Logged", first=first, last=last, **filters)]


def _logged(event: Event) -> Logged:
    args, log = event.args, event.log
    return Logged(args["sender"], args["commitment"], args["modelRoot"], args["time"], log.block, log.transaction)
