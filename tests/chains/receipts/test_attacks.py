"""Attacks on the book of receipts: each fails on ours, and succeeds where the one guard against it is removed."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from privacy.chains.contracts import FOLDER
from privacy.services.forging import Forger, one, two
from privacy.services.receipts import ORDER, Book
from tests.support import evm
from tests.support.attacks import Attacks, goes
from tests.support.chains import Stage, stage
from tests.support.crowd import mutant
from tests.support.receipts import ADA, BEN, EVE, Desk
from tests.support.soaking import sized

Attack = Callable[[Desk], bool]
ATTACKS = Attacks[Desk]()


@ATTACKS.against("receipts-any-account")
def send_the_proof_of_somebody_else(desk: Desk) -> bool:
    """It is seen while it waits to be mined, and so is the profile that it is about."""
    desk.commit(EVE)
    return goes(lambda: desk.submit(EVE, number=0, proof=desk.proof(ADA, number=0)))


@ATTACKS.against("receipts-any-chain")
def send_it_on_another_chain(desk: Desk) -> bool:
    there = Desk(Stage(evm.Evm(chain_id=1)), artifact=desk.artifact)
    there.commit(ADA)
    here = Desk(Stage(evm.Evm(chain_id=2)), artifact=desk.artifact)
    here.commit(ADA)
    assert (there.book.contract.address, there.model.id) == (here.book.contract.address, here.model.id)
    assert goes(lambda: there.submit(ADA, number=0, proof=proved(there)))
    return goes(lambda: here.submit(ADA, number=0, proof=proved(there)))


@ATTACKS.against("receipts-any-contract")
def send_it_to_another_contract(desk: Desk) -> bool:
    other = desk.opened()
    model = other.register(desk.on.account(0), root=77, key=desk.forger.key, kind="dev")
    other.commit_profile(desk.on.account(ADA), 5)
    assert model.id == desk.model.id
    return goes(lambda: desk.submit(ADA, number=0, proof=proved(desk), book=other))


@ATTACKS.against("receipts-any-model")
def send_it_for_another_model(desk: Desk) -> bool:
    """Of the same key and numbers, whose registrar says that the key is of a ceremony."""
    other = desk.book.register(desk.on.account(BEN), root=77, key=desk.forger.key, kind="ceremony")
    desk.commit(ADA)
    return goes(lambda: desk.submit(ADA, number=0, proof=proved(desk), model=other))


@ATTACKS.against("receipts-any-number")
def send_it_again_for_the_next_place(desk: Desk) -> bool:
    desk.commit(ADA)
    proof = proved(desk)
    return all(goes(lambda at=number: desk.submit(ADA, number=at, proof=proof)) for number in (0, 1))


@ATTACKS.against("receipts-twice")
def send_it_again(desk: Desk) -> bool:
    """With other points, as anybody who has a proof can make another of the same."""
    desk.commit(ADA)
    return all(goes(lambda at=again: desk.submit(ADA, number=0, proof=proved(desk, again=at))) for again in (0, 1))


@ATTACKS.against("receipts-any-key")
def bring_a_key_of_ones_own(desk: Desk) -> bool:
    mine = Forger("mine")
    desk.commit(ADA)
    context = desk.book.place(desk.on.address(ADA), 0).context(desk.model.id)
    model = replace(desk.model, key=mine.key)
    return goes(lambda: desk.submit(ADA, number=0, proof=mine.proof([77, 5, 9, context]), model=model))


@ATTACKS.against("receipts-any-proof")
def send_points_that_prove_nothing(desk: Desk) -> bool:
    desk.commit(ADA)
    return goes(lambda: desk.submit(ADA, number=0, proof=one(2) + two(3) + one(4)))


@ATTACKS.against("receipts-any-registrar")
def register_the_model_of_somebody_else(desk: Desk) -> bool:
    """Seen while it waits to be mined: now it is the attacker's, and the owner cannot have it."""
    desk.book.register(desk.on.account(EVE), root=5, key=desk.forger.key, kind="ceremony")
    return not goes(lambda: desk.book.register(desk.on.account(BEN), root=5, key=desk.forger.key, kind="ceremony"))


@ATTACKS.against("receipts-zero-points")
def register_a_key_that_looks_at_no_context(desk: Desk) -> bool:
    """Then a proof can be sent by whoever sees it."""
    desk.forger = Forger(ignored=4)
    if not goes(lambda: desk.model):
        return False
    desk.commit(EVE)
    return goes(lambda: desk.submit(EVE, number=0, proof=desk.proof(ADA, number=0)))


@ATTACKS.against("receipts-large-input")
def name_the_list_in_another_way(desk: Desk) -> bool:
    """A commitment plus the order is the same to the curve, and another to whoever looks for it."""
    desk.commit(ADA)
    body = desk.book.call_of(desk.model, number=0, shown=9, proof=proved(desk))
    return goes(lambda: desk.send(ADA, body.replace((9).to_bytes(32, "big"), (9 + ORDER).to_bytes(32, "big"), 1)))


def proved(desk: Desk, again: int = 0) -> bytes:
    """Ada's first proof."""
    return desk.proof(ADA, number=0, again=again)


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Where a pairing takes milliseconds."""
    with stage("anvil", tmp_path_factory.mktemp("anvil")) as found:
        yield found


@pytest.mark.parametrize(("name", "attack"), ATTACKS.pairs, ids=ATTACKS.ids)
def test_an_attack_fails_and_succeeds_only_where_its_guard_is_removed(fast: Stage, name: str, attack: Attack) -> None:
    assert not attack(Desk(fast))
    assert attack(Desk(fast, artifact=mutant(name)))


def test_every_mutant_is_attacked() -> None:
    assert ATTACKS.mutants == {path.stem for path in (FOLDER / "mutants").glob("receipts-*.json")}


@pytest.mark.sized("fuzz")
def test_no_changed_proof_or_input_is_taken(fast: Stage) -> None:
    """One bit, a word of another place, or a random word: none is taken, and each is refused by name."""
    desk, drawn = Desk(fast), random.Random(21)
    desk.commit(ADA)
    account, good = fast.address(ADA), proved(desk)
    assert refusal(desk.book, account, desk, good, 9) == ""
    found = {refusal(desk.book, account, desk, *changed(good, drawn)) for _ in range(sized(100, 10_000))}
    assert found == {"BadPoint", "WrongProof"}


def refusal(book: Book, account: str, desk: Desk, proof: bytes, shown: int) -> str:
    why = book.refusal(account, desk.model, number=0, shown=shown, proof=proof)
    return why.name if why is not None else ""


def changed(good: bytes, drawn: random.Random) -> tuple[bytes, int]:
    at, body = drawn.randrange(8), bytearray(good)
    match drawn.randrange(4):
        case 0:
            return good, 9 ^ (1 << drawn.randrange(250))
        case 1:
            body[32 * at + drawn.randrange(32)] ^= 1 << drawn.randrange(8)
        case 2:
            body[32 * at : 32 * at + 32] = drawn.randbytes(32)
        case _:
            # Points that are there, in places of one another.
            first, second = good[:64], good[192:]
            body[:64], body[192:] = drawn.choice([(second, first), (first, first), (second, second)])
    return bytes(body), 9
