"""Rounds of training under every stack: the same model where nothing is noised, and what an aggregator reads."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from privacy import lab
from privacy.errors import BudgetError, DataError, ParamError
from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.results import RunRecord
from privacy.services.releases import balance
from privacy.stores.cid import CID
from privacy.stores.opening import open_store
from tests.support.soaking import sized
from workloads.federated import plan
from workloads.federated.options import FederatedOptions
from workloads.federated.plan import read
from workloads.federated.round import in_steps
from workloads.federated.training.files import from_file

pytestmark = pytest.mark.usefixtures("home")

SMALL = {"devices": 10, "rounds": 2, "sentences": 8, "words": 150, "width": 16, "pretrained": False}

EXACT = sized(("plain", "smpc"), ("plain", "smpc", "he"))
NOISED = sized((), ("dp+smpc",))


def request(stack: str, **options: Any) -> RunRequest:
    return RunRequest(workload="federated", stack=stack, options=SMALL | options)


@pytest.fixture(scope="module")
def records(registry: Registry) -> dict[str, RunRecord]:
    return {stack: lab.run(request(stack), registry=registry) for stack in (*EXACT, *NOISED)}


def value(record: RunRecord, key: str) -> float:
    found = record.metric(key)
    assert found is not None
    assert found.value is not None
    return found.value


@pytest.mark.sized("live")
def test_every_exact_stack_makes_the_same_model(records: dict[str, RunRecord]) -> None:
    versions = {records[stack].settings["version"] for stack in EXACT}
    assert len(versions) == 1
    assert not {records[stack].settings["version"] for stack in NOISED} & versions
    plain = records["plain"]
    assert value(plain, "nll") < value(plain, "nll_before")
    assert plain.settings["history"][0]["nll"] == value(plain, "nll_before")
    assert len(plain.settings["history"]) == 3
    assert all(value(records[stack], "nll") > value(plain, "nll") for stack in NOISED)


@pytest.mark.sized("live")
def test_in_the_clear_every_word_is_read_and_hidden_updates_leave_the_union(records: dict[str, RunRecord]) -> None:
    plain = records["plain"]
    assert value(plain, "word_recovery_precision") == value(plain, "word_recovery_recall") == 1.0
    for stack in EXACT[1:]:
        assert value(records[stack], "word_recovery_precision") == pytest.approx(
            value(plain, "word_recovery_baseline"), abs=0.01
        )
        assert value(records[stack], "word_recovery_recall") == 1.0
    assert all(value(records[stack], "word_recovery_recall") < 1.0 for stack in NOISED)


@pytest.mark.sized("live")
def test_two_sums_whose_cohorts_differ_by_a_device_give_it_away_unless_they_are_noised(
    records: dict[str, RunRecord],
) -> None:
    for stack in EXACT:
        assert value(records[stack], "difference_precision") == value(records[stack], "difference_recall") == 1.0
    assert all(value(records[stack], "difference_recall") < 1.0 for stack in NOISED)


def test_a_version_is_in_the_store_and_is_what_the_next_round_begins_from(
    records: dict[str, RunRecord], registry: Registry
) -> None:
    with open_store(registry) as store:
        task, weights = from_file(b"".join(store.get(CID.parse(records["plain"].settings["version"]))))
    plan = read(request("plain"), _options(registry))
    assert task == plan.task
    with plan.team() as team:
        assert plan.measure(team, weights)[0] == pytest.approx(value(records["plain"], "nll"))


def test_a_run_that_was_cut_off_goes_on_after_its_last_version(registry: Registry) -> None:
    case = lab.opened(request("plain"), registry)
    rounds = list(case.workload.rounds(case.case, case.seats(registry, channel=_channel())))
    again = case.seats(registry, channel=_channel(), resume=rounds[0].state)
    (last,) = case.workload.rounds(case.case, again)
    assert last.version == rounds[1].version  # type: ignore[attr-defined]
    assert last.history[:2] == rounds[0].history  # type: ignore[attr-defined]


@pytest.mark.soak("live")
def test_dropouts_leave_the_others_in_the_sum(registry: Registry) -> None:
    record = lab.run(request("smpc", dropouts=0.2, rounds=1), registry=registry)
    assert record.failure is None
    assert value(record, "included") < SMALL["devices"]
    assert value(record, "nll") < value(record, "nll_before")


def test_a_budget_stops_a_training_before_the_round_that_would_exceed_it(registry: Registry) -> None:
    big = replace(request("dp", rounds=1), params={"epsilon": 64.0}, seed=9)
    lab.run(big, registry=registry)
    with pytest.raises(BudgetError):
        _ = [lab.run(big, registry=registry) for _ in range(2)]


def test_all_rounds_together_spend_what_the_noise_is_for(registry: Registry) -> None:
    once = replace(request("dp", rounds=1), params={"epsilon": 4.0}, seed=31)
    thrice = replace(request("dp", rounds=3), params={"epsilon": 4.0}, seed=32)
    spent = []
    for one in (once, thrice):
        lab.run(one, registry=registry)
        spent.append(_spent(lab.opened(one, registry).account))
    # Both are epsilon 4 for all that was released: more rounds have more noise each.
    assert spent[0] == pytest.approx(spent[1], rel=0.02)
    assert spent[0] == pytest.approx(4.0, rel=0.1)


@pytest.mark.parametrize("sampling", [0.5, 1.0])
def test_what_a_reader_of_the_model_learns_ends_at_the_epsilon_of_the_noise(
    registry: Registry, sampling: float
) -> None:
    sampled = {"epsilon": 3.0, "sampling": sampling}
    one = replace(request("dp", rounds=2, share=0.5, minimum=2), params=sampled, seed=41)
    case = lab.opened(one, registry)
    first, last = case.workload.rounds(case.case, case.seats(registry, channel=_channel()))
    assert first.history[-1]["epsilon"] < last.history[-1]["epsilon"]  # type: ignore[attr-defined]
    assert last.history[-1]["epsilon"] == pytest.approx(3.0, rel=1e-3)  # type: ignore[attr-defined]
    # How many took part is what the noise counts on, where it counts on a sample.
    counted = sampling == 1.0
    assert (last.history[-1]["included"] is not None) == counted  # type: ignore[attr-defined]
    assert (last.entry["facts"]["count"] is not None) == counted


def test_settings_that_contradict_each_other_are_refused(registry: Registry) -> None:
    with pytest.raises(ParamError):
        lab.run(request("plain", minimum=11), registry=registry)
    with pytest.raises(ParamError):
        lab.run(request("plain", rounds=0), registry=registry)


@pytest.mark.parametrize("entry", [np.nan, np.inf, 8.1, -9.0])
def test_an_honest_device_sends_no_update_that_ran_away(entry: float) -> None:
    with pytest.raises(DataError):
        in_steps(np.array([0.0, entry], dtype=np.float32), name="device 1")


def _options(registry: Registry) -> Any:
    from privacy.stacks import options_of

    return options_of(request("plain"), registry)


def _spent(account: Any) -> float:
    left = balance(account)
    return left.budget.epsilon - left.remaining


def _channel() -> Any:
    from privacy.boundary.channel import Channel

    return Channel()


def test_a_base_is_of_as_much_public_text_as_is_said_and_kept_by_it() -> None:
    few, many = (plan.read(RunRequest(workload="federated"), FederatedOptions(devices=2, public=n)) for n in (120, 240))
    assert few.found.public is not None
    assert many.found.public is not None
    assert (len(few.found.public), len(many.found.public)) == (120, 240)
    assert np.array_equal(few.found.public, many.found.public[:120])
    assert few.task == many.task  # the same words are known, however much the base is trained on
    assert plan._kept(few.task, 120) != plan._kept(many.task, 240)
