"""Exports: CSV that reads back, JSON that is the records, and one HTML file that loads and runs nothing."""

import csv
import io
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from saved import HASH, bound, comparison, record, swept

from privacy.comparison import Comparison, Plan
from privacy.errors import ParamError, UnknownNameError
from privacy.export import document, plan_of, query_of, to_csv, to_html, to_json, to_query
from privacy.export.table import COLUMNS
from privacy.workloads.request import RunRequest
from privacy.workloads.verdict import FAILED_ATTACK

HOSTILE = "<img src=x onerror=alert(1)>\"'&</style></svg><script>alert(2)</script>\x00\u202e"
VOID = {"meta", "br", "img", "input", "link", "hr"}


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


class Page(HTMLParser):
    """What a browser would find: elements with attributes, visible text, and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text += data


def hostile() -> Comparison:
    rows = record(HOSTILE, notes=[HOSTILE], output=bound(2.0, unit=HOSTILE, accountant=HOSTILE))
    rows["metrics"][0]["note"] = HOSTILE
    rows["guarantee"]["towards"][0] |= {"observer": HOSTILE, "statement": HOSTILE, "leaks": [HOSTILE]}
    failed = record("failed", metrics=[], failure=HOSTILE)
    cells = [(HOSTILE, 2.0, rows), ("failed", None, failed), ("plain", None, None)]
    return comparison(cells, sweep=HOSTILE, base=RunRequest(user=HOSTILE, data=f"/home/ada/{HOSTILE}"))  # type: ignore[arg-type]


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


def test_html_holds_what_is_needed_to_judge_and_to_reproduce() -> None:
    found = swept()
    text = to_html(found, written="2026-02-01 10:00")
    page = Page(text)
    assert page.open == []
    for needed in (
        HASH, FAILED_ATTACK, found.plan.id, "numpy 2.4.6", "system Linux", "2026-02-01 10:00", "2 biographies are",
        "user and period", "replace-one", "local", "pure epsilon", "measured, simulated", "when it was asked",
        "fyp under plain, local, dp and dp+he", "[0.96, 1.00]",
    ):  # fmt: skip
        assert needed in page.text, needed
    for stack, epsilon in (("dp", 0.5), ("dp+he", 4.0)):
        assert f"What {stack} promises, for epsilon {epsilon}." in page.text
    assert f"?{to_query(found.plan)}" in page.text
    assert sum(tag == "svg" for tag, _ in page.elements) == 4
    assert {"title", "desc", "caption", "figcaption"} <= {tag for tag, _ in page.elements}
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


@pytest.mark.parametrize("made", [swept, hostile], ids=["usual", "hostile"])
def test_html_loads_and_runs_nothing(made: Any) -> None:
    text = to_html(made())
    page = Page(text)
    assert page.open == []
    tags = {tag for tag, _ in page.elements}
    assert not tags & {
        "script",
        "img",
        "link",
        "iframe",
        "object",
        "embed",
        "a",
        "form",
        "base",
        "image",
        "use",
        "video",
    }
    for tag, attributes in page.elements:
        for name, value in attributes.items():
            assert name not in ("src", "href", "srcset", "action", "background", "xlink:href"), (tag, name)
            assert not name.startswith("on")
            # A namespace is a name, not an address.
            assert name == "xmlns" or "//" not in (value or "")
    assert "url(" not in text
    assert "@import" not in text
    policy = next(a["content"] for t, a in page.elements if t == "meta" and a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_hostile_texts_are_shown_as_text() -> None:
    text = to_html(hostile())
    assert "<script" not in text
    assert "<img" not in text
    assert "\x00" not in text
    assert "\u202e" not in text
    assert HOSTILE.rstrip("\x00\u202e") in Page(text).text


def test_a_comparison_without_any_record_is_still_a_report() -> None:
    found = comparison([("plain", None, None)])
    page = Page(to_html(found))
    assert page.open == []
    assert "not run yet" in page.text
    assert "No cell has run yet." in page.text


def test_an_unfinished_sweep_and_a_failure_are_said() -> None:
    found = swept()
    found.records[2] = None
    found.records[3] = record("dp", metrics=[], failure="The server gave up.")
    page = Page(to_html(found))
    assert "10 runs, 9 of them done" in page.text
    assert "dp at 1 failed: The server gave up." in page.text


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


def test_the_report_says_which_observer_the_noise_is_for_and_which_the_encryption() -> None:
    made = record("dp+he", output=bound(2.0))
    weakest = made["guarantee"]["towards"][0]
    hidden = weakest | {"strength": "computational", "statement": "Reads ciphertexts only.", "security_bits": 128}
    made["steps"] = {
        step: {"adversary": "semi-honest", "source": "declared", "towards": [towards]}
        for step, towards in (("scoring", hidden), ("lookup", weakest))
    }
    page = to_html(comparison([("dp+he", None, made)]))
    told = re.findall(r"Towards the (server, \w+ alone): <span class='chip[^']*'>([\w, ]+)</span>([^<]*)", page)
    assert told == [
        ("server, scoring alone", "computational, 128 bits", " Reads ciphertexts only."),
        ("server, lookup alone", "differential", f" {weakest['statement']}"),
    ]
