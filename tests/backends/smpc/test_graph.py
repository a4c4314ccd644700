"""The graph: its shape, and its failure probabilities against simulation."""

import random

import pytest

from backends.smpc import graph
from backends.smpc.graph import MOST_EXPOSED, MOST_STUCK, Graph, Plan, plan
from privacy.plugin import ParamError


@pytest.mark.parametrize(("n", "threshold"), [(2, 2), (3, 2), (10, 7), (50, 34), (99, 66)])
def test_below_a_hundred_everyone_shares_with_everyone(n, threshold):
    made = plan(n=n)
    assert made.complete
    assert made.threshold == made.stay == made.quorum == threshold
    assert made.colluding == threshold - 1


@pytest.mark.parametrize("n", [100, 120, 200, 1000, 20_000])
def test_above_there_are_few_neighbours_and_both_limits_hold(n):
    made = plan(n=n)
    assert not made.complete
    assert made.neighbours < n / 2
    assert made.exposed + made.split <= MOST_EXPOSED
    assert made.stuck <= MOST_STUCK
    # With two neighbours fewer a limit is broken.
    assert not graph.sparse(n=n, neighbours=made.neighbours - 2).fails_safe


@pytest.mark.parametrize("n", [3, 50, 99, 100, 777])
def test_two_sets_of_survivors_never_both_find_a_quorum(n):
    made = plan(n=n)
    colluding = made.colluding if not made.complete else 2 * made.quorum - n - 1
    # Those who collude sign both; of the others each signs one.
    assert 2 * made.quorum > (n - colluding) + 2 * colluding
    assert made.quorum <= made.stay


def test_too_few_neighbours_are_refused_with_their_probability():
    with pytest.raises(ParamError, match="12 neighbours of 50, a run may fail"):
        plan(n=50, neighbours=12)
    with pytest.raises(ParamError, match="choose 0, for 62 neighbours"):
        plan(n=200, neighbours=30)
    assert plan(n=200, neighbours=99).neighbours == 100
    assert plan(n=50, neighbours=60).complete
    with pytest.raises(ParamError, match="at least two"):
        plan(n=1)


def neighbourhoods(shape: Plan, *, seed: bytes) -> dict[int, tuple[int, ...]]:
    drawn = Graph(shape, seed=seed)
    return {i: drawn[i] for i in range(1, shape.contributors + 1)}


def test_in_a_complete_graph_everyone_else_is_a_neighbour():
    assert neighbourhoods(plan(n=4), seed=b"") == {1: (2, 3, 4), 2: (1, 3, 4), 3: (1, 2, 4), 4: (1, 2, 3)}


@pytest.mark.parametrize(("n", "k"), [(30, 6), (31, 8), (120, 46)])
def test_neighbourhoods_are_mutual_and_of_one_size(n, k):
    around = neighbourhoods(graph.sparse(n=n, neighbours=k), seed=b"seed")
    assert all(len(set(own)) == k and i not in own for i, own in around.items())
    assert all(i in around[j] for i, own in around.items() for j in own)
    assert around != neighbourhoods(graph.sparse(n=n, neighbours=k), seed=b"other")


def _stuck(around: dict[int, tuple[int, ...]], threshold: int, gone: set[int]) -> bool:
    return any(sum(j not in gone for j in own) < threshold for own in around.values())


def test_the_chance_of_being_stuck_is_that_of_simulation():
    # The rule of thumb that this replaces: 12 neighbours, 7 shares, 10 of 50 dropping out.
    n, k, t, dropping, runs = 50, 12, 7, 10, 3000
    rng = random.Random(20_171_030)
    shape = Plan(n, k, t, n - dropping, n, 0)
    failed = sum(
        _stuck(neighbourhoods(shape, seed=rng.randbytes(8)), t, set(rng.sample(range(1, n + 1), dropping)))
        for _ in range(runs)
    )
    bound = graph.sticking(n=n, neighbours=k, threshold=t, dropping=dropping)
    assert 0.1 < failed / runs < bound
    # The union bound counts expected failures: neighbourhoods that share members fail together.
    assert bound < 4 * failed / runs


def test_the_tail_of_one_neighbourhood_is_that_of_simulation():
    n, k, t, dropping, runs = 40, 10, 6, 8, 40_000
    rng = random.Random(20_200_901)
    failed = sum(sum(j < dropping for j in rng.sample(range(n - 1), k)) > k - t for _ in range(runs))
    expected = graph.sticking(n=n, neighbours=k, threshold=t, dropping=dropping) / n
    # Five standard deviations.
    assert abs(failed / runs - expected) < 5 * (expected / runs) ** 0.5


def _falls_apart(n: int, half: int, gone: set[int]) -> bool:
    left = [i for i in range(n) if i not in gone]
    steps = [(b - a) % n for a, b in zip(left, left[1:] + left[:1], strict=True)]
    return sum(step > half for step in steps) >= 2


def test_the_chance_of_falling_apart_is_that_of_simulation():
    n, k, lost, runs = 24, 4, 9, 20_000
    rng = random.Random(20_210_101)
    failed = sum(_falls_apart(n, k // 2, set(rng.sample(range(n), lost))) for _ in range(runs))
    bound = graph.splitting(n=n, neighbours=k, lost=lost)
    assert 0.05 < failed / runs < bound
    assert graph.splitting(n=n, neighbours=k, lost=3) == 0.0


@pytest.mark.parametrize(("probability", "text"), [(0.0, "0"), (2.0**-40, "2^-40"), (0.95e-12, "2^-39"), (0.17, "17%")])
def test_probabilities_read_as_text_and_never_too_small(probability, text):
    assert graph.chance(probability) == text
