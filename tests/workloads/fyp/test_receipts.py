"""Receipts of feeds from the proof to the chain: each cheat is refused there, and the chain holds nothing private."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from privacy.errors import DataError
from privacy.provers.opening import open_prover
from privacy.provers.prover import Public
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services.receipts import CONTRACT, Book, Kept, Model
from tests.support.chains import Stage, stage
from tests.support.rounds import world
from workloads.fyp.receipts import cheats, keeping
from workloads.fyp.receipts.cheats import FOREIGN, HIDDEN, HONEST, STRANGER, SWAPPED, Table, tries
from workloads.fyp.receipts.claims import Claim, check
from workloads.fyp.receipts.sending import Made, registered, send
from workloads.fyp.receipts.worker import Order, prove

REQUEST = RunRequest(options={"items": 64, "dims": 16})
HOUSE, ADA = 0, 1


@dataclass
class Played:
    """A chain on which Ada has a receipt, and the proofs for her next one."""

    on: Stage
    table: Table
    claim: Claim
    model: Model
    kept: Kept
    made: Made


@pytest.fixture(scope="module", params=["embedded", "anvil"])
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with pytest.MonkeyPatch.context() as patch, stage(request.param, tmp_path_factory.mktemp("chain")) as on:
        patch.setenv("VEILBENCH_HOME", str(tmp_path_factory.mktemp("home")))
        people = world(REQUEST)
        ada, ben = people.persona("ada"), people.personas[1]
        book = Book(on.chain, on.deploy(CONTRACT))
        table = Table(book, on.account(ADA), on.account(HOUSE))
        claim = Claim.of(people, ada.liked)

        def made(claims: dict[str, Claim]) -> Made:
            order = Order(REQUEST, book.place(table.account), on.address(HOUSE), claims)
            return Made.of(prove(json.loads(json.dumps(order.as_dict())), lambda *_: None))

        first = made({"feed": claim})
        sent = send(book, table.house, table.cheat, first, first.proofs["feed"], number=0)
        assert sent.gas.keys() == {"register the model", "commit to the profile", "check the proof"}
        yield Played(on, table, claim, sent.model, sent.kept, made(cheats.claims(people, claim, ben.liked)))


def test_every_cheat_is_refused_and_an_honest_proof_is_taken(played: Played) -> None:
    found = list(tries(played.table, played.model, played.made, played.kept, number=1))
    assert not found[0].refused
    assert [(one.by, one.name) for one in found[1:]] == [
        ("the prover", ""), ("the contract", "WrongProof"),  # a card is swapped
        ("the prover", ""), ("the contract", "WrongProof"),  # a better one is hidden
        ("the prover", ""), ("the contract", "WrongProof"), ("the contract", "WrongKey"),  # another model
        ("the contract", "WrongProof"),  # another person's profile
        ("the contract", "WrongNumber"), ("the contract", "WrongProof"),  # again
        ("the contract", "WrongProof"),  # another contract
    ]  # fmt: skip
    assert all(one.refused for one in found[1:])
    # The control is no empty word: sent as it is, the honest proof makes the next receipt.
    honest = played.made.proofs[HONEST]
    book = played.table.book
    assert registered(book, played.table.house, played.made, {}) == played.model
    kept = book.submit(played.table.cheat, played.model, number=1, shown=honest.shown, proof=honest.proof)
    assert (kept.number, kept.profile, kept.shown) == (1, played.kept.profile, honest.shown)


def test_the_false_claims_are_false_and_the_stranger_is_true(played: Played) -> None:
    proofs = played.made.proofs
    assert {name for name, one in proofs.items() if one.refused} == {SWAPPED, HIDDEN, FOREIGN}
    assert proofs[STRANGER].proof
    assert proofs[STRANGER].profile != proofs[HONEST].profile
    assert proofs[HONEST].profile == played.kept.profile


def test_a_stranger_checks_a_receipt_by_the_chain_alone(played: Played) -> None:
    book = Book(played.on.chain, played.table.book.contract.address)
    kept = book.receipts(account=played.table.account)[0]
    model = book.model(kept.model)
    assert model is not None
    prover, proof = open_prover(discover()), book.proof(kept)
    assert prover.key_digest(model.key) == "0x" + model.key_digest.hex()
    for shown, good in ((kept.shown, True), (kept.shown ^ 1, False)):
        assert prover.verify(model.key, Public(model.root, kept.profile, shown, kept.context), proof) is good


def test_the_chain_holds_no_list_no_history_and_no_salt(played: Played) -> None:
    """All calldata and logs are looked through for both as bits, as numbers and as bytes, and for the salts."""
    chain, claim = played.on.chain, played.claim
    head = chain.head().number
    blocks = [chain.block(number) for number in range(head + 1)]
    sent = [chain.transaction(one).data for block in blocks for one in block.transactions]  # type: ignore[union-attr]
    logs = [log.data + b"".join(log.topics) for log in chain.logs(first=0, last=head)]
    everything = b"\0".join([*sent, *logs])
    assert played.kept.shown.to_bytes(32, "big") in everything
    words = [sum(1 << one for one in places) for places in (claim.history, claim.chosen)]
    secrets = [n.to_bytes(32, order) for n in (claim.salt, claim.chosen_salt, *words) for order in ("big", "little")]
    for places in (claim.history, claim.chosen, sorted(claim.chosen)):
        secrets += [b"".join(one.to_bytes(size, "big") for one in places) for size in (1, 2, 4, 8, 32)]
    assert [one for one in secrets if one in everything] == []


@pytest.mark.parametrize(
    ("items", "history", "chosen", "says"),
    [
        (4_000, range(3), range(10, 20), "larger than any circuit"),
        (9, range(3), range(3, 9), "shows 10 of 9"),
        (1_000, range(256), range(300, 310), "too long to prove"),
    ],
)
def test_what_cannot_be_proved_is_said_before_any_work(items: int, history: Any, chosen: Any, says: str) -> None:
    claim = Claim(tuple(history), tuple(chosen), (1,) * 16)
    with pytest.raises(DataError, match=says):
        check(SimpleNamespace(items=np.zeros((items, 16), np.int64)), claim)  # type: ignore[arg-type]


def test_openings_are_kept_by_account_and_forgotten_with_the_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    values: dict[str, Any] = {
        "contract": "0x1", "account": "0x2", "model": "aa", "data": "d", "chosen": (1, 2),
        "chosen_salt": "0x7", "kind": "dev", "seconds": 0.5, "setup_seconds": 0.0, "gas": {},
    }  # fmt: skip
    for user, history in (("ada", [3, 4]), ("own", [5])):
        keeping.keep(
            keeping.Opening(receipt=user, user=user, history=keeping.digest(history, 9), salt="0x9", **values)
        )  # fmt: skip
    found = keeping.openings(contract="0x1", account="0x2")
    assert {one.user for one in found} == {"ada", "own"}
    assert (keeping.salt_of([4, 3], found), keeping.salt_of([3], found)) == (9, None)
    assert keeping.openings(contract="0x1", account="0x3") == []
    keeping.forget("own")
    assert [one.user for one in keeping.openings(contract="0x1", account="0x2")] == ["ada"]
