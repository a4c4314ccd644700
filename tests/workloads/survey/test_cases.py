"""Files as people have them: the answer of each is what pandas or a count by hand says."""

import json
from pathlib import Path

import pandas as pd
import pytest

from privacy import lab
from privacy.cli import main
from privacy.errors import DataError, ParamError
from privacy.request import RunRequest
from tests.support import ROOT
from tests.support.soaking import in_soak

CASES = ROOT / "tests" / "cases" / "survey"

RIGHT = [
    ("f01_sorted_by_class", "survived", {"question": "mean"}, {"mean": 0.38197}),
    ("f01_sorted_by_class", "pclass", {}, {"1": 0.24675, "2": 0.21161, "3": 0.54163}),
    ("f02_zero_inflated", "loss", {"question": "mean", "devices": 1000}, {"mean": 4650.0}),
    ("f03_rare_event", "q", {"question": "mean"}, {"mean": 0.03}),
    ("f03_rare_event", "q", {"devices": 100}, {"0": 0.97, "1": 0.03}),
    ("f04_likert_skewed", "q", {"devices": 100}, {"1": 0.02, "2": 0.01, "3": 0.0, "4": 0.47, "5": 0.5}),
    ("f04_likert_skewed", "q", {"question": "mean"}, {"mean": 4.42}),
    ("f05_german_thousands", "Einwohner", {"question": "mean"}, {"mean": 28783.5}),
    ("f06_none_is_an_answer", "tool", {"values": "None|Python|R"}, {"None": 0.4, "Python": 0.35, "R": 0.25}),
    ("f07_answer_named_other", "c", {"bins": 3}, {"red": 0.3, "blue": 0.25, "other": 0.2, "everything else": 0.25}),
    ("f08_likert_as_floats", "q", {"values": "1|2|3|4|5"},
     {"1": 0.21667, "2": 0.1, "3": 0.26667, "4": 0.25, "5": 0.16667}),
    ("f14_select_all_that_apply", "lang", {"values": "Python|SQL|R|Java"},
     {"Python": 0.51, "SQL": 0.57, "R": 0.46, "Java": 0.39}),
    ("f14_select_all_that_apply", "lang", {}, {"Python": 0.51, "SQL": 0.57, "R": 0.46, "Java": 0.39}),
    ("f19_missing_code_minus99", "age", {"question": "mean", "missing": "-99"}, {"mean": 32.22222}),
    ("f25_ok", "age", {"question": "mean"}, {"mean": 41.16667}),
]  # fmt: skip


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))


def hold(path: Path | str, stack: str = "plain", seed: int = 0, params: dict | None = None, **options: object):
    """The first round, as pages show it."""
    from privacy.registry import discover

    wanted = RunRequest(
        workload="survey", stack=stack, seed=seed, data=str(path), params=params or {}, options={"minimum": 1} | options
    )
    return lab.first_round(wanted, discover())


def under(stack: str, case: tuple) -> object:
    """A case under a stack; of HE and of shares one of each kind of question, and the others in the soak."""
    few = ("f03_rare_event", "f14_select_all_that_apply")
    return (stack, *case) if stack == "plain" or case[0] in few else in_soak("conformance", stack, *case)


@pytest.mark.parametrize(
    ("stack", "name", "column", "options", "right"),
    [under(stack, case) for stack in ("plain", "smpc", "he") for case in RIGHT],
)
def test_the_answer_is_right_under_every_exact_stack(
    stack: str, name: str, column: str, options: dict, right: dict
) -> None:
    if stack == "smpc":
        found = hold(CASES / f"{name}.csv", stack, params={"scheme": "two servers"}, column=column, **options)
    else:
        found = hold(CASES / f"{name}.csv", stack, column=column, **options)
    answer = {k: v for k, v in found.answer.items() if k in right or v}
    assert answer == pytest.approx(right, abs=6e-6)
    assert found.exact == pytest.approx(found.answer, abs=1e-9)
    assert found.metric("answer_accuracy").value == pytest.approx(1.0)


def test_blank_cells_are_counted_wherever_they_stand() -> None:
    found = hold(CASES / "f20_blank_answers_at_the_end.csv", column="q", question="mean")
    assert any(note.startswith("6 cells hold no value") for note in found.notes)


def test_a_range_too_wide_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["run", "survey", "--data", str(CASES / "f25_ok.csv"), "--option", "column=age", "--option"]
    assert main([*command, "span=-1e308..1e308"]) == 2
    assert "too wide" in capsys.readouterr().err


