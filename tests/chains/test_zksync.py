"""What zkSync asks, by its formula, against figures that were worked out by hand; no public network is reached."""

from typing import Any

import pytest

from privacy.chains.doctor import PROOF_BYTES_PUBLISHED, PROOF_GAS, zksync_fee
from privacy.chains.errors import BadAnswer, ChainRefused
from privacy.chains.zksync import METHOD, Prices, prices
from tests.support import evm

CONFIG = {
    "minimal_l2_gas_price": 25_000_000, "compute_overhead_part": 0, "pubdata_overhead_part": 1,
    "batch_overhead_l1_gas": 800_000, "max_gas_per_batch": 200_000_000, "max_pubdata_per_batch": 240_000,
}  # fmt: skip


def given(l1_gas: int = 46_226_388_803, l1_byte: int = 100_780_475_095, **config: Any) -> dict[str, Any]:
    return {"V2": {"config": CONFIG | config, "l1_gas_price": l1_gas, "l1_pubdata_price": l1_byte}}


@pytest.mark.parametrize(
    ("params", "base_fee", "gas_per_byte"),
    [
        # A byte: 100,780,475,095 + ceil(46,226,388,803 * 800,000 / 240,000) = 254,868,437,772 wei.
        (given(), 25_000_000, 10_195),
        # Half of closing a batch for gas: 25,000,000 + ceil(184,905,555.212) // 2.
        (given(compute_overhead_part=0.5), 117_452_778, 2_170),
        # No byte is published: a validium.
        (given(l1_byte=0, pubdata_overhead_part=0), 25_000_000, 0),
        # A byte may not cost more than 50,000 gas, so gas gets dearer: 10^13 / 50,000.
        (given(l1_byte=10**13, pubdata_overhead_part=0), 200_000_000, 50_000),
    ],
    ids=["usual", "compute", "validium", "dear"],
)
def test_prices_are_those_of_the_formula(params: dict[str, Any], base_fee: int, gas_per_byte: int) -> None:
    found = Prices.of(params)
    assert (found.base_fee, found.gas_per_byte) == (base_fee, gas_per_byte)
    assert found.fee(gas=1_000, published=3) == base_fee * (1_000 + 3 * gas_per_byte)


@pytest.mark.parametrize("answer", [None, {}, {"V1": {}}, {"V2": {}}, given(max_gas_per_batch=0), given(l1_gas="x")])
def test_an_answer_of_another_form_is_refused(answer: Any) -> None:
    with pytest.raises(BadAnswer):
        Prices.of(answer)


class Era(evm.Evm):
    """A chain that answers as a zkSync node does, or as one that knows no such method."""

    answer: Any = None

    def request(self, method: str, params: Any) -> Any:
        if method != METHOD:
            return super().request(method, params)
        if self.answer is None:
            raise ChainRefused("the method is not known")
        return self.answer


def test_the_doctor_says_what_a_proof_costs_there_and_nothing_elsewhere() -> None:
    chain = Era()
    assert prices(chain) is None
    assert list(zksync_fee(chain)) == []
    chain.answer = given()
    (found,) = zksync_fee(chain)
    wei = 25_000_000 * (PROOF_GAS + PROOF_BYTES_PUBLISHED * 10_195)
    assert found.passed
    assert f"{wei / 10**18:.3g} ether" in found.detail
    chain.answer = {"V2": {}}
    assert [one.passed for one in zksync_fee(chain)] == [False]
