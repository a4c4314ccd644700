"""Why a transaction that was mined failed: a receipt says only that it did."""

from privacy.chains.chain import Chain
from privacy.chains.contracts import named
from privacy.chains.errors import ChainError, Reverted
from privacy.chains.types import Receipt

_FAILED = "the transaction was mined and failed"


def why_failed(chain: Chain, receipt: Receipt, *, data: bytes, value: int = 0, gas: int | None = None) -> ChainError:
    """The refusal that a call of the same at the block before meets; `gas` is the limit that the transaction had.

    Reverted with the error's name where a contract of ours refused. ChainError, unraised, where nothing can be said.
    """
    where = "0x" + receipt.transaction.hex()
    try:
        chain.call(receipt.to, data, sender=receipt.sender, value=value, block=max(0, receipt.block - 1))
    except Reverted as error:
        return named(error)
    except ChainError as error:
        return Reverted(f"{_FAILED}: {error.what}", where=where)
    if gas is not None and receipt.gas_used >= gas:
        return Reverted(f"{_FAILED}: its gas ran out", where=where, then="send it again with more gas")
    # The block before does not show it: something in the same block came first, or the gas did not last.
    return Reverted(
        _FAILED, where=where,
        then="another transaction came first, or its gas was too little: check, then send it again",
    )  # fmt: skip