# Who takes part


def test_a_sample_is_drawn_from_the_whole_file_and_said() -> None:
    path = CASES / "f01_sorted_by_class.csv"
    found = hold(path, column="pclass", devices=200)
    assert any(note.startswith("200 of 1,309 rows") for note in found.notes)
    assert all(value > 0.1 for value in found.answer.values())
    assert found.exact == pytest.approx({"1": 0.24675, "2": 0.21161, "3": 0.54163}, abs=1e-5)
    assert found.metric("error_sampling").value > 0
    assert found.answer == hold(path, column="pclass", devices=200).answer
    assert found.answer != hold(path, column="pclass", devices=200, seed=1).answer


def test_four_errors_add_up_to_the_whole() -> None:
    path = CASES / "f02_zero_inflated.csv"
    found = hold(path, "dp", column="loss", question="mean", span="0..100000", devices=500, params={"epsilon": 8.0})
    errors = [found.metric(f"error_{step}").value for step in ("sampling", "clipping", "binning", "noise")]
    assert sum(errors) == pytest.approx(found.answer["mean"] - found.exact["mean"], abs=1e-6)
    assert errors[1] < 0 < found.outside
    assert found.metric("clipped").value == found.outside


# What a column is


def table(tmp_path: Path, *cells: str, header: str = "c", sep: str = ",") -> Path:
    path = tmp_path / "own.csv"
    path.write_text(f"{header}{sep}row\n" + "".join(f"{c}{sep}{i}\n" for i, c in enumerate(cells)), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2", "3"], "whole number"), (["1.0", "2", '"1,0"'], "whole number"), (["1.5", "2"], "number"),
        (["01234", "12345"], "code"), (["12345678901234567890", "22345678901234567890"], "code"),
        (["Yes", "no", "YES"], "yes or no"), (["2024-01-31", "2024-02-01"], "date"),
        (["31.01.2024", "1.2.2024"], "date"), (["red", "blue"], "category"),
        (["a;b", "a", "b", "b;a", "c", "c;a", "a;b", "b;c"] * 2, "several answers"), (["45%", "3%"], "whole number"),
        (["$1,234.50", "$3"], "number"), (["1 234", "12 500"], "whole number"), (["Ulm, DE", "Bonn, DE"], "category"),
    ],
)  # fmt: skip
def test_a_columns_kind_is_found_from_all_of_its_cells(tmp_path: Path, cells: list[str], kind: str) -> None:
    quoted = [c if c.startswith('"') or "," not in c else f'"{c}"' for c in cells]
    assert hold(table(tmp_path, *quoted), column="c").kind == kind


def test_one_answer_has_one_form(tmp_path: Path) -> None:
    path = table(tmp_path, "1", "1.0", '"1,0"', "2", "3")
    assert hold(path, column="c").answer == pytest.approx({"1": 0.6, "2": 0.2, "3": 0.2})
    path = table(tmp_path, "Yes", "no", "YES", "yes", "No")
    assert hold(path, column="c", question="mean").answer == pytest.approx({"mean": 0.6})


def test_what_could_be_read_in_two_ways_is_a_question(tmp_path: Path) -> None:
    path = table(tmp_path, "1.234", "5.678", sep=";")
    with pytest.raises(DataError, match="decimal=point or decimal=comma"):
        hold(path, column="c", question="mean")
    assert hold(path, column="c", question="mean", decimal="point").answer["mean"] == pytest.approx(3.456)
    assert hold(path, column="c", question="mean", decimal="comma").answer["mean"] == pytest.approx(3456)
    with pytest.raises(DataError, match="month first"):
        hold(table(tmp_path, "03/04/2025", "05/05/2025"), column="c")
    dates = table(tmp_path, "03/04/2025", "05/05/2025")
    assert hold(dates, column="c", question="mean", kind="date").answer["mean"] == "2025-04-19"
    assert hold(dates, column="c", question="mean", kind="date, month first").answer["mean"] == "2025-04-04"


def test_own_edges_and_values_with_a_pipe(tmp_path: Path) -> None:
    path = table(tmp_path, "3", "17", "18", "40", "90")
    found = hold(path, column="c", edges="0,18,65,120")
    assert found.answer == pytest.approx({"0 to 17": 0.4, "18 to 64": 0.4, "65 to 119": 0.2})
    path = table(tmp_path, "a|b", "a|b", "c", "other")
    found = hold(path, column="c", values=r"a\|b|c|other")
    assert {k: v for k, v in found.answer.items() if v} == pytest.approx({"a|b": 0.5, "c": 0.25, "other": 0.25})


