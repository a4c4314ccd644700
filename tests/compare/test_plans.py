"""Plans of comparisons: cells and sweeps, what cannot run, and which plans are the same."""

import json
from pathlib import Path

import pytest

from privacy import lab
from privacy.compare.plan import Plan, parse_sweep
from privacy.compare.run import run_plan
from privacy.errors import ParamError, UnknownNameError
from privacy.registry import discover
from tests.support.compare_runs import furnished, plan


@pytest.fixture(autouse=True)
def state(tmp_path: Path, features: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    return furnished(tmp_path, features)


def test_a_sweep_runs_each_value_of_the_stacks_that_have_it_and_the_others_once() -> None:
    cells = plan("plain", "noise", "noise+he", sweep="epsilon", values=(0.5, 8.0)).cells(discover())
    assert [(c.request.stack, c.swept) for c in cells] == [
        ("plain", None), ("noise", 0.5), ("noise", 8.0), ("noise+he", 0.5), ("noise+he", 8.0),
    ]  # fmt: skip
    assert [c.label for c in cells][:2] == ["plain", "noise at 0.5"]
    assert [c.request.params for c in cells][:2] == [{}, {"epsilon": 0.5}]


def test_a_parameter_goes_to_the_stacks_that_have_it() -> None:
    cells = plan("plain", "he", "noise", params={"preset": "fast", "epsilon": "1"}).cells(discover())
    assert [c.request.params for c in cells] == [{}, {"preset": "fast"}, {"epsilon": 1.0}]


@pytest.mark.parametrize(
    ("wrong", "error", "names"),
    [
        (plan(), ParamError, "no stack"),
        (plan("plain", "plain"), ParamError, "twice"),
        (plan("plain", "nosie"), UnknownNameError, "noise"),
        (plan("noise", sweep="epsilom", values=(1.0,)), UnknownNameError, "epsilon"),
        (plan("plain", sweep="epsilon", values=(1.0,)), UnknownNameError, "epsilon"),
        (plan("noise", sweep="epsilon"), ParamError, "at least one value"),
        (plan("noise", sweep="epsilon", values=(1.0, 1000.0)), ParamError, "between"),
        (plan("noise", sweep="epsilon", values=tuple(1 + i / 100 for i in range(65))), ParamError, "65 runs"),
        (plan("noise", params={"preset": "fast"}), UnknownNameError, "preset"),
    ],
)
def test_a_plan_that_cannot_run_is_refused_before_anything_runs(
    wrong: Plan, error: type[Exception], names: str, ran: list[str]
) -> None:
    with pytest.raises(error, match=names):
        run_plan(wrong, discover(), lab.quiet)
    assert ran == []


def test_a_sweep_is_read_in_order_and_once() -> None:
    assert parse_sweep("epsilon=8,0.5,2,2.0") == ("epsilon", (0.5, 2.0, 8.0))
    for text in ("epsilon", "epsilon=", "=1", "epsilon=1,x", "epsilon=nan", "epsilon=1,,2"):
        with pytest.raises(ParamError, match="not a sweep"):
            parse_sweep(text)


def test_the_same_plan_is_the_same_comparison_and_another_is_not() -> None:
    one = plan("plain", "local")
    assert one.id == plan("plain", "local").id
    assert Plan.from_dict(json.loads(json.dumps(one.as_dict())), discover()) == one
    others = [plan("local", "plain"), plan("plain"), plan("plain", "local", seed=1)]
    assert len({one.id, *(o.id for o in others)}) == 4
