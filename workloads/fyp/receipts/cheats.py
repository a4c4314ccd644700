"""Six ways to cheat, each tried on the prover and on the contract as it stands, beside an honest proof that is taken.

The contract executes every try as a call: it decides as it would for a transaction, and nothing is paid.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from privacy.plugin.contracts import Artifact, BadAnswer, Intent, Reverted, Sender, identity
from privacy.plugin.receipts import CONTRACT, Book, Forger, Kept, Model
from privacy.plugin.running import Ints, top_k
from workloads.fyp.receipts.claims import Claim
from workloads.fyp.receipts.sending import Made, Proved, committed
from workloads.fyp.world import SHOWN, World

HONEST, SWAPPED, HIDDEN, FOREIGN, STRANGER = "honest", "swapped", "hidden", "foreign", "stranger"
"""The claims that a worker is given: a true one, three false ones, and a true one about somebody else."""


@dataclass(frozen=True)
class Try:
    """One try: the cheat, what was done, who decided, and their word. `name` is the contract's own error."""

    cheat: str
    done: str
    by: str
    refused: bool
    sentence: str
    name: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Table:
    """Who sits at the table: the book, the cheat, and whoever registers models there."""

    book: Book
    cheat: Sender
    house: Sender

    @property
    def account(self) -> str:
        return self.cheat.signer.address


def claims(world: World, true: Claim, stranger: Sequence[int]) -> dict[str, Claim]:
    """What is to be proved, or not, for the tries; `stranger` is the history of another person."""
    vector, history = np.array(true.vector), np.array(true.history)
    ranked = _ranked(world.items, vector, history)
    shown = list(true.chosen)
    # Another model: every item scores as the one before it does.
    foreign = _ranked(np.roll(world.items, 1, axis=0), vector, history)[:SHOWN]
    return {
        HONEST: true,
        SWAPPED: true.shows([*shown[:-1], ranked[len(ranked) // 2]]),
        HIDDEN: true.shows([*shown[1:], next(one for one in ranked if one not in shown)]),
        FOREIGN: true.shows(foreign),
        STRANGER: Claim.of(world, stranger),
    }


def tries(table: Table, model: Model, made: Made, before: Kept, *, number: int) -> Iterator[Try]:
    """Every try, for the place with this number; `before` is a receipt of the same account, whose proof the chain has.

    An honest proof comes first, as a control: the same call goes through.
    """
    honest, account, book = made.proofs[HONEST], table.account, table.book
    committed(book, table.cheat, honest, {})

    def ask(
        cheat: str, done: str, proof: bytes, shown: int, *, at: Book = book, of: Model = model, place: int = number
    ) -> Try:  # fmt: skip
        start = time.perf_counter()
        why = at.refusal(account, of, number=place, shown=shown, proof=proof)
        return _said(cheat, done, why, time.perf_counter() - start)

    yield ask("None: an honest proof", "Sent as it is", honest.proof, honest.shown)
    for name, cheat in ((SWAPPED, "Swap one shown card"), (HIDDEN, "Hide a better card")):
        false = made.proofs[name]
        yield _proving(cheat, "Asked for a proof of the changed list", false)
        yield ask(cheat, "Sent the honest proof with the changed list", honest.proof, false.shown)
    cheat = "Use another model"
    yield _proving(cheat, "Asked for a proof that the other model's list is this model's", made.proofs[FOREIGN])
    other = book.register(table.cheat, root=model.root ^ 1, key=model.key, kind=model.kind)
    yield ask(cheat, "Sent the honest proof for another registered model", honest.proof, honest.shown, of=other)
    own = Forger(f"{account} {number}")
    public = [model.root, honest.profile, made.proofs[SWAPPED].shown, honest.public[3]]
    forged = replace(model, key=own.key)
    yield ask(
        cheat, "Forged a proof of the changed list under a key of one's own", own.proof(public), public[2], of=forged
    )
    stranger = made.proofs[STRANGER]
    yield ask("Use another person's profile", "Sent a good proof of their list", stranger.proof, stranger.shown)
    cheat = "Send the proof again"
    known = book.proof(before)
    yield ask(cheat, "Sent its proof for its own place again", known, before.shown, place=before.number)
    yield ask(cheat, "Sent its proof for the next place", known, before.shown)
    there = _elsewhere(table, model)
    committed(there, table.cheat, honest, {})
    yield ask(
        "Send the proof to another contract", "Sent the honest proof there", honest.proof, honest.shown, at=there,
        place=there.count(account),
    )  # fmt: skip


def _ranked(items: Ints, vector: Ints, history: Ints) -> list[int]:
    return [int(one) for one in top_k(items @ vector, k=len(items), exclude=history)]


def _proving(cheat: str, done: str, proved: Proved) -> Try:
    return Try(cheat, done, "the prover", bool(proved.refused), proved.refused or "made", seconds=proved.seconds)


def _said(cheat: str, done: str, why: Reverted | None, seconds: float) -> Try:
    if why is None:
        return Try(cheat, done, "the contract", False, "The proof is good: it would give a receipt.", seconds=seconds)
    return Try(cheat, done, "the contract", True, f"{why.what}.", why.name, seconds)


def _elsewhere(table: Table, model: Model) -> Book:
    """Another book on the same chain, created once, in which the same model is registered."""
    chain, artifact = table.book.contract.chain, Artifact.load(CONTRACT)
    id_ = f"another book {identity(chain)} {table.book.contract.address}"
    made = table.house.send(Intent(None, artifact.creation(), id=id_))
    if made.contract is None:
        raise BadAnswer("a contract was created without an address", then="start the chain anew")
    book = Book(chain, made.contract)
    book.register(table.house, root=model.root, key=model.key, kind=model.kind)
    return book
