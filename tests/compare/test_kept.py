"""What the version before kept on this device is found again: saved comparisons, and releases that were paid for."""

import hashlib
import json

import pytest

from privacy.compare.book import Comparisons
from privacy.jobs.book import JobBook
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services import releases
from tests.support.rounds import account, charges, first

REGISTRY = discover()


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    return tmp_path


def save_old(state, base: dict, stacks: list[str]) -> str:
    """A comparison as the version before kept it, under the name that it had then."""
    plan = {"base": base, "stacks": stacks, "sweep": "", "values": []}
    text = json.dumps(plan, sort_keys=True)
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    (state / "comparisons").mkdir(exist_ok=True)
    (state / "comparisons" / f"{name}.json").write_text(text)
    return name


FEED = {
    "stack": "plain", "workload": "fyp", "user": "chika", "params": {}, "seed": 3, "items": None, "dims": 32,
    "cohort": 40, "data": None, "mapping": None,
}  # fmt: skip
SURVEY = FEED | {"workload": "tally", "user": "ada", "items": 500, "options": {"devices": 60, "question": "mean"}}


def test_a_saved_comparison_of_feeds_opens_and_is_listed_once(state):
    name, jobs = save_old(state, FEED, ["plain", "local"]), Comparisons(JobBook())
    plan = jobs.plan(name, REGISTRY)
    assert plan.base.options == {"user": "chika", "items": 0, "dims": 32, "cohort": 40, "fetch": "private"}
    assert (plan.base.seed, plan.stacks) == (3, ("plain", "local"))
    assert jobs.ids() == [plan.id]
    jobs.save(plan)
    assert jobs.ids() == [plan.id]
    assert jobs.plan(plan.id, REGISTRY) == plan
    assert len(plan.cells(REGISTRY)) == 2


def test_a_saved_comparison_of_surveys_is_that_of_the_workload_as_it_is_called_now(state):
    name, jobs = save_old(state, SURVEY, ["plain", "he"]), Comparisons(JobBook())
    plan = jobs.plan(name, REGISTRY)
    assert plan.base.workload == "survey"
    found = plan.base.options
    assert (found["devices"], found["question"], found["items"]) == (60, "mean", 500)
    assert not {"user", "dims", "cohort"} & set(found)
    assert jobs.ids() == [plan.id]


def test_the_same_comparison_in_both_forms_is_one(state):
    jobs = Comparisons(JobBook())
    plan = jobs.plan(save_old(state, FEED, ["plain"]), REGISTRY)
    again = save_old(state, FEED, ["plain"])
    assert jobs.plan(again, REGISTRY) == plan
    assert jobs.ids() == [plan.id]


def test_a_release_that_was_paid_for_before_is_sent_again_and_not_charged_anew(state):
    request = RunRequest(stack="dp", params={"epsilon": 2.0})
    released, _ = first(request)
    assert charges(request) == 1
    (path,) = (state / "releases" / "demo").glob("*.json")
    # Named as the version before did: by user, data, the module's name then, parameters, period, day and taste.
    mine = account(request)
    stack = REGISTRY.stack("dp", {"epsilon": 2.0})
    settings = [
        "ada", released.data_hash, "backends.dp.mechanism", vars(stack.release_params), "day",
        str(releases.period_start(mine)),
    ]  # fmt: skip
    named = json.dumps(settings, sort_keys=True, default=str).encode() + mine.private
    name = hashlib.blake2b(named, key=(state / "device.key").read_bytes(), digest_size=20).hexdigest()
    assert path.stem == name
    assert first(request)[0].sent == released.sent
    assert charges(request) == 1
