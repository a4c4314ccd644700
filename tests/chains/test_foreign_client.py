"""web3.py as anybody uses it, with an account that is not ours: what the embedded chain answers is what it expects."""

from collections.abc import Iterator
from typing import Any

import pytest
from eth_account import Account
from web3 import Web3
from web3.exceptions import BlockNotFound, ContractCustomError, TransactionNotFound, Web3RPCError
from web3.providers.base import JSONBaseProvider

from privacy.chains.chain import Chain
from privacy.chains.contracts import Artifact
from privacy.chains.deploying import deploy
from privacy.chains.explorer import events_of
from privacy.chains.sender import Intent, Sender
from privacy.chains.serving import serve
from tests.support.chains import embedded

GUEST = Account.from_key(b"\x09" * 32)
ONE, TWO = b"\x21" * 32, b"\x22" * 32


class Door(JSONBaseProvider):
    """What the app serves at /api/chain/rpc, without a socket."""

    def __init__(self, chain: Chain) -> None:
        super().__init__()
        self.chain = chain

    def make_request(self, method: Any, params: Any) -> Any:
        return self.decode_rpc_response(serve(self.chain.requests, self.encode_rpc_request(method, params)))


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch, embedded(folder / "chain") as found:
        patch.setenv("VEILBENCH_HOME", str(folder))
        Sender(found, found.signers()[0]).send(Intent(GUEST.address, b"", value=10**18, gas=21_000))
        yield found


@pytest.fixture(scope="module")
def web3(chain: Chain) -> Web3:
    return Web3(Door(chain))


@pytest.fixture(scope="module")
def log(chain: Chain, web3: Web3) -> Any:
    address = deploy(Sender(chain, chain.signers()[0]), "RecommendationLog").address
    return web3.eth.contract(address=Web3.to_checksum_address(address), abi=Artifact.load("RecommendationLog").abi)


def sent(web3: Web3, fields: Any) -> Any:
    nonce = web3.eth.get_transaction_count(GUEST.address)
    signed = GUEST.sign_transaction({"nonce": nonce, "chainId": web3.eth.chain_id, **fields})
    return web3.eth.wait_for_transaction_receipt(web3.eth.send_raw_transaction(signed.raw_transaction), timeout=5)


def built(web3: Web3, call: Any, **more: Any) -> Any:
    return call.build_transaction(
        {"from": GUEST.address, "nonce": web3.eth.get_transaction_count(GUEST.address), **more}
    )


def test_a_guest_logs_and_finds_what_the_explorer_shows(chain: Chain, web3: Web3, log: Any) -> None:
    receipt = sent(web3, built(web3, log.functions.log(ONE, TWO)))
    assert receipt.status == 1
    (event,) = log.events.Logged().process_receipt(receipt)
    (shown,) = [one for one in events_of(chain) if one.args["commitment"] == ONE]
    assert (event.blockNumber, event.args.time, event.args.sender) == (shown.block, shown.time, GUEST.address)
    assert event.transactionHash == shown.transaction
    found = log.events.Logged().get_logs(from_block=0, argument_filters={"commitment": ONE})
    assert [one.transactionHash for one in found] == [shown.transaction]
    assert web3.eth.get_logs({"blockHash": receipt.blockHash})[0].data == receipt.logs[0].data
    assert log.functions.entry(GUEST.address, ONE).call() == [shown.time, shown.block]
    assert web3.eth.get_code(log.address) == Artifact.load("RecommendationLog").runtime
    with pytest.raises(ContractCustomError):
        log.functions.log(ONE, TWO).estimate_gas({"from": GUEST.address})
    assert sent(web3, built(web3, log.functions.log(ONE, TWO), gas=100_000)).status == 0


def test_a_block_and_its_transactions_agree_whichever_way_they_are_asked_for(web3: Web3, log: Any) -> None:
    receipt = sent(web3, {"to": log.address, "value": 0, "gas": 40_000, "gasPrice": web3.eth.gas_price, "data": "0x"})
    block = web3.eth.get_block("latest")
    (hash_,) = block.transactions
    assert block.number == web3.eth.block_number == receipt.blockNumber
    for which in (block.number, block.hash):
        assert web3.eth.get_block_transaction_count(which) == 1
        assert web3.eth.get_transaction_by_block(which, 0) == web3.eth.get_transaction(hash_)
    assert web3.eth.get_block_receipts(block.number) == [receipt]
    with pytest.raises(TransactionNotFound):
        web3.eth.get_transaction_by_block(block.number + 1, 0)
    with pytest.raises(BlockNotFound):
        web3.eth.get_block_transaction_count(block.number + 1)
    with pytest.raises(Web3RPCError, match="nonce too low"):
        sent(web3, {"to": log.address, "gas": 21_000, "gasPrice": web3.eth.gas_price, "nonce": 0})


def test_tips_are_those_of_each_share_of_the_gas_of_a_block(chain: Chain, web3: Web3) -> None:
    nonce = web3.eth.get_transaction_count(GUEST.address)
    fields = {"chainId": web3.eth.chain_id, "to": GUEST.address, "value": 1, "gas": 21_000, "maxFeePerGas": 10**10}
    both = [{**fields, "nonce": nonce + at, "maxPriorityFeePerGas": tip} for at, tip in enumerate((9, 1))]
    chain.broadcast([bytes(GUEST.sign_transaction(one).raw_transaction) for one in both])
    assert web3.eth.fee_history(1, "latest", [0, 50, 51, 100])["reward"] == [[1, 1, 9, 9]]


def test_the_history_of_fees_ends_with_the_fee_of_the_block_to_come(web3: Web3) -> None:
    fees = {"maxFeePerGas": 10**10, "maxPriorityFeePerGas": 7}
    sent(web3, {"to": GUEST.address, "value": 1, "gas": 21_000, **fees})
    before = web3.eth.fee_history(2, "latest", [0, 50, 100])
    assert before["reward"][-1] == [7, 7, 7]
    sent(web3, {"to": GUEST.address, "value": 1, "gas": 21_000, **fees})
    head = web3.eth.get_block("latest")
    assert before["baseFeePerGas"][-1] == head["baseFeePerGas"] != before["baseFeePerGas"][-2]
    assert web3.eth.fee_history(1, head.number - 1)["baseFeePerGas"] == before["baseFeePerGas"][-2:]
