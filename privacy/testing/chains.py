"""The conformance kit for chains: what any chain must do, whoever wrote its adapter.

    results = check_chain(lambda: MyChain(MyParams()), signer=mine)
    assert all(r.passed is not False for r in results)

It uses the chain as people do: it creates a contract there, logs in it, is refused by it, and sends from many threads.
That costs gas, of `signer`, or of the chain's own first account where none is named.
"""

import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from privacy.chains.accounts import Signer
from privacy.chains.chain import Chain
from privacy.chains.contracts import Artifact, Contract
from privacy.chains.errors import ChainError, ChainRefused, Reverted
from privacy.chains.sender import Intent, Sender
from privacy.chains.types import Receipt
from privacy.finding import Finding
from privacy.testing.demands import Broken, demand, finding

Open = Callable[[], Chain]

THREADS, EACH, BATCH = 4, 5, 12
LOG = "RecommendationLog"
ROOT = b"\1" * 32


@dataclass
class _Bench:
    chain: Chain
    opening: Open
    sender: Sender
    contract: Contract

    @classmethod
    def of(cls, opening: Open, signer: Signer | None) -> "_Bench":
        chain = opening()
        own = [signer] if signer is not None else chain.signers()
        if not own:
            chain.close()
            raise Broken("no account signs here: name one")
        sender, artifact = Sender(chain, own[0]), Artifact.load(LOG)
        made = sender.send(Intent(None, artifact.creation()))
        if made.contract is None:
            raise Broken("a receipt of a new contract does not name it")
        return cls(chain, opening, sender, Contract(chain, made.contract, artifact))

    def intent(self, commitment: bytes, root: bytes = ROOT, **more: Any) -> Intent:
        return Intent(self.contract.address, self.contract.encode("log", commitment, root), **more)

    def log(self, commitment: bytes) -> Receipt:
        return self.sender.send(self.intent(commitment))


def check_chain(opening: Open, *, signer: Signer | None = None) -> list[Finding]:
    """Run every check on the chain that `opening` opens; no check stops another."""
    return list(checking(opening, signer=signer))


def checking(opening: Open, *, signer: Signer | None = None) -> Iterator[Finding]:
    """The same, one by one as they end."""
    try:
        bench = _Bench.of(opening, signer)
    except (ChainError, Broken) as error:
        yield Finding("contract", "a contract can be created", False, str(error))
        return
    yield Finding("contract", "a contract can be created", True)
    with bench.chain:
        for name, (title, check) in CHECKS.items():
            yield finding(name, title, partial(check, bench))


def _code(bench: _Bench) -> None:
    artifact = bench.contract.artifact
    demand(bench.chain.code(bench.contract.address) == artifact.runtime, "other code is there than was created")
    demand(bench.chain.code("0x" + secrets.token_hex(20)) == b"", "there is code at an address that nobody used")


def _blocks(bench: _Bench) -> None:
    before = bench.chain.head()
    receipt = bench.log(secrets.token_bytes(32))
    after = bench.chain.head()
    demand(after.number > before.number, "a transaction was mined, and the head did not move")
    block = bench.chain.block(receipt.block)
    demand(block is not None and block.hash == receipt.block_hash, "a receipt names another block than its number has")
    assert block is not None
    demand(receipt.transaction in block.transactions, "a block does not list a transaction that it has")
    parent = bench.chain.block(block.parent)
    demand(parent is not None and parent.number == block.number - 1, "a block does not follow from the one before")
    demand(block.time >= before.time, "time ran backwards")
    demand(bench.chain.block(after.number + 10_000) is None, "there is a block that nobody made")


def _events(bench: _Bench) -> None:
    first, second, root = (secrets.token_bytes(32) for _ in range(3))
    receipts = [bench.sender.send(bench.intent(one, root)) for one in (first, second)]
    demand(all(one.ok and len(one.logs) == 1 for one in receipts), "a receipt lacks the log of its transaction")
    found = bench.contract.events("Logged")
    demand(
        [e.args["commitment"] for e in found][-2:] == [first, second], "all events are not those that were, in order"
    )
    one = bench.contract.events("Logged", commitment=second)
    demand([e.args["commitment"] for e in one] == [second], "a filter of one topic finds something else")
    both = bench.contract.events("Logged", commitment=second, sender=bench.sender.signer.address)
    demand(len(both) == 1, "a filter of two topics finds something else")
    demand(bench.contract.events("Logged", commitment=root) == [], "a filter finds what nobody logged")
    block = receipts[1].block
    there = [e.args["commitment"] for e in bench.contract.events("Logged", first=block, last=block)]
    demand(second in there, "the events of one block lack one")
    time, number = bench.contract.read("entry", bench.sender.signer.address, second)
    held = bench.chain.block(block)
    demand(held is not None and (time, number) == (held.time, block), "a contract sees another time or block")


def _refusals(bench: _Bench) -> None:
    commitment = secrets.token_bytes(32)
    bench.log(commitment)
    before = bench.chain.nonce(bench.sender.signer.address)
    _refused(bench, bench.intent(commitment), "a refusal is not seen before it is sent")
    demand(bench.chain.nonce(bench.sender.signer.address) == before, "what was refused before it was sent took a nonce")
    # With a limit of its own it is sent unseen, mined, and fails there.
    _refused(bench, bench.intent(commitment, gas=100_000), "a transaction that failed is no refusal")
    with bench.contract.naming():
        try:
            bench.contract.read("entry", bench.sender.signer.address, secrets.token_bytes(32))
        except Reverted as error:
            demand(error.name == "NotLogged", "a call's refusal has no name")
        else:
            raise Broken("a call that must be refused is answered")