def test_answers_of_one_cell_are_capped_and_those_cut_are_counted(tmp_path: Path) -> None:
    path = table(tmp_path, *(["a;b;c", "a;b", "c", "a"] * 5))
    assert hold(path, column="c").answer == pytest.approx({"a": 0.75, "b": 0.5, "c": 0.5})
    capped = hold(path, column="c", answers=1)
    assert sum(capped.answer.values()) == pytest.approx(1.0)
    assert capped.outside == 10


@pytest.mark.parametrize(
    ("cells", "right"),
    [
        (["a"] * 12, {"a": 1.0, "everything else": 0.0}), (["5"] * 12, {"5": 1.0, "everything else": 0.0}),
        (["2024-01-01"] * 6, {"2024-01-01": 1.0}), (["1e14", "-3e14"], {"100000000000000": 0.5}),
        (['"a\nb"', '"a"', '"b\nc"', '"c"', '"c\na"', '"a\nb\nc"'] * 3, {"a": 4 / 6, "b": 3 / 6, "c": 4 / 6}),
        (['"12,34,567"', '"1,000"', '"5"'], {"1234567": 1 / 3}), (["(5)", "7"], {"-5": 0.5, "7": 0.5}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("question", ["histogram", "mean", in_soak("conformance", "heavy")])
def test_an_odd_column_is_answered_and_attacked(tmp_path: Path, cells: list[str], right: dict, question: str) -> None:
    from privacy.registry import discover

    options = {"column": "c", "question": question, "minimum": 1, "rounds": 2}
    wanted = RunRequest(workload="survey", data=str(table(tmp_path, *cells)), options=options)
    try:
        found = lab.first_round(wanted, discover())
    except DataError:
        assert question == "mean"
        return
    assert lab.attacks(wanted, discover()).metrics
    if question == "histogram":
        assert {k: v for k, v in found.answer.items() if k in right} == pytest.approx(right)


def test_a_message_about_strays_quotes_no_cell(tmp_path: Path) -> None:
    path = table(tmp_path, "1", "secret", "3")
    with pytest.raises(DataError, match="row 3 first") as refused:
        hold(path, column="c", question="mean")
    assert "secret" not in str(refused.value)


# The unit of privacy


def test_the_rows_of_a_person_are_one_device(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    frame = pd.DataFrame({"who": ["a", "a", "a", "b", "c", "c"], "spent": [10, 20, 30, 5, 7, 9]})
    frame.to_csv(path, index=False)
    found = hold(path, column="spent", question="mean", person="who", rows_each=3)
    assert (found.devices, found.population) == (3, 3)
    assert found.answer["mean"] == pytest.approx(frame.spent.mean(), abs=1e-6)
    capped = hold(path, column="spent", question="mean", person="who", rows_each=1)
    assert any(note.startswith("3 rows are left out") for note in capped.notes)
    noised = hold(path, "dp", column="spent", question="mean", person="who", rows_each=3, span="0..100")
    assert not any("protects one row" in note for note in noised.notes)
    alone = hold(path, "dp", column="spent", question="mean", span="0..100")
    assert any("protects one row" in note for note in alone.notes)


# The output


def test_the_answer_is_printed_with_its_labels_and_the_truth(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["run", "survey", "--data", str(CASES / "f04_likert_skewed.csv"), "--option", "column=q"]
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert [line.split()[1:] for line in printed.splitlines() if line.startswith("  answer:")][3] == [
        "4", "0.47", "truth", "0.47",
    ]  # fmt: skip
    assert main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["answer"][4] == {"label": "5", "value": 0.5, "low": 0.5, "high": 0.5, "truth": 0.5}


def test_a_noised_survey_needs_a_declared_range_or_finds_one(tmp_path: Path) -> None:
    path = table(tmp_path, *(str(20 + i % 50) for i in range(400)))
    with pytest.raises(ParamError, match="found in"):
        hold(path, "dp", column="c", question="mean")
    found = hold(path, "dp", column="c", question="mean", span="found in 0..1000", params={"epsilon": 4.0})
    assert found.answer["mean"] == pytest.approx(44.5, abs=8)
    assert any("found the range" in note for note in found.notes)
