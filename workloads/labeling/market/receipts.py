"""Receipts of use: the trainer signs how many iterations a buyer has used by now, and what came of the last one."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from privacy.plugin import DataError
from privacy.plugin.contracts import Contract, Signer
from workloads.labeling.market.acts import Act
from workloads.labeling.onchain.typed import Kind, Signing

USE: Kind = (
    "Use",
    (("dataset", "uint256"), ("buyer", "address"), ("total", "uint64"), ("run", "bytes32"), ("result", "bytes32")),
)


@dataclass(frozen=True)
class UseReceipt:
    """A signed count: `total` iterations of this buyer on this data set; `run` and `result` in hexadecimal."""

    dataset: int
    buyer: str
    total: int
    run: str
    result: str
    signature: str

    def as_json(self) -> str:
        """The receipt as anybody can check it."""
        return json.dumps(asdict(self) | {"dataset": f"0x{self.dataset:064x}"}, sort_keys=True)

    @classmethod
    def read(cls, found: Any) -> "UseReceipt":
        """A receipt from JSON. DataError for what is none."""
        try:
            made = cls(**{**found, "dataset": int(found["dataset"], 16)})
            lengths = [len(bytes.fromhex(one)) for one in (made.run, made.result, made.signature)]
            if lengths != [32, 32, 65] or not 0 < made.total < 2**64:
                raise ValueError
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError("the input is not a receipt of use", then="give one that the trainer signed") from error
        return made

    def act(self, market: Contract) -> Act:
        """What brings it to the chain. Whoever sends it: the signature says all."""
        parts = (bytes.fromhex(one) for one in (self.run, self.result, self.signature))
        # Two runs may be signed for the same number, of which the chain takes one: each is an act of its own.
        once = f"{self.dataset:x} {self.buyer} {self.total} {self.run} {self.result}"
        return Act(market, "meter", (self.dataset, self.buyer, self.total, *parts), once=once)


def signed_use(
    trainer: Signer, market: Contract, *, dataset: int, buyer: str, total: int, run: bytes, result: bytes
) -> UseReceipt:
    """Runs on the trainer: a receipt, good for this market on this chain alone."""
    signature = Signing(market).signed(trainer, USE, dataset, buyer, total, run, result)
    return UseReceipt(dataset, buyer, total, run.hex(), result.hex(), signature.hex())