def _refused(bench: _Bench, intent: Intent, broken: str) -> None:
    try:
        bench.sender.send(intent)
    except Reverted as error:
        demand(error.name == "AlreadyLogged", f"{broken}: its name is {error.name!r}")
    else:
        raise Broken(broken)


def _once(bench: _Bench) -> None:
    intent = bench.intent(secrets.token_bytes(32), id=secrets.token_hex(16))
    first = bench.sender.send(intent)
    nonce = bench.chain.nonce(bench.sender.signer.address)
    kept = bench.sender.outbox.find(intent.id)
    assert kept is not None
    with bench.opening() as other:
        again = Sender(other, bench.sender.signer).send(intent)
    bench.chain.broadcast([one.raw for one in kept.attempts])
    demand(again.transaction == first.transaction, "the same intent was mined in two transactions")
    demand(bench.chain.nonce(bench.sender.signer.address) == nonce, "the same bytes were mined twice")


def _many(bench: _Bench) -> None:
    before, wrong, mined = bench.chain.nonce(bench.sender.signer.address), list[str](), set[bytes]()

    def work() -> None:
        try:
            with bench.opening() as chain:
                sender = Sender(chain, bench.sender.signer)
                for _ in range(EACH):
                    mined.add(sender.send(bench.intent(secrets.token_bytes(32))).transaction)
        except Exception as error:
            wrong.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    demand(not wrong, f"of {THREADS} threads with one key, {len(wrong)} failed: {wrong[0] if wrong else ''}")
    demand(len(mined) == THREADS * EACH, "transactions of several threads are not all there")
    after = bench.chain.nonce(bench.sender.signer.address)
    demand(after - before == THREADS * EACH, "nonces of several threads have a gap, or were used twice")


def _batch(bench: _Bench) -> None:
    commitments = [secrets.token_bytes(32) for _ in range(BATCH)]
    # With limits of their own, as the chain cannot tell what those before them do.
    receipts = bench.sender.send_all([bench.intent(one, gas=100_000) for one in commitments])
    demand(all(one.ok for one in receipts), "of several transactions at once, one failed")
    places = [(one.block, one.index) for one in receipts]
    demand(places == sorted(set(places)), "several transactions at once are mined in another order")
    found = [e.args["commitment"] for e in bench.contract.events("Logged", first=receipts[0].block)]
    demand(found == commitments, "several transactions at once have other events")


def _stale(bench: _Bench) -> None:
    chain, account = bench.chain, bench.sender.signer
    base = chain.head().base_fee
    price = {"gasPrice": 10**10} if base is None else {"maxFeePerGas": 3 * base + 10**9, "maxPriorityFeePerGas": 10**9}
    fields = {"to": account.address, "value": 0, "gas": 100_000, "data": b"", **price}
    nonce = chain.nonce(account.address)
    old = account.sign({**fields, "chainId": chain.chain_id, "nonce": nonce - 1, "value": 1})
    other = account.sign({**fields, "chainId": chain.chain_id + 1, "nonce": nonce})
    for raw, what in ((old, "a used nonce"), (other, "another chain"), (b"\x01\x02", "nobody")):
        (answer,) = chain.broadcast([raw])
        demand(isinstance(answer, ChainRefused), f"a transaction of {what} was taken")
    demand(chain.nonce(account.address) == nonce, "a transaction that was refused was mined")


def _missing(bench: _Bench) -> None:
    unknown = secrets.token_bytes(32)
    found = (bench.chain.transaction(unknown), bench.chain.receipt(unknown), bench.chain.block(unknown))
    demand(found == (None, None, None), "what nobody sent is there")
    try:
        bench.chain.request("veilbench_noSuchMethod", [])
    except ChainRefused:
        return
    raise Broken("a method that there is not is answered")


def _balances(bench: _Bench) -> None:
    to, account = "0x" + secrets.token_hex(20), bench.sender.signer.address
    before = bench.chain.balance(account)
    receipt = bench.sender.send(Intent(_checked(to), b"", value=12_345, gas=21_000 if bench.chain.local else None))
    demand(bench.chain.balance(to) == 12_345, "a transfer did not come")
    paid = before - bench.chain.balance(account) - 12_345
    demand(paid >= receipt.gas_used * receipt.price > 0, "a sender paid less than its receipt says")
    demand(bench.chain.balance(to, block=receipt.block - 1) == 0, "a balance of a block before shows what came later")


def _checked(address: str) -> str:
    from privacy.chains.types import address as checked

    return checked(address)


CHECKS: dict[str, tuple[str, Callable[[_Bench], None]]] = {
    "code": ("a contract's code is what was created", _code),
    "blocks": ("blocks follow from one another, and list what they have", _blocks),
    "events": ("events are found by any filter, in order", _events),
    "refusals": ("a contract's refusal comes with its name", _refusals),
    "once": ("an intent is mined once, whatever is sent again", _once),
    "many": ("many threads may send from one key", _many),
    "batch": ("several transactions go at once, in order", _batch),
    "stale": ("stale, foreign and broken transactions are refused", _stale),
    "missing": ("what is not there is said to be missing", _missing),
    "balances": ("balances add up, also of blocks before", _balances),
}
