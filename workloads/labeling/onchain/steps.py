"""A round's way over its chain, step by step.

Each step looks on the chain at what is there already, and sends what is missing under a name of its own: whatever is
cut off between any two of them, the same step goes on when it is taken again, and nothing is mined twice.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from privacy.plugin import MOST_SEED, DataError, ParamError
from privacy.plugin.contracts import Reverted, Sender, Signer, identity, signer
from privacy.plugin.running import StateError
from privacy.plugin.stores import BlobStore
from workloads.labeling.onchain import payouts as pay
from workloads.labeling.onchain.accounts import account_of, signer_of
from workloads.labeling.onchain.agreed import agreed
from workloads.labeling.onchain.amounts import parted
from workloads.labeling.onchain.ballots import ballot_of
from workloads.labeling.onchain.kept import covered, on_chain
from workloads.labeling.onchain.payouts import Document
from workloads.labeling.onchain.qualifying import domain_digest, qualify
from workloads.labeling.onchain.sending import past_block, past_time, send
from workloads.labeling.onchain.stage import (
    CANCELLED,
    COMMITTING,
    DISPUTED,
    DRAWN,
    FINAL,
    NONE,
    PROPOSED,
    SEALED,
    Commitment,
    Stage,
    commitments,
    digest_of,
    last,
    stage_of,
)
from workloads.labeling.onchain.staking import ensure_staked, fund
from workloads.labeling.onchain.town import Town
from workloads.labeling.onchain.trees import Tree, leaves
from workloads.labeling.onchain.typed import LABELS, Signing
from workloads.labeling.rounds import terms as book_states
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.rounds.service import digest_of as votes_digest

Tell = Callable[[int, int], None]

_BATCH = 100
"""Commitments of one transaction."""
_SEEN = 256
"""Blocks whose hashes a contract sees."""
_ALL = 2**256 - 1


class Course:
    """A round of the book on its way over a chain, taken by the account that opened it.

    `operator` sends by it; None is the account of this device that has its address. StateError where the round is on no
    chain, or on another one than this.
    """

    def __init__(
        self, rounds: Rounds, number: int, town: Town, store: BlobStore, *, operator: Sender | None = None
    ) -> None:
        found = on_chain(rounds.book, number)
        if found is None:
            raise StateError(f"round {number} is on no chain", then="publish one that is")
        if (found.identity, found.contract) != (identity(town.rounds.chain), town.rounds.address):
            what = f"round {number} was opened on {found.chain}, not on the chain in use"
            then = "use that chain, or go on without it: its votes are here, its budget is there"
            raise StateError(what, then=then)
        self.rounds, self.number, self.town, self.store, self.terms = rounds, number, town, store, found
        self._operator = operator

    @property
    def operator(self) -> Sender:
        """The account that opened the round. ParamError or UnknownNameError where it does not sign here."""
        if self._operator is None:
            self._operator = Sender(self.town.rounds.chain, signer(self.town.rounds.chain, self.terms.opener))
        return self._operator

    def seed(self) -> int:
        """The seed of the count: what is audited is drawn by the chain's beacon. StateError before the draw."""
        beacon = self.stage().beacon
        if beacon == bytes(len(beacon)):
            raise StateError("the audit is not drawn yet", then="draw it first")
        return int.from_bytes(beacon, "big") % (MOST_SEED + 1)

    def stage(self) -> Stage:
        """How far the round is, by the chain."""
        return stage_of(self.town.rounds, self.terms.id)

    # Opening and labelers

    def open(self) -> None:
        """Pay the budget in and open the round. Reverted where the contract refuses, for want of CROL for example."""
        if self.stage().phase != NONE:
            return
        one, town, who = self.terms, self.town, self.operator.signer.address
        if town.crol.read("allowance", who, town.rounds.address) < one.budget:
            send(self.operator, town.crol, f"allow {who} {town.rounds.address}", "approve", town.rounds.address, _ALL)
        domain = domain_digest(self.rounds.round(self.number).domain.id)
        self._send(
            "open", "open", one.salt, domain, self._items(), one.budget, one.until, one.window, one.stake,
            _keccak(one.seed),
        )  # fmt: skip

    def _items(self) -> bytes:
        rows = [(place, _keccak(image.encode())) for place, image in self.rounds.images(self.number)]
        return Tree(leaves(("uint32", "bytes32"), rows)).root

    def qualify(self, labelers: Sequence[str]) -> int:
        """Attest on the chain what the book's gate decided; how many are qualified there now for the first time.

        StateError for a labeler who did not pass the gate.
        """
        domain = self.rounds.round(self.number).domain
        return qualify(self.rounds, self.town, self.operator, labelers, domain.id)

    def commit(self, labelers: Sequence[str] | None = None, *, tell: Tell = lambda a, b: None) -> int:
        """Bring the commitments of labelers whose key is here: qualified, staked, signed and in few transactions.

        None is everybody who voted. Returns how many came in. A wallet commits by itself. Reverted where the contract
        refuses one of them.
        """
        if self.stage().phase != COMMITTING:
            return 0
        there = {one.account for one in commitments(self.town.rounds, self.terms.id)}
        wanted = self.voters() if labelers is None else labelers
        found = [(one, signer_of(self.town.rounds.chain, one)) for one in wanted if account_of(one) not in there]
        mine = [(labeler, key) for labeler, key in found if key is not None]
        if not mine:
            return 0
        self.qualify([labeler for labeler, _ in mine])
        tell(1, 4)
        ensure_staked(self.town, self.operator, [key for _, key in mine], least=self.terms.stake)
        tell(2, 4)
        signing, rows = Signing(self.town.rounds), []
        for labeler, key in mine:
            one = ballot_of(self.rounds.book, self.terms, self.number, labeler)
            signature = signing.signed(key, LABELS, self.terms.id, one.root, one.count)
            rows.append((one.account, one.root, one.count, signature))
        tell(3, 4)
        for first in range(0, len(rows), _BATCH):
            some = rows[first : first + _BATCH]
            name = hashlib.sha256(repr([row[:3] for row in some]).encode()).hexdigest()
            self._send(f"commit {name}", "commitMany", some)
        tell(4, 4)
        return len(rows)

    def voters(self) -> list[str]:
        """Everybody who voted in the round."""
        sql = "SELECT DISTINCT labeler FROM vote WHERE round = ? ORDER BY labeler"
        return [row["labeler"] for row in self.rounds.book.read(sql, self.number)]

    def committed(self, labeler: str) -> Commitment | None:
        """A labeler's commitment on the chain, if there is one."""
        found = self.town.rounds.events("LabelsCommitted", round=self.terms.id, labeler=account_of(labeler))
        return next((Commitment(o.args["labeler"], o.args["root"], o.args["count"]) for o in found), None)

    # Seal and draw

    def seal(self) -> None:
        """Seal all commitments of the chain, and the book with the votes that they cover.

        StateError where no vote of this machine is committed; DataError where the votes are others than were sealed.
        """
        phase = self.stage().phase
        if phase == NONE:
            raise StateError("the round is not opened on the chain yet", then="open it first")
        there = commitments(self.town.rounds, self.terms.id)
        counted = self.counted(there)
        digest = self._digest(counted)
        if phase == COMMITTING:
            if not counted:
                raise StateError("no label of this round is committed yet", then="let labelers commit first")
            acc = digest_of(there)
            self._send(f"seal {acc.hex()}", "seal", acc, digest, len(there))
        sealed = last(self.town.rounds, "RoundSealed", self.terms.id)
        if sealed is None or self.rounds.round(self.number).state != book_states.OPEN:
            return
        if sealed.args["votesDigest"] != digest:
            what = f"the votes of round {self.number} here differ from those sealed on the chain"
            raise DataError(what, then="restore the state folder from a copy")
        self._in_book(lambda: self.rounds.seal(self.number, only=counted), unless=book_states.OPEN)

    def _in_book(self, work: Callable[[], object], *, unless: str) -> None:
        """Do something in the book; that another tab was faster shows in a state that is not `unless` any more."""
        try:
            work()
        except StateError:
            if self.rounds.round(self.number).state == unless:
                raise

    def counted(self, there: Sequence[Commitment]) -> dict[str, frozenset[int]]:
        """The places on which each labeler's votes are committed, by a root that was made here."""
        voters = {account_of(labeler): labeler for labeler in self.voters()}
        found: dict[str, frozenset[int]] = {}
        for one in there:
            labeler = voters.get(one.account)
            places = labeler and covered(self.rounds.book, self.number, labeler, one.root)
            if labeler and places:
                found[labeler] = places
        return found

    def accounts(self, there: Sequence[Commitment]) -> set[str]:
        """The accounts whose committed labels are here."""
        return {account_of(labeler) for labeler in self.counted(there)}

    def _digest(self, counted: Mapping[str, frozenset[int]]) -> bytes:
        """The digest that the book's seal of these votes has."""
        sql = "SELECT place, labeler, value FROM vote WHERE round = ? ORDER BY place, labeler"
        rows = self.rounds.book.read(sql, self.number)
        return bytes.fromhex(votes_digest([row for row in rows if row["place"] in counted.get(row["labeler"], ())]))

    def draw(self) -> None:
        """Draw the audit: by the hash of a block that nobody knew at the seal, and a seed that was fixed before."""
        self.seal()
        stage = self.stage()
        if stage.phase != SEALED:
            return
        if self.town.rounds.chain.head().number - stage.drawn_by >= _SEEN:
            self._send(f"redraw {stage.redraws}", "redraw")
            stage = self.stage()
        past_block(self.operator, stage.drawn_by)
        self._send(f"draw {stage.redraws}", "draw", self.terms.seed)

    # Pay

    def propose(self, result: Mapping[str, Any]) -> Document:
        """Make a result final in the book, and propose its labels and pay on the chain; the document of it.

        Where the book has a final result already, that one. ClaimsOpen, PastBudget and the like as Reverted.
        """
        stage = self.stage()
        if stage.phase not in (DRAWN, PROPOSED, DISPUTED):
            raise StateError(
                f"the round is {stage.phase} on the chain: nothing can be proposed", then="take the steps before"
            )
        if (state := self.rounds.round(self.number).state) != book_states.FINAL:
            self._document(result)  # what is wrong with it is said before anything is written
            self._in_book(lambda: self.rounds.finalize(self.number, result), unless=state)
        made = self._document(self.rounds.round(self.number).result)
        digest = self.store.put(made.body).digest
        if stage.phase == PROPOSED and (stage.content, stage.epoch) == (digest, made.epoch):
            return made
        # How many were proposed before is in the name: the same pay again, after a dispute, is another proposal.
        before = len(self.town.rounds.events("RoundProposed", round=self.terms.id))
        self._send(
            f"propose {before} {digest.hex()}", "propose", made.consensus, made.tree.root, made.paid, made.epoch, digest
        )
        return made

    def _document(self, result: Mapping[str, Any]) -> Document:
        """The payout that a result makes, on top of the newest one of the chain."""
        base = pay.newest(self.town.payouts, self.store)
        points: dict[str, int] = {}
        for labeler, one in result["points"].items():
            points[account_of(labeler)] = points.get(account_of(labeler), 0) + int(one)
        added = parted(points, budget=self.terms.budget)
        before = dict(base.cumulative) if base else {}
        total = {one: before.get(one, 0) + added.get(one, 0) for one in sorted({*before, *points})}
        return Document(
            self.terms.chain_id, self.terms.contract, self.terms.id, self.town.payouts.read("epoch") + 1,
            agreed(self.rounds.book, self.number, result).tree.root, total, added,
        )  # fmt: skip

    def stale(self) -> bool:
        """Whether another round's pay came first since this one was proposed: it has to be proposed anew."""
        stage = self.stage()
        return stage.phase == PROPOSED and stage.epoch != self.town.payouts.read("epoch") + 1

    def dispute(self, place: int, labeler: str, reason: str) -> None:
        """Dispute an item, in the book and on the chain, by a labeler whose key is here.

        ParamError for a wallet, which sends a call of `reason_digest` by itself; Reverted where the window is over.
        """
        key = signer_of(self.town.rounds.chain, labeler)
        if key is None:
            raise ParamError("this labeler's wallet has to sign", then="sign in with it")
        body = self.town.rounds.encode("dispute", self.terms.id, reason_digest(place, reason))
        with self.town.rounds.naming():
            self.town.rounds.chain.call(self.town.rounds.address, body, sender=key.address)
        fund(self.town, self.operator, key.address)
        self.rounds.dispute(self.number, place, labeler, reason)
        self._dispute_as(key, place, reason)

    def _dispute_as(self, key: Signer, place: int, reason: str) -> None:
        name = f"dispute {self.terms.id.hex()} {key.address}"
        digest = reason_digest(place, reason)
        send(Sender(self.town.rounds.chain, key), self.town.rounds, name, "dispute", self.terms.id, digest)

    def settle(self) -> None:
        """Bring the book to where the chain is, after whatever was cut off between the two."""
        stage, state = self.stage(), self.rounds.round(self.number).state
        if stage.phase == CANCELLED and state == book_states.OPEN:
            self._in_book(lambda: self.rounds.cancel(self.number), unless=book_states.OPEN)
        elif stage.phase not in (NONE, COMMITTING) and state == book_states.OPEN:
            self.seal()
        if stage.phase == PROPOSED and state == book_states.DISPUTED:
            self._dispute_again()
        if stage.phase == FINAL and state == book_states.DISPUTED:
            self._in_book(lambda: self.rounds.stand(self.number), unless=book_states.DISPUTED)
        if stage.phase == DISPUTED and state == book_states.FINAL:
            self._in_book(lambda: self.rounds.reopen(self.number), unless=book_states.FINAL)

    def _dispute_again(self) -> None:
        """Send the disputes of the book that the chain does not have; where they come too late, the result stands."""
        there = {one.args["labeler"] for one in self.town.rounds.events("RoundDisputed", round=self.terms.id)}
        for row in self.rounds.disputes(self.number):
            key = signer_of(self.town.rounds.chain, row["labeler"])
            if row["settled"] or key is None or key.address in there:
                continue
            with contextlib.suppress(Reverted):
                self._dispute_as(key, row["place"], row["reason"])
        if self.stage().phase == PROPOSED:
            self._in_book(lambda: self.rounds.stand(self.number), unless=book_states.DISPUTED)

    def finalize(self) -> None:
        """Release the pay once the window is over. StateError before, or where it has to be proposed anew."""
        stage = self.stage()
        if stage.phase == FINAL:
            return
        if stage.phase != PROPOSED:
            raise StateError(f"the round is {stage.phase} on the chain: there is nothing to release", then="propose it")
        if self.stale():
            raise StateError("another round was paid since this proposal", then="propose again")
        past_time(self.operator, stage.until)
        self._send(f"finalize {stage.content.hex()} {stage.epoch}", "finalize")

    def cancel(self) -> None:
        """Have the budget back of a round to which nobody committed in time."""
        stage = self.stage()
        if stage.phase == COMMITTING:
            past_time(self.operator, stage.until_committed)
            self._send("cancel", "cancel")
        self.settle()

    def _send(self, name: str, function: str, *args: Any) -> None:
        rounds, id_ = self.town.rounds, self.terms.id
        values = args if function == "open" else (id_, *args)
        send(self.operator, rounds, f"{id_.hex()} {name}", function, *values)


def reason_digest(place: int, reason: str) -> bytes:
    """The digest by which the chain names the reason of a dispute."""
    return _keccak(json.dumps([place, reason]).encode())


def _keccak(body: bytes) -> bytes:
    from eth_utils.crypto import keccak

    return bytes(keccak(body))
