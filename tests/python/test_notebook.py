"""`import veilbench`: the cells of the documentation, and frames that are the same for every workload."""

import ast
import json
import re

import pandas as pd
import pytest

import veilbench
from tests.support import ROOT
from tests.support.soaking import sized
from veilbench import COLUMNS

SMALL = {
    "fyp": {"items": 200, "dims": 8, "cohort": 20},
    "survey": {},
    "labeling": {"labelers": 8, "items": 6, "classes": 4},
    "federated": {
        "devices": 4,
        "rounds": 1,
        "sentences": 4,
        "words": 60,
        "width": 4,
        "pretrained": False,
        "minimum": 2,
    },
}


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def cells():
    text = (ROOT / "docs" / "notebook.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_ten_cells_of_the_notebook_run_as_they_stand(home):
    names, shown = {}, []
    assert len(cells()) == 10
    for cell in cells():
        lines = ast.parse(cell).body
        last = lines.pop() if isinstance(lines[-1], ast.Expr) else None
        exec(compile(ast.Module(lines, []), "cell", "exec"), names)
        shown.append(eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None)
    assert set(SMALL) <= set(shown[0])
    assert {"plain", "dp", "smpc", "he"} <= set(shown[1])
    truth = names["people"].answer.value_counts(normalize=True)
    answer = shown[4].set_index("label").loc[list(truth.index)]
    assert answer.truth.to_dict() == pytest.approx(truth.to_dict())
    assert answer.value.to_dict() == pytest.approx(truth.to_dict(), abs=0.1)  # a part of the rows
    off = shown[7]
    assert off.loc["plain"].iloc[0] == 0
    assert sorted(off.loc["dp"].index) == [0.5, 2.0, 8.0]
    assert shown[8].to_dict()["$schema"].startswith("https://vega.github.io/schema/vega-lite/")
    report = (home / "report.html").read_text(encoding="utf-8")
    assert "<html" in report
    assert "https://vega" not in report


@pytest.mark.parametrize("workload", sized(["fyp", "labeling"], sorted(SMALL)))
@pytest.mark.sized("docs")
def test_a_frame_is_tidy_and_the_same_for_every_workload(home, workload):
    made = veilbench.run(workload, stack="plain", **SMALL[workload])
    frame = made.to_frame()
    assert list(frame.columns) == list(COLUMNS)
    assert made.failure is None
    assert not frame.duplicated(["stack", "swept", "figure"]).any()
    assert {str(frame[name].dtype) for name in ("value", "low", "high", "n", "swept", "truth")} == {"float64"}
    figures = frame[~frame.figure.str.startswith("answer")].set_index("figure")
    for one in made.record["metrics"]:
        row = figures.loc[one["key"]]
        assert row.source == one["source"]
        assert (row.value == one["value"]) or (one["value"] is None and pd.isna(row.value) and row.note == one["note"])
    assert set(frame.source) <= {"measured", "declared", "estimated"}
    assert json.dumps(made.record, allow_nan=False)


def test_what_has_run_is_not_run_again_and_a_sweep_is_of_those_that_have_it(home, monkeypatch):
    settings = {"stacks": ["plain", "dp"], "sweep": {"epsilon": [8, 0.5]}, **SMALL["fyp"]}
    first = veilbench.compare("fyp", **settings)
    assert list(first.records) == ["plain", "dp at 0.5", "dp at 8"]
    swept = first.to_frame().groupby("stack").swept.unique()
    assert sorted(swept["dp"]) == [0.5, 8.0]
    monkeypatch.setattr("privacy.lab.run", lambda *a, **k: pytest.fail("it ran again"))
    again = veilbench.compare("fyp", **settings)
    pd.testing.assert_frame_equal(again.to_frame(), first.to_frame())
    assert again.csv("figures.csv").read_text(encoding="utf-8").startswith("comparison,cell,stack")
    assert "Cost" in again.charts()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: veilbench.run("nope"), "nope"),
        (lambda: veilbench.run("fyp", stack="nope"), "nope"),
        (lambda: veilbench.run("fyp", itms=3), "itms"),
        (lambda: veilbench.run("fyp", items=-1), "items"),
        (lambda: veilbench.run("survey", data="absent.csv"), "absent.csv"),
        (lambda: veilbench.compare("fyp", stacks="plain"), "list of names"),
        (lambda: veilbench.compare("fyp", stacks=[]), "no stack"),
        (lambda: veilbench.compare("fyp", stacks=["dp"], sweep={"epsilon": [1], "delta": [1]}), "one parameter"),
        (lambda: veilbench.compare("fyp", stacks=["plain"], sweep={"epsilon": [1]}), "epsilon"),
        (lambda: veilbench.run("fyp", **SMALL["fyp"]).chart("nope"), "nope"),
    ],
)
def test_what_cannot_be_is_one_sentence(home, call, words):
    with pytest.raises(veilbench.VeilbenchError) as caught:
        call()
    assert words in str(caught.value)
