"""The conformance kit for provers: what any prover must do, whoever wrote it.

    results = check_prover(lambda: MyProver(MyParams()))
    assert all(r.passed is not False for r in results)

It makes keys and proofs for a small made-up catalogue, in the state folder. What is malformed the prover says itself
(`Prover.malformed`); one that says nothing is not checked for that. The game needs some hundred plays to tell: with
fewer it says so.
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product

import numpy as np

from privacy.errors import VeilbenchError
from privacy.finding import Finding
from privacy.primitives.scoring import quantise, top_k
from privacy.provers.errors import KeyMismatch
from privacy.provers.prover import Keys, Prover, Public, fresh_salt
from privacy.provers.selection import SelectionModel, SelectionStatement, SelectionWitness
from privacy.stats import FINE
from privacy.testing.demands import Broken, NotRun, demand, finding
from privacy.testing.game import FALSE_ALARMS, Recorder, best_guess, bounds, toss

Open = Callable[[], Prover]

ITEMS, DIMS, SHOWN = 8, 2, 2


@dataclass
class _Bench:
    prover: Prover
    opening: Open
    plays: int
    mutations: int
    model: SelectionModel
    statement: SelectionStatement
    keys: Keys
    made: list[tuple[SelectionWitness, bytes]] = field(default_factory=list)

    @classmethod
    def of(cls, opening: Open, plays: int, mutations: int) -> "_Bench":
        prover, model = opening(), catalogue()
        statement = SelectionStatement.of(model, shown=SHOWN)
        keys = prover.setup(statement, model)
        return cls(prover, opening, plays, mutations, model, statement, keys)

    def witness(self, *history: int) -> SelectionWitness:
        rows = np.array(history, np.int64)
        return SelectionWitness.of(self.model, rows, shown=SHOWN, salt=fresh_salt(), chosen_salt=fresh_salt())

    def public(self, witness: SelectionWitness, *, context: int = 5) -> Public:
        return self.prover.public(self.statement, self.model, witness, context=context)

    def prove(self, witness: SelectionWitness, public: Public) -> bytes:
        proof = self.prover.prove(self.keys, self.model, public, witness)
        self.made.append((witness, proof))
        return proof

    def accepts(self, public: Public, proof: bytes) -> bool:
        """What the prover says of a proof; it must not raise, whatever it is given."""
        return self.prover.verify(self.keys.verifying, public, proof)


def catalogue(*, seed: int = 1) -> SelectionModel:
    """A small model, the same every time."""
    vectors = np.random.default_rng(seed).normal(size=(ITEMS, DIMS))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return SelectionModel.of(quantise(vectors), vectors)


def check_prover(opening: Open, *, plays: int = 400, mutations: int = 200) -> list[Finding]:
    """Run every check on the prover that `opening` opens; no check stops another."""
    return list(checking(opening, plays=plays, mutations=mutations))


def checking(opening: Open, *, plays: int = 400, mutations: int = 200) -> Iterator[Finding]:
    """The same, one by one as they end."""
    try:
        bench = _Bench.of(opening, plays, mutations)
    except VeilbenchError as error:
        yield Finding("setup", "keys can be made", False, str(error))
        return
    yield Finding("setup", "keys can be made", True)
    for name, (title, check) in CHECKS.items():
        yield finding(name, title, partial(check, bench))


def _complete(bench: _Bench) -> None:
    for history in ((0,), (5,), (1, 2, 6), tuple(range(ITEMS - SHOWN))):
        witness = bench.witness(*history)
        public = bench.public(witness, context=secrets.randbits(200))
        proof = bench.prove(witness, public)
        demand(len(proof) == bench.prover.proof_bytes, f"a proof is {len(proof)} bytes long")
        demand(bench.accepts(public, proof), f"a proof of who likes {len(history)} is refused")
        again = bench.prove(witness, public)
        demand(again != proof, "two proofs of one witness are the same: they use no coins")
        demand(bench.opening().verify(bench.keys.verifying, public, again), "who opens the prover anew refuses a proof")


def _public_inputs(bench: _Bench) -> None:
    witness = bench.witness(1, 2)
    public = bench.public(witness)
    proof = bench.prove(witness, public)
    for name, value in vars(public).items():
        for other in (value + 1, value - 1, value ^ 1 << 100, 0, -1, 1 << 255, 1 << 256):
            demand(not bench.accepts(replace(public, **{name: other}), proof), f"another {name} is accepted")
    # Each takes a whole check, where most mutated proofs are refused at a glance: so they are fewer.
    for _ in range(bench.mutations // 10):
        name = secrets.choice(list(vars(public)))
        changed = replace(public, **{name: getattr(public, name) ^ 1 << secrets.randbelow(253)})
        demand(not bench.accepts(changed, proof), f"another {name} is accepted")
    swapped = Public(public.model, public.selection, public.profile, public.context)
    demand(not bench.accepts(swapped, proof), "public inputs in another order are accepted")


def _proofs(bench: _Bench) -> None:
    one, other = bench.witness(1, 2), bench.witness(3)
    public, theirs = bench.public(one), bench.public(other)
    proof, second = bench.prove(one, public), bench.prove(other, theirs)
    demand(not bench.accepts(public, second), "the proof of somebody else is accepted")
    half = len(proof) // 4
    for cut in range(half, len(proof), half):
        demand(not bench.accepts(public, proof[:cut] + second[cut:]), "a proof is accepted that is half another's")
    for wrong in (b"", proof[:-1], proof + b"\0", bytes(len(proof)), b"\xff" * len(proof)):
        demand(not bench.accepts(public, wrong), f"{len(wrong)} bytes that are no proof are accepted")
    for at in range(0, len(proof), 8):
        demand(not bench.accepts(public, _flipped(proof, at)), f"a proof with another byte {at} is accepted")
    for _ in range(bench.mutations):
        changed = bytearray(proof)
        for _ in range(1 + secrets.randbelow(4)):
            changed[secrets.randbelow(len(proof))] ^= 1 + secrets.randbelow(255)
        demand(bytes(changed) == proof or not bench.accepts(public, bytes(changed)), "a mutated proof is accepted")


def _flipped(proof: bytes, at: int) -> bytes:
    return proof[:at] + bytes([proof[at] ^ 1]) + proof[at + 1 :]


def _witnesses(bench: _Bench) -> None:
    witness = bench.witness(1, 2)
    public = bench.public(witness)
    for name in ("history", "chosen"):
        own = {int(at) for at in getattr(witness, name)}
        for at in range(ITEMS):
            changed = np.array(sorted(own ^ {at}), np.int64)
            other = replace(witness, history=changed) if name == "history" else replace(witness, chosen=changed)
            _refused(bench, other, public, f"a {name} with another bit {at}")
    for at, step in product(range(DIMS), (-2, 2)):
        vector = witness.vector.copy()
        vector[at] += step
        _refused(bench, replace(witness, vector=vector), public, "another vector")
    for bit in (0, 1, 100, 250):
        _refused(bench, replace(witness, salt=witness.salt ^ 1 << bit), public, "another salt")
        _refused(bench, replace(witness, chosen_salt=witness.chosen_salt ^ 1 << bit), public, "another salt")


def _lies(bench: _Bench) -> None:
    """Selections that are committed to as they are, and are not the best unseen ones."""
    witness = bench.witness(1, 2)
    scores = bench.model.items @ witness.vector
    order = top_k(scores, k=ITEMS, exclude=witness.history)
    for lie in ([order[0], order[2]], [order[1], order[2]], [order[0], 1], [1, 2], [order[0]], order[:3]):
        told = replace(witness, chosen=np.array(lie, np.int64))
        _refused(bench, told, bench.public(told), "a selection that is not the best")
    theirs = bench.witness(5).vector
    told = replace(witness, vector=theirs, chosen=top_k(bench.model.items @ theirs, k=SHOWN, exclude=witness.history))
    _refused(bench, told, bench.public(told), "a selection by somebody else's vector")


def _refused(bench: _Bench, witness: SelectionWitness, public: Public, what: str) -> None:
    try:
        proof = bench.prover.prove(bench.keys, bench.model, public, witness)
    except VeilbenchError:
        return
    demand(not bench.accepts(public, proof), f"{what} is proved")


def _keys(bench: _Bench) -> None:
    again = bench.opening().setup(bench.statement, bench.model)
    demand((again.digest, again.verifying) == (bench.keys.digest, bench.keys.verifying), "keys are made twice")
    digests = {bench.prover.key_digest(bench.keys.verifying) for _ in range(3)}
    demand(digests == {bench.keys.digest}, "the digest of a key is another each time")
    other = bytes([*bench.keys.verifying[:-1], bench.keys.verifying[-1] ^ 1])
    demand(bench.prover.key_digest(other) not in digests, "two keys have one digest")
    witness = bench.witness(1)
    public = bench.public(witness)
    proof = bench.prove(witness, public)
    demand(not bench.prover.verify(other, public, proof), "a proof is accepted under another key")
    demand(not bench.prover.verify(b"", public, proof), "a proof is accepted under no key")
    stranger = catalogue(seed=2)
    mismatched = replace(bench.prover.public(bench.statement, stranger, witness, context=5))
    try:
        bench.prover.prove(bench.keys, stranger, mismatched, witness)
    except KeyMismatch:
        return
    raise Broken("a key of another model is used without a word")


def _malformed(bench: _Bench) -> None:
    witness = bench.witness(1, 2)
    public = bench.public(witness)
    proof = bench.prove(witness, public)
    found = list(bench.prover.malformed(proof))
    if not found:
        raise NotRun("the prover does not say what malformed points are here: its `malformed` gives none")
    for what, wrong in found:
        demand(len(wrong) == len(proof), f"what is malformed by {what} has another length")
        demand(not bench.accepts(public, wrong), f"a proof with {what} is accepted")


def _secret(bench: _Bench) -> None:
    if not bench.made:
        raise NotRun("no proof was made")
    kept = [path.read_bytes() for path in bench.keys.path.parent.iterdir() if path.is_file()]
    for witness, proof in bench.made:
        for salt in (witness.salt, witness.chosen_salt):
            for order in ("big", "little"):
                secret = salt.to_bytes(32, order)
                demand(secret not in proof, "a salt is in a proof")
                demand(not any(secret in data for data in kept), "a salt is in a file")


def _game(bench: _Bench) -> None:
    """Two people's proofs, under salts of their own: which of the two is it?"""
    people = [(1, 2), (5,)]
    coins = toss(bench.plays, seed=None)
    recorder = Recorder(plays=max(1, bench.plays))
    for coin in coins:
        witness = bench.witness(*people[coin])
        public = bench.public(witness)
        proof = bench.prove(witness, public)
        seen = proof + b"".join(value.to_bytes(32, "big") for value in (public.profile, public.selection))
        recorder.keep(np.unpackbits(np.frombuffer(seen, np.uint8)).astype(np.float64), seen)
    if bench.plays < 4:
        raise NotRun(f"too few to tell: {bench.plays} plays")
    name, right, n = best_guess(recorder, coins, seed=0)
    demand(bounds(right, n, alpha=FALSE_ALARMS)[0] <= 0, f"{name} names the person in {right} of {n} proofs")
    # By how long the game is, not by its luck.
    if bounds(n, n, alpha=FALSE_ALARMS)[0] <= 0 or bounds(n // 2, n, alpha=FALSE_ALARMS)[1] > FINE:
        raise NotRun(f"too few to tell: {bench.plays} plays")


CHECKS: dict[str, tuple[str, Callable[[_Bench], None]]] = {
    "complete": ("what is so is proved, each time with fresh coins", _complete),
    "public": ("a proof is of its own public inputs alone", _public_inputs),
    "proofs": ("no mutated proof is accepted, and none is an error", _proofs),
    "malformed": ("points that are none of the group are refused", _malformed),
    "witness": ("a witness with any other bit proves nothing", _witnesses),
    "lies": ("what is not so is not proved", _lies),
    "keys": ("keys are made once, have one digest, and are for one model", _keys),
    "game": ("a proof does not tell two people apart", _game),
    "secret": ("no salt is in a proof, or in a file", _secret),
}
