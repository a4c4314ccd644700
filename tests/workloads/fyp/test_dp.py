"""The For-You-Page under `dp`: feed and attack climb together with epsilon, and both observers are told apart."""

from pathlib import Path

import pytest

from privacy import lab
from privacy.errors import VeilbenchError
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.results import Metric, RunRecord


@pytest.fixture(scope="module", autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VEILBENCH_HOME", str(tmp_path_factory.mktemp("home")))
        yield


def figure(record: RunRecord, key: str) -> Metric:
    metric = record.metric(key)
    assert metric is not None
    assert metric.value is not None
    return metric


@pytest.mark.soak("planted")
def test_epsilon_8_beats_a_half_in_feed_and_in_attack() -> None:
    records = {e: lab.run(RunRequest(stack="dp", params={"epsilon": e}, options={"cohort": 300})) for e in (0.5, 8.0)}
    for key in ("top10_overlap", "attribute_advantage"):
        small, large = (figure(records[e], key) for e in (0.5, 8.0))
        assert small.high is not None
        assert large.low is not None
        assert small.high < large.low, key


@pytest.mark.parametrize(
    ("how", "strength", "sent"),
    [
        ("private", "COMPUTATIONAL", [("query", "ciphertext")]),
        ("by id", "DIFFERENTIAL", [("query", "ciphertext"), ("indices", "randomised")]),
    ],
)
def test_each_step_says_what_protects_it(how: str, strength: str, sent: list[tuple[str, str]]) -> None:
    record = lab.run(RunRequest(stack="dp+he", options={"cohort": 20, "items": 120, "dims": 8, "fetch": how}))
    scoring, fetch = (record.steps[s].observer("server") for s in ("scoring", "lookup"))
    assert scoring is not None
    assert fetch is not None
    assert (scoring.strength.name, fetch.strength.name) == ("COMPUTATIONAL", strength)
    assert fetch.output is not None
    assert fetch.output.epsilon == 2.0
    exposures = {m.kind: m.exposure.value for m in record.transcript.messages if m.sender.name == "client"}
    assert exposures == dict(sent)
    assert record.as_dict()["steps"]["lookup"]["towards"][0]["output"]["model"] == "local"


@pytest.mark.parametrize("params", [{"epsilon": 0}, {"epsilon": "nan"}, {"mechanism": "float"}, {"delta": 0.5}])
def test_settings_out_of_bounds_are_refused(params: dict[str, object]) -> None:
    with pytest.raises(VeilbenchError, match=f"setting {next(iter(params))} is"):
        lab.run(RunRequest(stack="dp", params=params), registry=discover())


def test_one_release_serves_a_person_all_day(tmp_path: Path) -> None:
    request = RunRequest(stack="dp", params={"mechanism": "gaussian"}, options={"cohort": 20, "user": "bruno"})
    bodies = []
    for _ in range(2):
        record = lab.run(request)
        bodies.append([m.sample for m in record.transcript.messages if m.kind == "vector"])
    assert bodies[0] == bodies[1]
