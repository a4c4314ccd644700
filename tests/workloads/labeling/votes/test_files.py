"""Votes and truth from files, and back."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import DataError, UnknownNameError
from workloads.labeling.votes.csv_files import read_truth, read_votes, write_truth
from workloads.labeling.votes.doccano import read_doccano
from workloads.labeling.votes.files import FORMS, open_votes, save_votes
from workloads.labeling.votes.label_studio import read_label_studio
from workloads.labeling.votes.table import Votes

PLAIN = "task,worker,label\nt1,ann,cat\nt1,bob,dog\nt2,ann,dog\n"


def rows(votes: Votes) -> set[tuple[str, str, str]]:
    columns = (votes.task.tolist(), votes.worker.tolist(), votes.label.tolist())
    return {
        (votes.name_of_task(t), votes.name_of_worker(w), votes.name_of_class(y))
        for t, w, y in zip(*columns, strict=True)
    }


EXPECTED = {("t1", "ann", "cat"), ("t1", "bob", "dog"), ("t2", "ann", "dog")}


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN.encode(),
        b"\xef\xbb\xbf" + PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode("utf-16"),
        PLAIN.replace("worker", "performer").encode(),
        b"note,LABEL,Worker,Task\nx,cat,ann,t1\ny,dog,bob,t1\n,dog,ann,t2\n",
        b'task,worker,label\n"t1",ann,cat\n t1 ,bob,dog\n\nt2,ann,dog\n',
    ],
    ids=["plain", "bom and crlf", "semicolons", "utf-16 and tabs", "performer", "other columns", "quotes and blanks"],
)
def test_votes_are_read_from_any_dialect(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_bytes(raw)
    votes = open_votes(path)
    assert rows(votes) == EXPECTED
    assert votes.class_names == ("cat", "dog")


def test_classes_that_are_numbers_stand_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text("task,worker,label\na,x,10\na,y,9\nb,x,-1\n")
    assert read_votes(path).class_names == ("-1", "9", "10")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (PLAIN + "t1,ann,dog\n", "row 5 repeats row 2"),
        ("task,worker\nt1,ann\n", "label"),
        ("task,worker,label\n", "votes.csv"),
        ("", "votes.csv"),
        (PLAIN + "t3,,cat\n", "row 5"),
        ("task,worker,label\nt1,ann,cat\nt2,ann,cat\n", "votes.csv"),
    ],
    ids=["twice", "no column", "no rows", "empty", "no worker", "one class"],
)
def test_a_bad_csv_is_refused_with_the_place(text: str, place: str, tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        open_votes(path)
    assert place in str(caught.value)
    assert "ann" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("task,label\nt9,cat\n", "row 2"),
        ("task,label\nt1,cat\nt2,bird\n", "row 3"),
        ("task,label\nt1,cat\nt1,dog\n", "row 3"),
        ("task,label\nt1,cat\nt2,cat\n", "1 of the 2 classes"),
        ("task,worker\nt1,cat\n", "label"),
    ],
    ids=["unknown task", "unknown class", "two classes", "a class never true", "no column"],
)
def test_a_bad_truth_is_refused_with_the_place(text: str, place: str, tmp_path: Path) -> None:
    (tmp_path / "votes.csv").write_text(PLAIN)
    (tmp_path / "truth.csv").write_text(text)
    votes = open_votes(tmp_path / "votes.csv")
    with pytest.raises(DataError) as caught:
        read_truth(tmp_path / "truth.csv", votes)
    assert place in str(caught.value)


def test_truth_may_leave_tasks_out(tmp_path: Path) -> None:
    (tmp_path / "votes.csv").write_text(PLAIN)
    (tmp_path / "truth.csv").write_text("question,truth\nt2,cat\n")
    votes = open_votes(tmp_path / "votes.csv")
    truth = read_truth(tmp_path / "truth.csv", votes, every_class=False)
    assert truth.tolist() == [-1, 0]
    write_truth(votes, truth, tmp_path / "again.csv")
    assert read_truth(tmp_path / "again.csv", votes, every_class=False).tolist() == [-1, 0]


def annotation(who: Any, *choices: str, **more: Any) -> dict[str, Any]:
    result = [{"from_name": "kind", "type": "choices", "value": {"choices": list(choices)}}] if choices else []
    return {"completed_by": who, "result": result, **more}


def test_choices_of_label_studio_are_votes(tmp_path: Path) -> None:
    tasks = [
        {"id": 7, "data": {}, "annotations": [annotation(1, "cat"), annotation({"id": 2, "email": "b@x"}, "dog")]},
        {"id": 8, "data": {}, "annotations": [annotation(1), annotation(2, "cat", was_cancelled=True)]},
    ]
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks))
    votes = open_votes(path)
    assert rows(votes) == {("7", "1", "cat"), ("7", "b@x", "dog")}
    assert len(votes.notes) == 1


@pytest.mark.parametrize(
    ("annotations", "place"),
    [
        (None, "task 1"),
        ([annotation(1, "cat", "dog")], "task 1"),
        ([annotation(None, "cat")], "task 1"),
        ([annotation(1, "cat"), annotation(1, "dog")], "task 1 repeats task 1"),
        ([3], "task 1"),
        ([annotation(1)], "export.json"),
    ],
    ids=["min", "two choices", "nobody", "twice", "no object", "nothing"],
)
def test_a_bad_export_of_label_studio_is_refused(annotations: Any, place: str, tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps([{"id": 1, "data": {}, "annotations": annotations}]))
    with pytest.raises(DataError) as caught:
        read_label_studio(path)
    assert place in str(caught.value)


def test_one_of_several_controls_is_named(tmp_path: Path) -> None:
    def result(name: str, choice: str) -> dict[str, Any]:
        return {"from_name": name, "type": "choices", "value": {"choices": [choice]}}

    given = [
        {"completed_by": w, "result": [result("kind", c), result("light", "dim")]} for w, c in ((1, "a"), (2, "b"))
    ]
    path = tmp_path / "export.json"
    path.write_text(json.dumps([{"id": 1, "data": {}, "annotations": given}]))
    with pytest.raises(DataError, match="kind, light"):
        read_label_studio(path)
    assert rows(read_label_studio(path, control="kind")) == {("1", "1", "a"), ("1", "2", "b")}


def test_doccano_is_read_in_both_forms(tmp_path: Path) -> None:
    lines = tmp_path / "all.jsonl"
    lines.write_text(
        '\ufeff{"id": 1, "text": "x", "label": ["cat"], "annotator": "ann"}\r\n'
        '{"id": 1, "text": "x", "label": ["dog"], "user": 2}\n\n{"id": 2, "label": [], "username": "ann"}\n'
    )
    votes = open_votes(lines)
    assert rows(votes) == {("1", "ann", "cat"), ("1", "2", "dog")}
    assert len(votes.notes) == 1
    whole = tmp_path / "all.json"
    whole.write_text(json.dumps([{"id": 1, "annotations": [{"label": 2, "user": 1}, {"label": 3, "user": 2}]}]))
    assert rows(open_votes(whole)) == {("1", "1", "2"), ("1", "2", "3")}
    of_one = tmp_path / "ann.jsonl"
    of_one.write_text('{"id": 1, "label": ["cat"]}\n{"id": 2, "label": ["dog"]}\n')
    assert rows(read_doccano(of_one, worker="ann")) == {("1", "ann", "cat"), ("2", "ann", "dog")}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"id": 1, "label": ["a"], "user": 1}\n{"id": 1, "label"', "line 2"),
        ('[{"id": 1,\n "label": }]', "line 2"),
        ("[1, 2]", "all.jsonl"),
        ("[]", "all.jsonl"),
        ('{"id": 1, "label": ["a", "b"], "user": 1}', "row 1"),
        ('{"id": 1, "label": ["a"]}', "row 1"),
        ('{"id": 1, "label": [[0, 4, "PER"]], "user": 1}', "row 1"),
        ('{"id": 1, "text": "x", "user": 1}', "row 1"),
        ("[" * 100_000, "line 1"),
    ],
    ids=["cut", "broken", "numbers", "none", "two labels", "nobody", "spans", "no label", "deep"],
)
def test_bad_json_is_refused_with_the_place(text: str, place: str, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        open_votes(path)
    assert place in str(caught.value)


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=6).filter(
    lambda text: text[0] not in "=+-@'"
)


@pytest.mark.parametrize("form", FORMS)
@given(st.dictionaries(st.tuples(NAMES, NAMES), st.sampled_from(["cat", "dog, big", "ü"]), min_size=3))
def test_votes_come_back_from_every_form(form: str, tmp_path_factory: Any, made: dict[tuple[str, str], str]) -> None:
    if len(set(made.values())) < 2:
        return
    tasks, workers = ({name: i for i, name in enumerate(dict.fromkeys(n))} for n in zip(*made, strict=True))
    classes = tuple(dict.fromkeys(made.values()))
    codes = [(tasks[t], workers[w], classes.index(y)) for (t, w), y in made.items()]
    task, worker, label = zip(*codes, strict=True)
    plain = Votes.of(task, worker, label)
    votes = Votes(
        plain.task, plain.worker, plain.label, plain.tasks, plain.workers, plain.classes,
        tuple(tasks), tuple(workers), classes,
    )  # fmt: skip
    path = tmp_path_factory.mktemp("votes") / f"votes{FORMS[form]}"
    save_votes(votes, path, form=form)
    assert rows(open_votes(path)) == rows(votes)


def test_an_unknown_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError):
        save_votes(Votes.of([0, 1], [0, 0], [0, 1]), tmp_path / "x", form="csvv")
