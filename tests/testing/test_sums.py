"""The conformance kit on aggregations: one without a bug, and each planted bug caught by the check meant for it."""

from typing import Any

import numpy as np
import pytest

from privacy.guarantees import Guarantee
from privacy.plugin import COLLECTOR, AggregationTask, Sum, contributor
from privacy.registry import load_file
from privacy.testing import CHECKS, Bench, CheckResult, case_for
from privacy.testing.aggregation import sum_case
from privacy.testing.game import FALSE_ALARMS, family_level, observers
from privacy.testing.kit import run_check
from tests.support import TESTS
from tests.support import planted_sum_bugs as bugs

# As a plugin's file, so that a spawned process finds it too.
toy = load_file(TESTS / "support" / "planted_sums.py")

CASE = case_for("aggregation")
LEVEL = family_level(games=6)


def found(check: str, mechanism: Any, *, plays: int = 72) -> CheckResult:
    return run_check(check, Bench(mechanism, CASE, plays=plays, alpha=LEVEL, seed=3, patience=5))


@pytest.mark.parametrize(
    "check", sorted(set(CHECKS) - {"algebra", "batch", "charged", "entropy", "memoised", "variants"})
)
def test_an_aggregation_without_a_bug_passes(check: str) -> None:
    result = found(check, toy.Pads(), plays=36)
    # Few plays, for a test's sake: a game that is not lost has not yet shown anything.
    assert result.passed is True or (check in ("game", "linked") and result.outcome == "too few to tell"), result.detail


