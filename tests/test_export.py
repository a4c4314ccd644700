"""Exports: CSV that reads back, JSON that is the records, and links that lead back to their settings."""

import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from saved import HASH, comparison, record, swept

from privacy.compare.plan import Plan
from privacy.errors import ParamError, UnknownNameError
from privacy.export import document, plan_of, query_of, to_csv, to_html, to_json, to_query
from privacy.export.table import COLUMNS
from privacy.request import RunRequest


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_csv_reads_back_as_the_records() -> None:
    found = swept()
    rows = read_csv(to_csv(found))
    assert list(rows[0]) == list(COLUMNS)
    assert len(rows) == len(found.rows())
    for row, made in zip(rows, found.rows(), strict=True):
        assert row["cell"] == made["label"]
        assert row["metric"] == made["key"]
        for name in ("value", "low", "high", "chance", "swept"):
            assert (float(row[name]) if row[name] else None) == made[name]
        assert row["data_hash"] == HASH
        assert row["simulated"] == ("true" if made["simulated"] else "false")
    assert json.loads(rows[-1]["params"]) == {"epsilon": 4.0}


def test_csv_is_rfc_4180() -> None:
    cells = [("plain", None, record("plain", notes=[], metrics=record("plain")["metrics"]))]
    cells[0][2]["metrics"][0]["note"] = 'two\r\nlines, a "quote"'
    text = to_csv(comparison(cells))  # type: ignore[arg-type]
    assert read_csv(text)[0]["note"] == 'two\r\nlines, a "quote"'
    assert text.endswith("\r\n")
    assert not re.search(r"(?<!\r)\n", text)
    text.encode("utf-8")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "＝", "＠"])  # noqa: RUF001
def test_csv_takes_the_sting_out_of_formulas(start: str) -> None:
    name = f'{start}cmd|"/c calc"!A1'
    cells = [(name, None, record(name))]
    for row in read_csv(to_csv(comparison(cells))):  # type: ignore[arg-type]
        assert row["stack"] == f"'{name}"
        assert row["cell"] == f"'{name}"
    negative = comparison([("plain", None, record("plain", attack=-0.2))])
    values = [r["value"] for r in read_csv(to_csv(negative)) if r["metric"] == "attribute_advantage"]
    assert values == ["-0.2"]


def test_csv_says_what_failed_and_what_has_not_run() -> None:
    failed = record("he", metrics=[], failure="The server gave up.")
    rows = read_csv(to_csv(comparison([("plain", None, None), ("he", None, failed)])))
    assert [(r["stack"], r["failure"], r["metric"]) for r in rows] == [
        ("plain", "not run", ""), ("he", "The server gave up.", ""),
    ]  # fmt: skip


def test_json_is_the_records() -> None:
    found = swept()
    read = json.loads(to_json(found))
    assert read["comparison"] == found.plan.id
    assert read["schema"] == 1
    assert Plan.from_dict(read["plan"]) == found.plan
    assert [c["record"] for c in read["cells"]] == found.records
    assert [(c["label"], c["swept"]) for c in read["cells"]] == [(c.label, c.swept) for c in found.cells]


def test_no_export_holds_a_path_of_this_device() -> None:
    base = RunRequest(cohort=100, data="/home/ada/secret place/mine.csv", mapping="/home/ada/secret place/map.toml")
    found = comparison([("plain", None, record("plain"))], base=base)
    for text in (to_json(found), to_html(found), to_csv(found), to_query(found.plan)):
        assert "secret" not in text
    assert "mine.csv" in to_html(found)
    assert document(found)["plan"]["base"]["data"] == "mine.csv"


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(lambda s: s.strip() == s)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}(\+[a-z][a-z0-9_]{0,8})?", fullmatch=True)
PLANS = st.builds(
    lambda stacks, sweep, **base: Plan(RunRequest(**base), stacks, *sweep),
    st.lists(NAMES, min_size=1, max_size=4, unique=True).map(tuple),
    st.just(("", ()))
    | st.tuples(NAMES, st.sets(st.floats(1e-6, 1e6), min_size=1, max_size=5).map(lambda v: tuple(sorted(v)))),
    params=st.dictionaries(NAMES, WORDS, max_size=3),
    seed=st.integers(0, 2**32 - 1),
    user=WORDS,
    items=st.none() | st.integers(20, 10**6),
    dims=st.integers(2, 128),
    cohort=st.integers(20, 5000),
)


@given(PLANS)
def test_a_link_reproduces_its_settings(plan: Plan) -> None:
    from urllib.parse import parse_qsl

    assert plan_of(query_of(plan)) == plan
    assert plan_of(dict(parse_qsl(to_query(plan), strict_parsing=True))) == plan


@pytest.mark.parametrize(
    ("query", "error", "names"),
    [
        ({"stacks": "plain", "seed": "one"}, ParamError, "Seed"),
        ({"stacks": "plain", "sweep": "epsilon"}, ParamError, "epsilon"),
        ({"stacks": "plain", "sed": "1"}, UnknownNameError, "seed"),
        ({"stacks": "plain", "cohort": "3"}, ParamError, "cohort"),
    ],
)
def test_a_link_that_cannot_be_read_is_a_sentence(query: dict[str, str], error: type[Exception], names: str) -> None:
    with pytest.raises(error, match=names):
        plan_of(query)
