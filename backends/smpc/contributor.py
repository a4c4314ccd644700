"""The contributor of masked aggregation: five messages in odd rounds, each after a check of what came before."""

from collections.abc import Sequence
from typing import Any

from backends.smpc.dealing import Dealer, Holdings, Secrets
from backends.smpc.formats import (
    Reader,
    listing_bytes,
    pack_bundle,
    pack_each,
    pack_members,
    read_entry,
    read_forwarded,
    read_listing,
    read_members,
    read_signatures,
)
from backends.smpc.keys import sign, signed_by, verifying_key
from backends.smpc.masking import Ints, add_masks, to_ring
from backends.smpc.rules import Rules
from privacy.plugin import (
    AGGREGATOR,
    CIPHERTEXT,
    PUBLIC,
    SHARE,
    Abort,
    AggregationTask,
    Done,
    Role,
    Seat,
    Secret,
    StepResult,
    Wire,
    WireError,
    check_contribution,
    pack,
)

IDENTITY, SIGNING_BYTES = "identity", 32
AWAITED = {3: "directory", 5: "shares", 7: "survivors", 9: "signatures"}
"""What the aggregator must have sent before each round of a contributor."""


class Contributor(Role[AggregationTask]):
    """Runs on a contributor. Anything that is not as the protocol has it makes it leave the run, its keys gone."""

    def __init__(self, seat: Seat[AggregationTask], rules: Rules) -> None:
        super().__init__(seat)
        self._rules = rules
        self._index = seat.party.index or 0
        self._signing: bytes | None = seat.own
        self._wipe()

    def begin(self, secret: Secret[Any] | None) -> None:
        """Runs on a contributor: a new run, with nothing left of the last one but the identity."""
        super().begin(secret)
        self._wipe()
        if self._signing is None and not self._rules.task.identities:
            self._signing = self.seat.random.bytes(SIGNING_BYTES)
        self._register()

    def _register(self) -> None:
        if isinstance(self._signing, bytes) and len(self._signing) == SIGNING_BYTES:
            self.seat.keys.put(IDENTITY, self._signing)

    def forget(self) -> None:
        """Runs on a contributor: drop the run's secrets, and an identity that was made for this session."""
        super().forget()
        self._signing = self.seat.own
        self._wipe()

    def _wipe(self) -> None:
        self.seat.keys.discard()
        self._secrets: Secrets | None = None
        self._dealer: Dealer | None = None
        self._holdings = Holdings()
        self._identities: dict[int, bytes] = {}
        self._pairs: tuple[int, ...] = ()
        self._survivors: tuple[int, ...] = ()
        self._expected = 1

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on a contributor: act in odd rounds on the aggregator's one message."""
        try:
            return self._advance(round_, inbox)
        except WireError as error:
            self._leave()
            return Abort(error.what)

    def _advance(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        if round_ % 2 == 0:
            if inbox:
                raise WireError("the aggregator wrote out of turn")
            return ()
        if not self._expected:
            raise WireError("it has left this run")
        if round_ != self._expected:
            raise WireError(f"round {round_} came when round {self._expected} was due")
        self._expected = round_ + 2
        if round_ == 1:
            return [self._keys()]
        body = self._message(AWAITED[round_], inbox)
        if round_ == 3:
            return [self._deal(body)]
        if round_ == 5:
            return [self._mask(body)]
        if round_ == 7:
            return [self._endorse(body)]
        answer = self._answer(body)
        self._leave()
        return Done(wires=(answer,))

    def _message(self, kind: str, inbox: Sequence[Wire]) -> bytes:
        if not inbox:
            raise WireError(f"the aggregator sent it no {kind}, so it is left out of the run")
        if [(w.sender, w.kind) for w in inbox] != [(AGGREGATOR, kind)]:
            raise WireError(f"something else came where the aggregator's {kind} was due")
        return inbox[0].body

    def _leave(self) -> None:
        self._wipe()
        self.secret = None
        self._expected = 0
        self._register()

    def _keys(self) -> Wire:
        """Round 1: check the private vector, draw this run's secrets, make the public halves known, signed."""
        self._vector()
        if not isinstance(self._signing, bytes) or len(self._signing) != SIGNING_BYTES:
            raise WireError(f"it holds no Ed25519 signing key of {SIGNING_BYTES} bytes")
        identity = verifying_key(self._signing)
        if self._rules.registered(self._index) not in (None, identity):
            raise WireError("its signing key is not the one that was registered")
        self._secrets = Secrets.draw(self.seat.random.bytes, self.seat.keys)
        entry = self._secrets.entry(identity)
        signature = sign(self._signing, self._rules.entry_message(self._index, entry))
        self._entry = entry.with_signature(signature)
        return Wire(AGGREGATOR, "keys", PUBLIC, self._entry.body)

    def _deal(self, body: bytes) -> Wire:
        """Round 3: check the directory, deal shares of both secrets to each neighbour in it, encrypted."""
        rules, reader = self._rules, Reader(body, "the directory")
        digests, self._identities = read_listing(reader, n=rules.n)
        if len(digests) < rules.stay:
            raise WireError(f"the directory lists {len(digests)} contributors and {rules.stay} are needed")
        if digests.get(self._index) != rules.entry_digest(self._index, self._entry):
            raise WireError("the directory does not list the keys that it sent")
        directory = rules.directory_hash(body[: listing_bytes(len(digests), n=rules.n)])
        around = [i for i in rules.graph(directory)[self._index] if i in digests]
        entries = {i: read_entry(reader, identity=self._identities[i]) for i in around}
        reader.end()
        for i, entry in entries.items():
            if rules.entry_digest(i, entry) != digests[i]:
                raise WireError(f"the directory shows other keys of contributor-{i} than it lists")
            rules.check_entry(i, entry)
        for i, identity in self._identities.items():
            if rules.registered(i) not in (None, identity):
                raise WireError(f"the directory lists another identity of contributor-{i} than was registered")
        self._dealer = Dealer(self._index, self._live(), directory, entries)
        parcels, own, commitment = self._dealer.deal(threshold=rules.plan.threshold, draw=self.seat.random.bytes)
        self._holdings.keep_own(self._index, own)
        return Wire(AGGREGATOR, "bundle", SHARE, pack_bundle(commitment, parcels))

    def _mask(self, body: bytes) -> Wire:
        """Round 5: open the shares dealt to it, then send the vector under its own and all pairwise masks.

        A parcel that does not open is left out: its dealer counts as one who colludes, and enough others must remain.
        """
        dealer, parcels = self._dealing(), read_forwarded(body, n=self._rules.n)
        if not parcels.keys() <= dealer.neighbours.keys():
            raise WireError("shares came from contributors that are no neighbours")
        unopened = []
        for i, parcel in parcels.items():
            try:
                self._holdings.keep(i, dealer.open(i, parcel))
            except WireError:
                unopened.append(f"contributor-{i}")
        needed = self._rules.plan.threshold
        if len(self._holdings.dealers) < needed:
            wrong = f"; not to be opened: those of {', '.join(unopened[:5])}" if unopened else ""
            raise WireError(f"shares of {len(self._holdings.dealers)} contributors came and {needed} are needed{wrong}")
        self._pairs = tuple(sorted(parcels))
        masked = to_ring(self._vector())
        add, subtract = dealer.masks(self._pairs)
        add_masks(masked, add=add, subtract=subtract)
        return Wire(AGGREGATOR, "masked", CIPHERTEXT, pack(masked))

    def _endorse(self, body: bytes) -> Wire:
        """Round 7: check the set of survivors and sign it, for this run only."""
        rules, reader = self._rules, Reader(body, "the set of survivors")
        survivors = read_members(reader, n=rules.n)
        reader.end()
        if self._index not in survivors:
            raise WireError("the aggregator did not count its vector")
        if len(survivors) < rules.stay:
            raise WireError(f"{len(survivors)} survivors are named and {rules.stay} are needed")
        around = set(self._dealing().neighbours) & set(survivors)
        if not set(survivors) <= self._identities.keys() or not around <= set(self._pairs):
            raise WireError("survivors are named who did not take part")
        self._survivors = survivors
        return Wire(AGGREGATOR, "signature", PUBLIC, sign(self._signing or b"", self._message_of(survivors)))

    def _answer(self, body: bytes) -> Wire:
        """Round 9: if enough contributors signed the very same set, give one share of each dealer, never both."""
        rules, signatures = self._rules, read_signatures(body, n=self._rules.n)
        message = self._message_of(self._survivors)
        if not signatures.keys() <= set(self._survivors):
            raise WireError("someone signed who did not survive")
        for i, signature in signatures.items():
            if not signed_by(self._identities[i], signature, message):
                raise WireError(f"contributor-{i} signed another set of survivors, or none")
        if len(signatures) < rules.plan.quorum:
            raise WireError(f"{len(signatures)} survivors signed the same set and {rules.plan.quorum} are needed")
        shares = self._holdings.give(self._survivors)
        return Wire(AGGREGATOR, "unmasking", SHARE, pack_each(shares, n=rules.n))

    def _message_of(self, survivors: Sequence[int]) -> bytes:
        return self._rules.survivors_message(self._dealing().directory, pack_members(survivors, n=self._rules.n))

    def _vector(self) -> Ints:
        """The weighted vector; BoundaryError, before anything of it is sent, for one that the task does not admit."""
        if self.secret is None:
            raise WireError("it has no vector to contribute")
        return check_contribution(self.seat.task, self.seat.party, self.secret.open(self.seat))

    def _live(self) -> Secrets:
        if self._secrets is None:
            raise WireError("this run's secrets are gone")
        return self._secrets

    def _dealing(self) -> Dealer:
        if self._dealer is None:
            raise WireError("this run's secrets are gone")
        return self._dealer
