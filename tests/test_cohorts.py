"""Cohorts of sums: drawn by the seed or by the system, and never fewer or other than what the noise counts on."""

import pytest

from privacy.boundary.party import Party
from privacy.cohorts import counted, drawn, sampling_of, silent
from privacy.errors import ParamError, ProtocolAborted
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.stacks import resolve


def test_a_cohort_follows_the_seed_unless_a_bound_rests_on_it() -> None:
    def one(seed: str, *, noised: bool = False) -> list[int]:
        return drawn(60, share=0.5, minimum=1, noised=noised, seed=seed)

    assert one("1") == one("1") != one("2")
    assert one("1", noised=True) != one("1", noised=True)
    assert drawn(4, share=1.0, minimum=4, noised=True, seed="") == [0, 1, 2, 3]
    with pytest.raises(ProtocolAborted):
        drawn(4, share=0.01, minimum=4, noised=False, seed="1")


def test_who_falls_silent_follows_the_seed() -> None:
    parties = [Party(f"contributor-{i}") for i in range(40)]
    found = silent(parties, share=0.5, rounds=3, seed=(1, 2))
    assert found == silent(parties, share=0.5, rounds=3, seed=(1, 2)) != silent(parties, share=0.5, rounds=3, seed=(2,))
    assert 5 < len(found) < 35
    assert set(found.values()) == {1, 2, 3}
    assert silent(parties, share=0.0, rounds=0, seed=(1,)) == {}


@pytest.mark.parametrize("workload", ["survey", "federated"])
def test_noise_that_counts_on_another_sampling_than_the_cohorts_is_refused(workload: str) -> None:
    request = RunRequest(workload=workload, stack="dp", params={"sampling": 0.1})
    stack = resolve(request, discover())
    assert sampling_of(stack) == 0.1
    with pytest.raises(ParamError):
        counted(stack, share=1.0, minimum=3, devices=100)
    with pytest.raises(ParamError):
        counted(stack, share=0.1, minimum=101, devices=100)
    found = counted(stack, share=0.1, minimum=3, devices=100, rounds=7).release_params
    assert (found.population, found.rounds) == (100, 7)  # type: ignore[attr-defined]
