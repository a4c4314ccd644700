"""What zkSync Era asks for a transaction, by its own formula: the computation, and the bytes that it publishes on L1.

From its fee model since protocol 20: the cost of closing a batch is divided among its gas and its bytes, by the shares
that its operator sets; the price of gas rises where a byte would cost more than MOST_PER_BYTE gas. The parameters are
those that a node gives for `zks_getFeeParams`; other chains have no such method.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from privacy.chains.chain import Chain
from privacy.chains.errors import BadAnswer, ChainRefused

METHOD = "zks_getFeeParams"
MOST_PER_BYTE = 50_000
"""Gas for a byte that is published, at most."""


@dataclass(frozen=True)
class Prices:
    """What a node asks: `base_fee` in wei for a unit of gas, and `gas_per_byte` for each byte that is published."""

    base_fee: int
    gas_per_byte: int

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """The prices of a node's parameters. BadAnswer where they have another form."""
        try:
            params, config = given["V2"], given["V2"]["config"]
            closing = int(params["l1_gas_price"]) * int(config["batch_overhead_l1_gas"])
            for_gas = -(-closing // int(config["max_gas_per_batch"])) * float(config["compute_overhead_part"])
            for_byte = -(-closing // int(config["max_pubdata_per_batch"])) * float(config["pubdata_overhead_part"])
            gas = int(config["minimal_l2_gas_price"]) + int(for_gas)
            byte = int(params["l1_pubdata_price"]) + int(for_byte)
            base_fee = max(gas, -(-byte // MOST_PER_BYTE))
            return cls(base_fee, -(-byte // base_fee))
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise BadAnswer(f"the answer to {METHOD} has another form", then="name another node") from error

    def fee(self, *, gas: int, published: int) -> int:
        """Wei for a transaction of so much gas that publishes so many bytes."""
        return self.base_fee * (gas + published * self.gas_per_byte)


def prices(chain: Chain) -> Prices | None:
    """What a chain asks now; None where it is no zkSync chain."""
    try:
        found = chain.request(METHOD, [])
    except ChainRefused:
        return None
    return Prices.of(found)
