"""The report in one HTML file: what it holds, and that it loads and runs nothing, whatever it quotes."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from privacy.compare.plan import Comparison
from privacy.export import to_html, to_query
from privacy.export.charts import charts
from privacy.plots.words import interval, written
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.words import FAILED_ATTACK
from tests.support.saved import HASH, bound, comparison, record, swept

HOSTILE = "<img src=x onerror=alert(1)>\"'&</style></svg><script>alert(2)</script>\x00\u202e"
VOID = {"meta", "br", "img", "input", "link", "hr"}

FYP = discover().workload("fyp")


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
    return comparison(cells, sweep=HOSTILE, base=RunRequest(options={"user": HOSTILE}, data=f"/home/ada/{HOSTILE}"))  # type: ignore[arg-type]


def test_html_holds_what_is_needed_to_judge_and_to_reproduce() -> None:
    found = swept()
    text = to_html(found, FYP, written="2026-02-01 10:00")
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
    assert sum(tag == "svg" for tag, _ in page.elements) == len(charts(found, FYP)) == 6
    assert {"title", "desc", "caption", "figcaption"} <= {tag for tag, _ in page.elements}
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


@pytest.mark.parametrize("made", [swept, hostile], ids=["usual", "hostile"])
def test_html_loads_and_runs_nothing(made: Any) -> None:
    text = to_html(made(), FYP)
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
            assert name.startswith("xmlns") or "//" not in (value or "")
    assert "url(" not in text
    assert "@import" not in text
    policy = next(a["content"] for t, a in page.elements if t == "meta" and a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_the_table_of_all_figures_holds_the_values_of_the_records() -> None:
    found = swept()
    text = re.sub(
        r"\s+", " ", re.sub(r"<[^>]+>", "|", to_html(found, FYP).split('<table class="all">')[1].split("</table>")[0])
    )
    rows = [[cell.strip() for cell in row.split("|") if cell.strip()] for row in text.split("| |")]
    cells = " | ".join(cell for row in rows for cell in row)
    for made in found.records:
        assert made is not None
        for one in made["metrics"]:
            value = "none" if one["value"] is None else written(one["value"], one["unit"])
            within = interval(one["low"], one["high"], one["unit"])
            assert (f"{value} | {within} | {one['n']}" if within else f"{value} | {one['n']}") in cells


def test_hostile_texts_are_shown_as_text() -> None:
    text = to_html(hostile(), FYP)
    assert "<script" not in text
    assert "<img" not in text
    assert "\x00" not in text
    assert "\u202e" not in text
    assert HOSTILE.rstrip("\x00\u202e") in Page(text).text


def test_a_comparison_without_any_record_is_still_a_report() -> None:
    found = comparison([("plain", None, None)])
    page = Page(to_html(found, FYP))
    assert page.open == []
    assert "not run yet" in page.text
    assert "No cell has run yet." in page.text


def test_an_unfinished_sweep_and_a_failure_are_said() -> None:
    found = swept()
    found.records[2] = None
    found.records[3] = record("dp", metrics=[], failure="The server gave up.")
    page = Page(to_html(found, FYP))
    assert "10 runs, 9 of them done" in page.text
    assert "dp at 1 failed: The server gave up." in page.text


def test_the_report_says_which_observer_the_noise_is_for_and_which_the_encryption() -> None:
    made = record("dp+he", output=bound(2.0))
    weakest = made["guarantee"]["towards"][0]
    hidden = weakest | {"strength": "computational", "statement": "Reads ciphertexts only.", "security_bits": 128}
    made["steps"] = {
        step: {"adversary": "semi-honest", "source": "declared", "towards": [towards]}
        for step, towards in (("scoring", hidden), ("lookup", weakest))
    }
    page = to_html(comparison([("dp+he", None, made)]), FYP)
    found = re.findall(
        r"Towards the (server, \w+ alone):\s*<span class=\"chip[^\"]*\">([\w, ]+)</span>\s*([^<]*)", page
    )
    assert found == [
        ("server, scoring alone", "computational, 128 bits", "Reads ciphertexts only."),
        ("server, lookup alone", "differential", weakest["statement"]),
    ]
