"""Scoring by two servers: exact for every shape, uniform shares, and what the client refuses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from backends.smpc.scoring.mechanism import SERVERS, SmpcScoring
from backends.smpc.scoring.product import product, word
from privacy.boundary.channel import Channel
from privacy.boundary.secret import Secret
from privacy.boundary.wire import unpack
from privacy.errors import BoundaryError, IntegrityError
from privacy.plugin import CLIENT, SERVER, ScoringTask
from privacy.protocol import Session
from privacy.transports.spawned import Spawned


def served(task: ScoringTask, catalogue: np.ndarray, *vectors: np.ndarray, **more: object):
    session, channel = Session(SmpcScoring(), task, {SERVER: catalogue}, **more), Channel()
    session.publish(channel)
    return [session.run({CLIENT: Secret(v, owner=CLIENT)}, channel).output for v in vectors], channel.transcript


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32), items=st.integers(1, 60), dims=st.integers(1, 70), batch=st.integers(1, 3),
    bound=st.sampled_from([1, 256, 30_000, 40_000, 1 << 20]),
)  # fmt: skip
def test_scores_are_exact_for_every_shape_and_bound(seed, items, dims, batch, bound) -> None:
    task = ScoringTask(items, dims, bound=bound, batch=batch)
    rng = np.random.default_rng(seed)
    catalogue = rng.integers(-bound, bound + 1, (items, dims))
    vectors = [rng.integers(-bound, bound + 1, task.input_shape), np.full(task.input_shape, -bound)]
    found, _ = served(task, catalogue, *vectors)
    for scores, vector in zip(found, vectors, strict=True):
        assert np.array_equal(scores, vector @ catalogue.T)


def test_a_share_alone_is_uniform_and_both_are_the_vector() -> None:
    task, runs = ScoringTask(2, 4), 600
    vector = np.array([1, -2, 256, 0])
    _, transcript = served(task, np.ones((2, 4), dtype=int), *[vector] * runs)
    shares = {
        server: np.stack(
            [
                unpack(m.sample, shape=(4,), dtype=np.uint32)
                for m in transcript.messages
                if (m.receiver, m.kind) == (server, "share")
            ]
        )
        for server in SERVERS
    }
    for share in shares.values():
        assert stats.kstest(share.ravel() / 2**32, "uniform").pvalue > 1e-6
        assert len(np.unique(share)) > 4 * runs - 10
    assert ((shares[SERVERS[0]] + shares[SERVERS[1]]).view(np.int32) == vector).all()


def test_words_are_as_wide_as_the_largest_score() -> None:
    assert word(ScoringTask(1, 64)) is np.uint32
    assert word(ScoringTask(1, (1 << 31) // 256**2 - 1)) is np.uint32
    assert word(ScoringTask(1, (1 << 31) // 256**2)) is np.uint64
    assert word(ScoringTask(1, 1, bound=40_000)) is np.uint64


def test_servers_with_different_catalogues_are_refused() -> None:
    task = ScoringTask(2, 4)
    own = {SERVERS[0]: np.ones((2, 4), dtype=int), SERVERS[1]: np.zeros((2, 4), dtype=int)}
    with pytest.raises(IntegrityError, match="same catalogue"):
        Session(SmpcScoring(), task, own).publish(Channel())
    with pytest.raises(BoundaryError, match="exceeds the bound"):
        Session(SmpcScoring(), task, {SERVER: np.full((2, 4), 300)}).publish(Channel())


def test_servers_in_processes_of_their_own_have_two_ids() -> None:
    task = ScoringTask(3, 5)
    with Spawned() as places:
        found, _ = served(task, np.eye(3, 5, dtype=int), np.arange(5), transports={"server": places})
        assert len(set(places.pids)) == 2
    assert found[0].tolist() == [0, 1, 2]


@given(st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_products_wrap_around(seed: int) -> None:
    rng = np.random.default_rng(seed)
    catalogue = rng.integers(-(1 << 15) + 1, 1 << 15, (7, 33)).astype(np.int16)
    for dtype, bits, wide in ((np.uint32, 32, catalogue), (np.uint64, 64, catalogue.astype(np.int64))):
        share = rng.integers(0, 1 << bits, 33, dtype=dtype, endpoint=False)
        exact = catalogue.astype(object) @ share.astype(object) % (1 << bits)
        assert product(wide, share).tolist() == exact.tolist()
