"""The book of receipts: what it keeps, and what it refuses by name."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from privacy.chains.errors import Reverted
from privacy.errors import DataError
from privacy.services.forging import Forger, one, two
from privacy.services.receipts import ORDER, Book, key_parts
from tests.support.chains import Stage
from tests.support.receipts import ADA, BEN, EVE, FIELD, OUTSIDE, Desk

NO_KIND, DEV = 0, 1
MOST = 300_000
"""Gas of a receipt at most."""
GOOD, ANOTHER = Forger(), Forger("another")
PROOF = one(5) + two(6) + one(7)
"""Points as a proof has them, of nothing."""


@pytest.fixture(scope="module")
def desk(on: Stage) -> Desk:
    """Ada has a profile and a receipt."""
    made = Desk(on)
    made.keep(ADA)
    return made


def test_a_receipt_is_what_was_proved(on: Stage) -> None:
    desk = Desk(on)
    book, model, ada = desk.book, desk.model, on.address(ADA)
    assert (model.registrar, model.root, model.kind, model.key) == (on.address(0), 77, "dev", GOOD.key)
    assert book.model(model.id) == model
    assert book.models(root=77) == [model]
    assert model.id == book.model_id(on.address(0), 77, GOOD.key, "dev")
    assert book.contract.read("modelOf", model.id)[1] == model.key_digest
    assert book.register(on.account(0), root=77, key=GOOD.key, kind="dev") == model
    assert (book.profile(ada), book.count(ada)) == (None, 0)
    first, second = desk.keep(ADA, profile=ORDER - 1, shown=ORDER - 2), desk.keep(ADA, profile=ORDER - 1, shown=3)
    assert (book.profile(ada), book.count(ada)) == (ORDER - 1, 2)
    assert [one.id for one in (first, second)] == [book.place(ada, at).receipt_id(model.id) for at in (0, 1)]
    assert book.contract.read("receiptId", ada, model.id, 1) == second.id
    assert (first.profile, first.shown, first.number, first.model) == (ORDER - 1, ORDER - 2, 0, model.id)
    assert first.context == book.place(ada, 0).context(model.id) < ORDER
    assert (book.place(ada).number, book.place(ada, 0).number) == (2, 0)
    assert book.receipts(account=ada) == [first, second] == book.receipts(model=model.id)
    assert book.receipts(account=on.address(EVE)) == []
    assert (book.receipt(second.id), book.receipt(bytes(32))) == (second, None)
    spent = [on.chain.receipt(kept.transaction) for kept in (first, second)]
    assert all(found is not None and 250_000 < found.gas_used <= MOST for found in spent)


def test_registering_again_from_another_home_finds_the_model(desk: Desk) -> None:
    """The sender has forgotten that it sent this once."""
    body = desk.book.contract.encode("register", word(5), DEV, key_parts(GOOD.key))
    desk.send(BEN, body)
    assert desk.book.register(desk.on.account(BEN), root=5, key=GOOD.key, kind="dev").root == 5


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def put(body: bytes, at: int, *numbers: int) -> bytes:
    """Some words with those from one on replaced."""
    return body[: 32 * at] + b"".join(map(word, numbers)) + body[32 * (at + len(numbers)) :]


def register(root: int = 1, kind: int = DEV, key: bytes = GOOD.key, who: int = BEN) -> Callable[[Desk], Any]:
    return lambda desk: desk.send(who, desk.book.contract.encode("register", word(root), kind, key_parts(key)))


def profile(number: int) -> Callable[[Desk], Any]:
    return lambda desk: desk.send(BEN, desk.book.contract.encode("commitProfile", word(number)))


def submit(proof: bytes = b"", shown: int = 9, number: int = 1, who: int = ADA, **other: Any) -> Callable[[Desk], Any]:
    """A receipt after Ada's first: hers, with a good proof unless another is given."""

    def act(desk: Desk) -> None:
        given, model = proof or desk.proof(ADA, number=number), replace(desk.model, **other)
        body = bytearray(desk.book.call_of(model, number=number, shown=0, proof=given))
        body[4 + 64 : 4 + 96] = word(shown)
        desk.send(who, bytes(body))

    return act


