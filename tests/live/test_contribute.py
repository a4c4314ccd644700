"""`veilbench contribute`: what it shows, what it refuses, and how it ends."""

import argparse
import json
import threading

import numpy as np
import pytest

from privacy.commands import contribute
from privacy.errors import BudgetError, DataError, ParamError
from privacy.live.plan import Definition, plan
from privacy.live.words import over
from privacy.registry import discover
from privacy.services.ledger import persistent
from privacy.services.releases import BUDGETS
from tests.support.live_bench import OURS, kept_sum, place
from workloads.fyp.options import OWN
from workloads.survey.live import Question

AGE = Question("mean", "How old are you?", low=0, high=120).as_dict()


def options(*given: str, **more) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    contribute.declare(parser)
    return parser.parse_args([*given])


def call(where, *given: str) -> int:
    return contribute.call(options("--servers", where.url, "--fewest", "1", *given))


@pytest.fixture(autouse=True)
def _token(monkeypatch):
    monkeypatch.setenv("VEILBENCH_TOKEN", OURS)


def test_an_answer_is_put_in_after_all_was_shown(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with place(tmp_path, question=AGE, contributors=1, minimum=1) as where:
        assert call(where, "--value", "41", "--accept", "plain", "--json") == 0
        assert list(kept_sum(where)) == [41 - 60]
    out, shown = capsys.readouterr()
    assert json.loads(out)["in_sum"] is True
    for text in ("How old are you?", "under plain", "towards the aggregator: none", "the collector", "fewer than 1"):
        assert text in shown
    assert shown.index("reads every contribution") < shown.index("joined as")
    assert "your answer is in a sum of only 1 contribution" in shown


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (("--value", "nan", "--accept", "plain"), DataError, "NaN"),
        (("--value", "121", "--accept", "plain"), DataError, "not between"),
        (("--value", "41"), ParamError, "reads your answer itself"),
        (("--value", "41", "--accept", "smpc,he"), ParamError, "does not name"),
        ((), ParamError, "One answer"),
        (("--value", "41", "--vector", "x.npy"), ParamError, "One answer"),
        (("--vector", "absent.npy", "--accept", "plain"), DataError, "cannot be read"),
        (("--value", "41", "--token-file", "absent"), DataError, "no token"),
    ],
)  # fmt: skip
def test_nothing_leaves_the_device_that_should_not(tmp_path, monkeypatch, given, error, words):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with place(tmp_path, question=AGE, contributors=1, minimum=1) as where:
        with pytest.raises(error, match=words):
            call(where, *given)
        assert not where.now.members


def test_a_cohort_of_two_is_refused_unless_its_owner_wants_it(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with place(tmp_path, question=AGE, contributors=3, minimum=2) as where:
        given = ["--servers", where.url, "--value", "41", "--accept", "plain"]
        for more in ([], ["--fewest", "5"]):
            with pytest.raises(ParamError, match="release a sum of 2"):
                contribute.call(options(*given, *more))
        assert not where.now.members
    with pytest.raises(ParamError):
        contribute.check_cohort(2, fewest=3)
    contribute.check_cohort(3, fewest=3)


@pytest.mark.parametrize(("count", "known"), [(1, "that answer"), (2, "knows 1 of them"), (9, "knows 8"), (10, "10 c")])
def test_a_sum_of_few_says_of_how_few(count, known):
    assert known in over(count)
    assert str(count) in over(count)


def test_what_a_server_sends_to_a_terminal_is_plain(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    outcome = {"state": "aborted", "yours": False, "why": "\x1b[2J\x1b]0;mine\x07\x9b1m\r\nveilbench: all is well"}
    with place(tmp_path, question=AGE, contributors=1, minimum=1) as where:
        monkeypatch.setattr("privacy.live.client.Seat.take_part", lambda *_, **__: outcome)
        assert call(where, "--value", "41", "--accept", "plain") == 1
    shown = capsys.readouterr().err
    assert "all is well" in shown.splitlines()[-1]
    assert not any((ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 for c in shown)


def test_a_cohort_that_is_closed_is_told_in_a_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with place(tmp_path, question=AGE, contributors=1, minimum=1) as where:
        assert call(where, "--value", "41", "--accept", "plain") == 0
        where.result()
        assert call(where, "--value", "41", "--accept", "plain", "--json") == 1
        assert call(where, "--value", "41", "--accept", "plain", "--round", "9") == 1
    out, wording = capsys.readouterr()
    assert json.loads(out)["reason"] == "This cohort is closed; no further one is planned."
    assert "There is no live round '9'" in wording


def test_who_waits_is_in_the_next_cohort(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    monkeypatch.setattr(contribute, "PAUSE", 0.05)
    codes = []
    with place(tmp_path, question=AGE, contributors=1, minimum=1, count=2) as where:
        accept = ("--accept", "plain", "--wait")
        late = [threading.Thread(target=lambda: codes.append(call(where, "--value", "9", *accept))) for _ in range(2)]
        for one in late:
            one.start()
        for one in late:
            one.join()
        assert codes == [0, 0]
        assert [kept_sum(where, n).tolist() for n in (0, 1)] == [[9 - 60], [9 - 60]]


def test_a_server_that_is_down_is_told_in_a_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    given = options("--servers", "http://127.0.0.1:9", "--value", "1", "--patience", "0.1")
    assert contribute.call(given) == 1
    assert "cannot be reached" in capsys.readouterr().err


def test_answers_are_read_from_files(tmp_path):
    np.save(tmp_path / "v.npy", np.array([1.5, 2.0]))
    (tmp_path / "v.csv").write_text("1.5,2.0\n3,4\n")
    (tmp_path / "people.csv").write_text("name,age\nada,36\nbob,41\n")

    def read(*given):
        return contribute.read_value(options("--servers", "x", *given))

    assert list(read("--vector", str(tmp_path / "v.npy"))) == [1.5, 2.0]
    assert list(read("--vector", str(tmp_path / "v.csv"))) == [1.5, 2.0, 3.0, 4.0]
    people = ("--data", str(tmp_path / "people.csv"))
    assert read(*people, "--column", "age", "--row", "2") == "41"
    for wrong in (("--column", "height"), ("--column", "age", "--row", "3"), ("--column", "age", "--row", "0")):
        with pytest.raises(DataError):
            read(*people, *wrong)
    (tmp_path / "v.csv").write_text("1.5,secret\n")
    np.save(tmp_path / "o.npy", np.array([{}], dtype=object), allow_pickle=True)
    for name in ("v.csv", "o.npy"):
        with pytest.raises(DataError) as refused:
            read("--vector", str(tmp_path / name))
        assert "secret" not in str(refused.value)


def test_a_noised_sum_is_charged_to_the_persons_own_budget_until_it_is_spent(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    registry = discover()
    plain = plan(Definition(AGE, "smpc", {}, contributors=10), registry, joined=10)
    noised = plan(Definition(AGE, "dp", {"epsilon": 6.0, "clip": 200.0}, contributors=10), registry, joined=10)
    contribute.charge(plain)
    assert persistent().lifetime(OWN).epsilon == 0
    for _ in range(4):
        contribute.charge(noised)
    with pytest.raises(BudgetError):
        contribute.charge(noised)
    spent = persistent().balance(OWN, budget=BUDGETS["own"]).spent
    assert spent.charges == 4
    assert 0 < spent.converted <= BUDGETS["own"].epsilon
