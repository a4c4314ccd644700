"""Servers whose work splits: in pieces they answer with the very bytes of the whole."""

import numpy as np
import pytest

from backends.he.plugin import HeParams
from backends.he.scoring.mechanism import HeScoring
from backends.smpc.scoring.mechanism import SmpcScoring
from privacy.plugin import SERVER, Party, Wire, WireError
from privacy.primitives.shards import cuts
from tests.support.shards import Here, Round, replace_sender

FIRST = Party("server", 1)
CASES = {
    "fast, one item over two blocks": lambda: Round(HeScoring(HeParams(preset="fast")), items=4093, dims=33),
    "fast, one item": lambda: Round(HeScoring(HeParams(preset="fast")), items=1, dims=5),
    "exact, odd": lambda: Round(HeScoring(), items=9001, dims=17),
    "shares": lambda: Round(SmpcScoring(), items=1003, dims=31, party=FIRST),
    "shares, a batch": lambda: Round(SmpcScoring(), items=7, dims=3, batch=5, party=FIRST),
}


@pytest.fixture(scope="module", params=CASES)
def case(request) -> Round:
    return CASES[request.param]()


@pytest.mark.parametrize("shards", [1, 2, 3, 50])
def test_answers_in_pieces_are_those_of_the_whole(case: Round, shards: int) -> None:
    role = case.sharded(Here(shards))
    for seed in range(2):
        query = case.query(seed)
        assert role.answer(query) == case.whole.answer(query)


def test_scores_of_three_shards_are_right() -> None:
    case = CASES["exact, odd"]()
    answer = case.sharded(Here(3)).answer(case.query(5))
    case.client.step(2, [])
    done = case.client.step(3, [replace_sender(answer, SERVER)])
    assert np.array_equal(np.rint(done.output), case.scores(5))


def test_a_malformed_query_reaches_no_piece(case: Round) -> None:
    role, query = case.sharded(Here(2)), case.query(1)
    with pytest.raises(WireError):
        role.answer(Wire(query.to, query.kind, query.exposure, query.body[:-1], query.sender))


@pytest.mark.parametrize(("total", "count"), [(1, 1), (1, 9), (10, 3), (7, 7)])
def test_cuts_make_up_the_whole(total: int, count: int) -> None:
    found = cuts(total, count)
    assert [i for start, stop in found for i in range(start, stop)] == list(range(total))
    assert len(found) == min(total, count)
    assert all(start < stop for start, stop in found)
