"""What the aggregator knows together with contributors that tell it everything: nothing below the threshold."""

import contextlib
import random

import numpy as np
import pytest

from backends.smpc import shamir
from backends.smpc.keys import pair_mask_key, private_key, public_of, self_mask_key
from backends.smpc.masking import add_masks, from_ring
from privacy.errors import ProtocolAborted
from privacy.plugin import AGGREGATOR, AggregationTask, WireError, contributor, unpack
from tests.support.smpc_runs import drive, inputs, run, session, whole

TASK = AggregationTask(contributors=9, length=40, bound=1000)
THRESHOLD = 6
VICTIM = contributor(9)


def spied(colluders: int):
    """A run after which some contributors and the aggregator tell all they hold, and the victim's masked vector."""
    made, document = session(TASK), {}
    for i in range(1, colluders + 1):
        role = made.endpoints[contributor(i)].role

        def endorse(body, role=role, honest=role._endorse):
            document[role._index] = role._dealer, dict(role._holdings._seeds), dict(role._holdings._keys)
            return honest(body)

        role._endorse = endorse
    books = made.endpoints[AGGREGATOR].role
    kept, honest_unmasking = {}, books._unmask

    def unmask():
        kept.update(entries=dict(books._entries), directory=books._directory, shares=dict(books._shares))
        return honest_unmasking()

    books._unmask = unmask
    channel = whole()
    drive(made, inputs(TASK), channel=channel)
    (wire,) = [m for m in channel.transcript.view({AGGREGATOR}).of_kind("masked") if m.sender == VICTIM]
    return document, kept, unpack(wire.sample, dtype=np.uint32).copy()


def strip_known(document, kept, masked):
    """Take off the victim's own mask, which every run opens, and the masks it shares with those who collude."""
    index, directory = VICTIM.index, kept["directory"]
    seeds = {holder: given[index] for holder, given in list(kept["shares"].items())[:THRESHOLD]}
    off = [self_mask_key(shamir.combine(seeds), directory=directory, owner=index)]
    on = []
    for i, (dealer, _, _) in document.items():
        mine = private_key(dealer.secrets.mask_key)
        key = pair_mask_key(mine, kept["entries"][index].mask_key, directory=directory, pair=(i, index))
        # The victim is the last of the roster: it subtracts every mask that it shares.
        on.append(key)
    add_masks(masked, add=on, subtract=off)
    return masked


def test_below_the_threshold_the_victims_vector_stays_masked():
    document, kept, masked = spied(THRESHOLD - 1)
    shares = {i: keys[VICTIM.index] for i, (_, _, keys) in document.items()}
    assert len(shares) == THRESHOLD - 1
    # Interpolating too few shares gives a value that has nothing to do with the key, or is no key at all.
    with contextlib.suppress(WireError):
        assert public_of(shamir.combine(shares)) != kept["entries"][VICTIM.index].mask_key
    left = from_ring(strip_known(document, kept, masked))
    # What is left is still under the masks shared with three honest contributors: far outside the bound.
    assert (np.abs(left) > TASK.bound).mean() > 0.9


def test_at_the_threshold_the_guarantee_ends():
    """The control: one contributor more, and the vector lies open. So the attack above was the right one."""
    document, kept, masked = spied(THRESHOLD)
    index, directory = VICTIM.index, kept["directory"]
    secret = shamir.combine({i: keys[index] for i, (_, _, keys) in document.items()})
    assert public_of(secret) == kept["entries"][index].mask_key
    left = strip_known(document, kept, masked)
    honest = [i for i in range(1, index) if i not in document]
    keys = [
        pair_mask_key(private_key(secret), kept["entries"][i].mask_key, directory=directory, pair=(i, index))
        for i in honest
    ]
    add_masks(left, add=keys)
    assert np.array_equal(from_ring(left), inputs(TASK)[VICTIM])


def test_a_dropped_contributors_late_vector_stays_under_its_own_mask():
    """Its mask key was opened, its seed never is: the reason for two masks."""
    task = AggregationTask(contributors=9, length=40, bound=1000)
    channel, made = whole(), session(task)
    drive(made, inputs(task), channel=channel, delays={(VICTIM, 5): 3})
    (late,) = [m for m in channel.transcript.view({AGGREGATOR}).of_kind("masked") if m.sender == VICTIM]
    assert late.round == 5
    answers = channel.transcript.view({AGGREGATOR}).of_kind("unmasking")
    # A bitmap of nine, then one share of 33 bytes for each of the nine: of the late one too, but one only.
    assert {m.body_bytes for m in answers} == {2 + 9 * shamir.ELEMENT_BYTES}


@pytest.mark.parametrize("seed", range(25))
def test_mutated_wires_never_give_a_wrong_sum(seed):
    """A wire of some contributor, bent at random: the sum is exact for whoever is in it, or the run ends, by name."""
    rng = random.Random(seed)
    task = AggregationTask(contributors=5, length=6, bound=1000)
    kind = rng.choice(["keys", "bundle", "signature", "unmasking"])

    def bend(round_, wire):
        if wire.kind != kind:
            return [wire]
        data = bytearray(wire.body)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        cut = rng.choice([len(data), len(data), rng.randrange(len(data))])
        return [type(wire)(wire.to, wire.kind, wire.exposure, bytes(data[:cut]))]

    with contextlib.suppress(ProtocolAborted):
        out, _ = run(task, bends={contributor(2): bend})
        assert set(out.included) >= {1, 3, 4, 5}
