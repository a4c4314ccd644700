"""What stands between words: of one body, of two, of the values of a polynomial; and the other parameters to try."""

import secrets
from dataclasses import dataclass

import numpy as np
import pytest

from privacy.attacks.word_relations import BETWEEN, INSIDE, LAGS, between, inside
from privacy.params import param
from privacy.shared_secret import SharedSecret, value_at
from privacy.testing import case_for
from privacy.testing.case import Case
from privacy.testing.checks.algebra import _fault
from privacy.testing.drawing import Draws, drawing
from privacy.testing.other_params import other_params
from tests.support.planted_queries import Shared

HEADER = b"a header of some"


@pytest.mark.parametrize("lag", [1, 16, 32])
def test_a_mask_that_comes_again_at_a_lag_leaves_its_mark_at_that_lag_alone(lag: int) -> None:
    plain = np.arange(64, dtype=np.uint64)
    found = []
    for _ in range(2):
        mask = np.resize(np.frombuffer(secrets.token_bytes(8 * lag), dtype="<u8"), 64)
        found.append(inside(HEADER + (plain + mask).tobytes()))
    assert found[0].shape == (INSIDE,)
    lagged = np.stack(found)[:, -2 * len(LAGS) * 24 :].reshape(2, 2, len(LAGS), 24)[:, 0]
    same = [bool(np.array_equal(lagged[0, i], lagged[1, i])) for i in range(len(LAGS))]
    assert same == [step % lag == 0 for step in LAGS]


def test_two_bodies_under_one_pad_show_their_difference() -> None:
    values = np.array([5, -7, 100, 0], dtype=np.int64)
    found = []
    for _ in range(2):
        pad = np.frombuffer(secrets.token_bytes(32), dtype="<i8")
        with np.errstate(over="ignore"):
            found.append(between(pad.tobytes(), (pad + values).tobytes()))
    assert found[0].shape == (BETWEEN,)
    place = 1 + 2 * 40
    assert np.array_equal(found[0][place : place + 4], found[1][place : place + 4])
    assert found[0][place : place + 4] == pytest.approx(-np.sign(values) * np.log1p(np.abs(values)))


def test_bodies_that_are_empty_or_short_have_the_same_length_of_features() -> None:
    assert {len(inside(b"x" * n)) for n in (0, 1, 3, 4, 9, 300, 40_000)} == {INSIDE}
    assert {len(between(b"x" * n, b"y" * m)) for n, m in ((0, 0), (0, 9), (3, 8), (70_000, 70_000))} == {BETWEEN}


@pytest.mark.parametrize(("degree", "fault"), [(3, False), (2, True), (1, True), (4, True)])
def test_a_degree_other_than_the_threshold_needs_is_found(degree: int, fault: bool) -> None:
    prime = 2**61 - 1
    terms = [secrets.randbelow(prime - 1) + 1 for _ in range(degree + 1)]
    shares = {x: sum(t * x**i for i, t in enumerate(terms)) % prime for x in range(1, 9)}
    assert bool(_fault(SharedSecret("somebody's secret", shares, 4, prime))) is fault
    assert value_at(0, shares, prime=prime) == terms[0]


@dataclass(frozen=True)
class Settings:
    """One of each kind."""

    on: bool = param(True, help="A switch.")
    way: str = param("a", help="A choice.", choices=("a", "b", "c"), primitives=("scoring",))
    size: int = param(4, help="A number.", low=1, high=9)
    other: bool = param(False, help="Of another primitive.", primitives=("lookup",))


def test_every_choice_is_tried_and_the_ends_of_numbers_and_pairs_where_all_is() -> None:
    few = [name for name, _ in other_params(Settings(), "scoring", ends=False)]
    assert few == ["on=False", "way=b", "way=c"]
    every = dict(other_params(Settings(), "scoring"))
    assert list(every) == [*few, "size=1", "size=9", "on=False, way=b", "on=False, way=c"]
    assert every["size=9"] == Settings(size=9)
    assert every["on=False, way=c"] == Settings(on=False, way="c")


def test_servers_who_may_collude_up_to_a_number_stand_together(monkeypatch: pytest.MonkeyPatch) -> None:
    case: Case = case_for("lookup")
    assert case.coalitions(Shared()) == []

    class Three(Shared):
        servers = 3

        def guarantee(self, task):
            from dataclasses import replace

            first = super().guarantee(task).towards[0]
            rows = (replace(first, observer=f"server-{i}", collusion=3) for i in (1, 2, 3))
            return replace(super().guarantee(task), towards=tuple(rows))

    together = [sorted(p.name for p in members) for members in case.coalitions(Three())]
    assert together == [["server-1", "server-2"], ["server-1", "server-3"], ["server-2", "server-3"]]


def test_draws_of_roles_alone_are_counted_and_once() -> None:
    with drawing(Draws()) as drawn:
        secrets.token_bytes(40)
        with drawn.act():
            secrets.token_bytes(16)
            secrets.randbits(64)
    assert [len(value) for value in drawn.made] == [16, 8]


def test_a_tape_is_drawn_from_again_but_for_the_byte_that_is_changed() -> None:
    found = []
    for change in (-1, -1, 19):
        with drawing(Draws(tape="one", change=change)) as drawn, drawn.act():
            found.append(secrets.token_bytes(16) + secrets.token_bytes(8))
    assert found[0] == found[1]
    assert [i for i, (a, b) in enumerate(zip(found[0], found[2], strict=True)) if a != b] == [19]
