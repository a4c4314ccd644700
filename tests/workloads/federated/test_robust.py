"""Malicious devices: rules that stand them, refusals by name, and stacks that cannot see them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy import lab
from privacy.boundary.channel import Channel
from privacy.errors import ParamError
from privacy.plugin import contributor
from privacy.registry import Registry
from privacy.request import RunRequest
from tests.support.soaking import sized
from workloads.federated.robust import rules
from workloads.federated.robust.poison import KINDS, poisoned

pytestmark = pytest.mark.usefixtures("home")

SMALL = {"devices": 10, "rounds": 4, "sentences": 8, "words": 150, "width": 16, "pretrained": False, "malicious": 0.2}


def history(registry: Registry, stack: str = "plain", **options: Any) -> list[dict[str, Any]]:
    """The table of rounds, which comes without the attacks of a whole run."""
    request = RunRequest(workload="federated", stack=stack, options=SMALL | options)
    case = lab.opened(request, registry)
    *_, last = case.workload.rounds(case.case, case.seats(registry, channel=Channel()))
    return list(last.history)  # type: ignore[attr-defined]


@given(st.integers(0, 2**32 - 1), st.integers(3, 12), st.integers(1, 40))
def test_rules_are_what_they_are_called(seed: int, count: int, length: int) -> None:
    updates = np.random.default_rng(seed).normal(size=(count, length)).astype(np.float32)
    bad = count // 4
    assert np.allclose(rules.median(updates, bad), np.median(updates, axis=0))
    ordered = np.sort(updates, axis=0)
    assert np.allclose(rules.trimmed(updates, bad), ordered[bad : count - bad].mean(axis=0), atol=1e-6)
    assert np.linalg.norm(rules.clip(updates, bad)) <= np.median(np.linalg.norm(updates, axis=1)) * (1 + 1e-5)
    far = updates.copy()
    far[:bad] = 1e6
    honest = updates[bad:].mean(axis=0)
    if count - bad - 2 >= 1 and bad < (count - 2) / 2:
        assert np.allclose(rules.krum(far, bad), honest, atol=1e-4)


@pytest.mark.sized("live")
def test_a_fifth_that_flips_signs_breaks_the_mean_and_no_robust_rule(registry: Registry) -> None:
    for rule in (rules.MEAN, *sized(("median",), rules.RULES)):
        rows = history(registry, rule=rule, rate=2.0)
        first, last, clean = rows[0]["nll"], rows[-1]["nll"], rows[-1]["clean"]
        assert clean < first
        if rule == rules.MEAN:
            assert last > rows[-2]["nll"] > first
        else:
            assert last < min(first, 1.05 * clean)


@pytest.mark.soak("live")
def test_the_model_of_the_page_diverges_under_the_mean_alone(registry: Registry) -> None:
    usual = {"devices": 20, "malicious": 0.2}
    for rule in (rules.MEAN, *rules.RULES):
        request = RunRequest(workload="federated", options=usual | {"rule": rule})
        case = lab.opened(request, registry)
        *_, last = case.workload.rounds(case.case, case.seats(registry, channel=Channel()))
        row = last.history[-1]  # type: ignore[attr-defined]
        assert (row["nll"] > 3 * row["clean"]) if rule == rules.MEAN else (row["nll"] < 1.05 * row["clean"])


@pytest.mark.parametrize("kind", ["nan", "oversize", "forged", "late"])
def test_what_is_no_update_is_refused_by_name_and_the_round_completes(registry: Registry, kind: str) -> None:
    (_, row) = history(registry, rounds=1, poison=kind)
    assert len(row["refused"]) == 2
    assert row["included"] == 8
    assert all(name.startswith("device ") and why for name, why in row["refused"].items())


@pytest.mark.parametrize("stack", ["plain", "smpc"])
def test_an_update_that_is_replayed_counts_once(registry: Registry, stack: str) -> None:
    (_, row) = history(registry, stack, rounds=1, poison="replayed")
    assert len(row["refused"]) == 2
    # Masked, the second copy costs its device its part; in the clear the first one stays.
    assert row["included"] in (8, 10)
    if row["included"] == 10:
        (_, clean) = history(registry, stack, rounds=1, poison="replayed", malicious=0.0)
        assert row["nll"] == clean["nll"]


@pytest.mark.parametrize("kind", ["forged", *sized((), ("late",))])
def test_hidden_updates_are_refused_by_name_where_their_envelope_fails(registry: Registry, kind: str) -> None:
    (_, row) = history(registry, "smpc", rounds=1, poison=kind)
    assert len(row["refused"]) == 2
    assert row["included"] == 8


def test_where_updates_are_hidden_nobody_stops_a_malicious_one_and_its_effect_is_measured(registry: Registry) -> None:
    (_, row) = history(registry, "smpc", rounds=1, poison="flip")
    assert row["refused"] == {}
    assert row["nll"] > row["clean"]


@pytest.mark.parametrize(
    ("stack", "options"),
    [
        ("smpc", {"rule": "median"}), ("he", {"rule": "krum"}), ("dp", {"rule": "clip"}), ("smpc", {"poison": "nan"}),
        ("plain", {"rule": "vote"}), ("plain", {"poison": "love"}),
    ],
)  # fmt: skip
def test_a_rule_that_needs_updates_is_refused_where_the_stack_hides_them(
    registry: Registry, stack: str, options: dict[str, Any]
) -> None:
    with pytest.raises(ParamError):
        lab.opened(RunRequest(workload="federated", stack=stack, options=SMALL | options), registry)


def test_a_flipped_update_is_ten_times_as_large_in_whatever_integers_it_came() -> None:
    update = np.array([5000, -5000, 3], dtype=np.int16)
    party = contributor(1)
    found = poisoned({party: update}, [party], kind="flip", bound=2**19)
    assert found.vectors[party].tolist() == [-50_000, 50_000, -30]


def test_every_kind_of_malice_is_tried_here() -> None:
    assert set(KINDS) == {"flip", "alie", "nan", "oversize", "forged", "replayed", "late"}
