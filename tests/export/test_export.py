"""Exports: CSV that reads back, JSON that is the records, and links that lead back to their settings."""

import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.compare.plan import Plan
from privacy.export import document, query_of, to_csv, to_html, to_json, to_query
from privacy.export.table import COLUMNS
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.stacks import filled
from tests.support.links import plan_of
from tests.support.saved import HASH, comparison, record, swept

REGISTRY = discover()
FYP = REGISTRY.workload("fyp")


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
    assert json.loads(rows[-1]["options"]) == dict(found.cells[-1].request.options)


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
    assert Plan.from_dict(read["plan"], REGISTRY) == found.plan
    assert [c["record"] for c in read["cells"]] == found.records
    assert [(c["label"], c["swept"]) for c in read["cells"]] == [(c.label, c.swept) for c in found.cells]


def test_no_export_holds_a_path_of_this_device() -> None:
    base = RunRequest(
        options={"cohort": 100}, data="/home/ada/secret place/mine.csv", mapping="/home/ada/secret place/map.toml"
    )
    found = comparison([("plain", None, record("plain"))], base=base)
    for text in (to_json(found), to_html(found, FYP), to_csv(found), to_query(found.plan)):
        assert "secret" not in text
    assert "mine.csv" in to_html(found, FYP)
    assert document(found)["plan"]["base"]["data"] == "mine.csv"


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(lambda s: s.strip() == s)
PLANS = st.builds(
    lambda stacks, sweep, params, seed, **options: Plan(
        filled(RunRequest(params=params, seed=seed, options=options), REGISTRY), (*stacks, "dp"), *sweep
    ),
    st.lists(st.sampled_from(["plain", "local", "he", "dp+he"]), max_size=4, unique=True).map(tuple),
    st.just(("", ()))
    | st.tuples(
        st.just("epsilon"), st.sets(st.floats(1e-6, 1e6), min_size=1, max_size=5).map(lambda v: tuple(sorted(v)))
    ),
    params=st.fixed_dictionaries({}, optional={"epsilon": st.floats(0.1, 8.0), "mechanism": st.just("gaussian")}),
    seed=st.integers(0, 2**32 - 1),
    user=WORDS,
    items=st.just(0) | st.integers(20, 10**6),
    dims=st.integers(8, 128),
    cohort=st.integers(20, 5000),
)


@given(PLANS)
def test_a_link_reproduces_its_settings(plan: Plan) -> None:
    from urllib.parse import parse_qsl

    assert plan_of(query_of(plan)) == plan
    assert plan_of(dict(parse_qsl(to_query(plan), strict_parsing=True))) == plan