SLOW = {"game", "isolation", "malformed", "device", "linked"}
EVERY_OUTPUT = {"error", "bad-input", "dropouts", "envelope", "malformed"}
BUGS: dict[str, tuple[dict[str, Any], set[str], str]] = {
    "pads reused across runs": (
        {"collector_key": bugs.session_key}, {"game", "fresh", "linked"}, "aggregator: advantage 1.00"
    ),
    "16-bit masks": (
        {"contributor_mask": bugs.short, "collector_mask": bugs.short}, {"game"}, "aggregator: advantage"
    ),
    "plaintext in a header": (
        {"contributor_padded": bugs.headed, "aggregator_read": bugs.beheaded}, {"game"}, "aggregator: advantage 1.00"
    ),
    "a copy for a contributor": (
        {"contributor_send": bugs.telling(contributor(1))}, {"game", "fresh"},
        "aggregator with 2 of 8 contributors: advantage 1.00",
    ),
    "a copy for the collector": (
        {"contributor_send": bugs.telling(COLLECTOR)}, {"game", "fresh"}, "collector: advantage 1.00"
    ),
    "the key shipped": (
        {"collector_handed": lambda s, p: s.seed(p) + s.seat.keys.get("pads"),
         "contributor_seed_of": lambda s, body: toy.Padder.seed_of(s, body[:-32])},
        {"keys"}, "of collector is in a wire to contributor-1",
    ),
    "a hard-coded key": ({"collector_key": lambda s: b"veilbench" * 4}, {"keys", "fresh"}, "hold the same keys"),
    "a seed for a key": ({"collector_key": lambda s: np.random.bytes(32)}, {"fresh"}, "24 of 48 bodies were seen"),
    "a dropout ignored": (
        {"aggregator_roll": lambda s: tuple(range(1, 9))}, EVERY_OUTPUT - {"error"}, "from what it says is in it"
    ),
    "the threshold ignored": (
        {"threshold": lambda s, t: 1, "aggregator_needed": lambda s: 1}, {"dropouts"}, "an output of 1 contributions"
    ),
    "the minimum cohort ignored": (
        {"aggregator_needed": lambda s: 1}, {"dropouts"}, "an output of 2 contributions, 3 are needed"
    ),
    "dropouts never survived": ({"aggregator_needed": lambda s: 8}, EVERY_OUTPUT - {"error", "malformed"}, "aborted ("),
    "sent before it was checked": ({"contributor_step": bugs.hasty}, {"bad-input"}, "refused after 1 wires had left"),
    "a length that tells": (
        {"contributor_padded": bugs.tailed, "aggregator_read": bugs.docked}, {"length"},
        "different sequences of wires",
    ),
    "bodies taken as they come": (
        {"aggregator_read": bugs.resizing}, {"malformed"}, "padded from contributor-1, empty"
    ),
    "a silent refusal": ({"aggregator_refuse": bugs.silent}, {"malformed"}, "contributor-1 left out without a word"),
    "a crash at one body": (
        {"aggregator_refuse": lambda s, p, reason: 1 / 0}, {"malformed"}, "raised ZeroDivisionError"
    ),
    "off by one": (
        {"collector_opened": lambda s, t: toy.PadHolder.opened(s, t) + 1}, EVERY_OUTPUT, "largest difference 1 "
    ),
    "keys kept": ({"collector_forget": lambda s: None}, {"envelope"}, "collector still holds keys"),
    "nothing said of the collector": (
        {"guarantee": lambda s, t: Guarantee.nothing_sent(towards="aggregator", statement="It gets nothing.")},
        {"guarantee"}, "nothing is said of collector",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "check", sorted({check for _, checks, _ in BUGS.values() if len(checks) == 1 for check in checks})
)
def test_a_bug_of_each_property_is_caught(check: str) -> None:
    parts, words = next((parts, words) for parts, checks, words in BUGS.values() if checks == {check})
    result = found(check, bugs.planted(**parts))
    assert result.passed is False
    assert words in result.detail


@pytest.mark.soak("planted")
@pytest.mark.parametrize("bug", BUGS)
def test_planted_bug_is_caught_by_the_check_meant_for_it_and_by_no_other(bug: str) -> None:
    parts, checks, words = BUGS[bug]
    mechanism = bugs.planted(**parts)
    results = [found(check, mechanism) for check in CHECKS if check not in SLOW - checks]
    failed = {r.id: r.detail for r in results if r.passed is False}
    assert set(failed) == checks
    assert words in " ".join(failed.values())


@pytest.mark.soak("planted")
def test_what_leaks_only_when_somebody_falls_silent_is_found() -> None:
    result = found("game", toy.Asking(), plays=80)
    lines = {line.split(":")[0]: line for line in result.detail.split("; ")}
    assert result.passed is False
    assert "advantage 1.00" in lines["aggregator, one party silent"]
    assert "0.00 admitted" in lines["aggregator"]
    assert "advantage 1.00" not in lines["aggregator"]


@pytest.mark.soak("planted")
def test_a_stash_is_caught_by_isolation_alone() -> None:
    stashing = toy.Stashing()
    assert [found(check, stashing).passed for check in ("error", "length", "fresh", "keys")] == [True] * 4
    assert found("game", stashing, plays=24).passed is not False
    result = found("isolation", stashing)
    assert (result.passed, result.detail) == (False, "0 of 3 outputs right with 2 spawned parties")


def test_an_honest_contributor_left_out_is_an_error() -> None:
    def all_but_the_first(self: Any, wire: Any) -> None:
        if wire.sender != contributor(1):
            toy.Adder.take(self, wire)

    result = found("error", bugs.planted(aggregator_take=all_but_the_first))
    assert result.passed is False
    assert "contributor-1 left out though nobody fell silent" in result.detail


def test_the_two_inputs_of_the_game_look_alike_to_whoever_may_look() -> None:
    assert not np.array_equal(CASE.x0, CASE.x1)
    assert np.array_equal(CASE.reference(CASE.x0), CASE.reference(CASE.x1))
    coalitions = CASE.coalitions(toy.Pads())
    corrupted = {p for coalition in coalitions for p in coalition if p in CASE.holders}
    assert len(corrupted) == toy.Pads().threshold(CASE.task) - 1
    for party in corrupted:
        assert np.array_equal(CASE.given(CASE.x0)[party], CASE.given(CASE.x1)[party])


@pytest.mark.parametrize("threshold", [1, 2, 6, 8])
def test_two_contributors_of_a_coalition_always_stay_honest(threshold: int) -> None:
    coalitions = CASE.coalitions(bugs.planted(threshold=lambda s, t: threshold))
    most = min(threshold - 1, 6)
    sizes = [1 + most, most, *range(most, 1, -1)] if most else []
    assert [len(c) for c in coalitions] == sizes


def test_every_game_counts_towards_the_false_alarms_of_a_suite() -> None:
    names = [o.name for o in observers(toy.Pads(), CASE)]
    alone = ["aggregator", "collector", "aggregator with 2 of 8 contributors", "2 of 8 contributors"]
    lesser = ["aggregator with 1 of 8 contributors"]
    assert names == alone + lesser + [f"{name}, one party silent" for name in alone]
    assert 2 * len(names) * family_level(games=len(names)) == pytest.approx(FALSE_ALARMS)


def test_a_sum_is_judged_by_who_is_in_it() -> None:
    case = sum_case(AggregationTask(contributors=4, length=3, bound=50, minimum=2, weights=(1, 2, 1, 1)))
    some = Sum(case.x0[0] + 2 * case.x0[1], (1, 2), {"contributor-4": "it came late"})
    assert case.distance(some, case.x0) == 0
    assert case.distance(some._replace(included=(1, 3)), case.x0) > 0
    assert case.left_out(some) == {contributor(3), contributor(4)}
    assert case.refused(some) == {contributor(4)}
    for bad in (some._replace(included=(2, 1)), some._replace(included=(1, 9)), some._replace(total=[0.5] * 3), 7):
        assert case.distance(bad, case.x0) == float("inf")