REFUSALS: list[tuple[str, Callable[[Desk], Any]]] = [
    ("NoKind", register(kind=NO_KIND)),
    ("BadRoot", register(root=0)),
    ("BadRoot", register(root=ORDER)),
    ("ModelExists", register(root=77, who=0)),
    # A key with a point off the curve, a coordinate over the field, and points that are zero.
    ("BadPoint", register(key=put(GOOD.key, 1, 7))),
    ("BadPoint", register(key=put(GOOD.key, 0, 1 + FIELD, 2))),
    ("BadPoint", register(key=put(GOOD.key, 2, FIELD))),
    ("BadPoint", register(key=put(GOOD.key, 2, 0, 0, 0, 0))),
    ("BadPoint", register(key=Forger(ignored=4).key)),
    ("BadProfile", profile(0)),
    ("BadProfile", profile(ORDER)),
    ("NoSuchModel", submit(id=bytes(32))),
    ("NoProfile", submit(who=EVE, number=0)),
    ("WrongKey", submit(key=ANOTHER.key)),
    ("WrongNumber", submit(number=0)),
    ("WrongNumber", submit(number=2)),
    ("WrongProof", submit(shown=10)),
    ("WrongProof", submit(proof=PROOF)),
    ("WrongProof", submit(proof=bytes(256))),  # zeros are points
    # The same to the curve, and another commitment to whoever reads it.
    ("BadInput", submit(shown=9 + ORDER)),
    # A, B and C off their curves, with coordinates over the field, and B outside its group.
    ("BadPoint", submit(proof=put(PROOF, 0, 8))),
    ("BadPoint", submit(proof=put(PROOF, 0, FIELD))),
    ("BadPoint", submit(proof=put(PROOF, 1, FIELD))),
    ("BadPoint", submit(proof=put(PROOF, 3, 8))),
    ("BadPoint", submit(proof=put(PROOF, 3, FIELD))),
    ("BadPoint", submit(proof=PROOF[:64] + OUTSIDE + PROOF[192:])),
    ("BadPoint", submit(proof=put(PROOF, 7, 8))),
    ("BadPoint", submit(proof=put(PROOF, 7, FIELD))),
]


@pytest.mark.parametrize(("name", "act"), REFUSALS, ids=[f"{at}-{name}" for at, (name, _) in enumerate(REFUSALS)])
def test_each_refusal_has_its_name(desk: Desk, name: str, act: Callable[[Desk], Any]) -> None:
    before = desk.book.contract.events()
    with pytest.raises(Reverted) as caught:
        act(desk)
    assert caught.value.name == name
    assert desk.book.contract.events() == before


def test_every_error_is_refused_once_here(desk: Desk) -> None:
    assert {name for name, _ in REFUSALS} == {one.name for one in desk.book.contract.artifact.errors.values()}


@pytest.mark.parametrize(
    "act",
    [
        lambda book, on: book.register(on.account(BEN), root=1, key=GOOD.key[1:], kind="dev"),
        lambda book, on: book.register(on.account(BEN), root=1, key=GOOD.key, kind="safe"),
        lambda book, on: book.register(on.account(BEN), root=ORDER, key=GOOD.key, kind="dev"),
        lambda book, on: book.commit_profile(on.account(BEN), ORDER),
        lambda book, on: book.commit_profile(on.account(BEN), -1),
    ],
    ids=["short key", "kind", "root", "profile", "negative"],
)
def test_what_is_no_input_is_refused_before_it_is_sent(desk: Desk, act: Callable[[Book, Stage], Any]) -> None:
    with pytest.raises(DataError):
        act(desk.book, desk.on)


def test_a_refusal_is_told_without_a_transaction(desk: Desk) -> None:
    ada, number = desk.on.address(ADA), desk.count(ADA)
    proof = desk.proof(ADA, number=number)
    assert desk.book.refusal(ada, desk.model, number=number, shown=9, proof=proof) is None
    found = desk.book.refusal(ada, desk.model, number=number, shown=8, proof=proof)
    assert found is not None
    assert (found.name, desk.count(ADA)) == ("WrongProof", number)
