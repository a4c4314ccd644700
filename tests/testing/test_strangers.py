"""Plugins that nobody here has seen: what they do wrong costs their own run, one sentence, and nothing else."""

import json
import shutil
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from privacy.cli import main
from privacy.compare.plan import Plan
from privacy.compare.run import run_plan
from privacy.deadline import VARIABLE
from privacy.jobs.book import JobBook
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services.evaluations import Evaluations
from privacy.services.rounds import RoundBook
from tests.support import ROOT, STRANGERS
from tests.support.app_pages import go, keyed
from tests.support.soaking import in_soak
from tests.support.waiting import CAP

SMALL = {"items": 120, "dims": 8, "cohort": 20}

WAYWARD = {
    "hang_made": "no sign of life for 2 s",
    "hang_guarantee": "no sign of life for 2 s",
    "hang_publish": "no sign of life for 2 s",
    "hang_query": "no sign of life for 2 s",
    "hang_answer": "no sign of life for 2 s",
    "hang_reveal": "no sign of life for 2 s",
    "wrong_shape": "returned scores of shape (3,), where (120,) was expected",
    "wrong_kind": "returned scores of type",
    "no_numbers": "scores that are not finite",
    "nothing": "where numbers were expected",
    "key_error": "raised KeyError",
    "bad_guarantee": "raised KeyError when it was asked for its guarantee",
    "no_words": "raised UnreadableError",
    "leaves": "raised SystemExit",
}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch, request):
    """A state folder with the strangers; patience is short where one hangs, as an honest run beside it needs some."""
    backend = getattr(request.node, "callspec", None) and request.node.callspec.params.get("backend", "")
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    monkeypatch.setenv(VARIABLE, "2" if (backend or "").startswith("hang") else "60")
    shutil.copytree(STRANGERS, tmp_path / "plugins", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


LATER = {"hang_guarantee", "hang_made", "hang_publish", "hang_answer", "hang_reveal"}
"""Hangs like others, each of which takes its patience: these for a soak."""


@pytest.mark.parametrize(
    ("backend", "wording"),
    [in_soak("planted", *one) if one[0] in LATER else one for one in WAYWARD.items()],
)
def test_a_comparison_goes_on_past_what_hangs_or_breaks(backend, wording):
    registry = discover()
    plan = Plan(RunRequest(stack="plain", options=SMALL), (backend, "plain"))
    found = run_plan(plan, registry, lambda *_: None)
    broken, plain = found.records
    assert wording in broken["failure"], broken["failure"]
    assert not plain["failure"]
    assert plain["metrics"]


@pytest.mark.parametrize("backend", ["hang_answer", "wrong_shape", "leaves", "no_words"])
def test_the_command_line_says_what_went_wrong(backend, capfd):
    words = ["--stack", backend, "--items", "120", "--dims", "8", "--cohort", "20"]
    status = main(["run", "fyp", *words, "--json"])
    out, err = capfd.readouterr()
    document = json.loads(out)
    assert WAYWARD[backend] in (document.get("failure") or document.get("error"))
    assert status in (1, 2)
    assert "Traceback" not in err


def test_what_a_plugin_prints_breaks_no_json(capfd):
    assert main(["run", "fyp", "--stack", "shouts", "--items", "120", "--dims", "8", "--cohort", "20", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["stack"] == "shouts"


def test_what_a_plugin_prints_breaks_no_evaluation_of_a_page():
    jobs, request, registry = JobBook(), RunRequest(stack="shouts", options=SMALL), discover()
    evaluations = Evaluations(jobs)
    evaluations.start(request, registry)
    next(iter(jobs._jobs.values())).join(CAP)
    found = evaluations.snapshot(request, registry)
    assert (found.state, found.error) == ("done", "")
    assert found.result.metrics


@pytest.mark.parametrize(
    ("backend", "wording"),
    [("short_sum", "a sum of shape"), ("lonely", "says that 0 contributions are in its sum")],
)
def test_a_survey_names_the_sum_that_is_none(backend, wording):
    registry = discover()
    options = {"devices": 30, "minimum": 3, "question": "histogram"}
    plan = Plan(RunRequest(stack="plain", workload="survey", options=options), (backend, "plain"))
    broken, plain = run_plan(plan, registry, lambda *_: None).records
    assert wording in broken["failure"], broken["failure"]
    assert not plain["failure"]


def app(page, query=()):
    from ui import resources

    # Other tests of this process have found their own plugins.
    resources.registry.clear()
    test = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=CAP)
    for name, value in dict(query).items():
        test.query_params[name] = value
    test.run()
    go(test, page if page == "fyp" else f"../pages/{page}.py")
    for name, value in dict(query).items():
        test.query_params[name] = value
    return test.run()


def words_on(test):
    """All text on a page, and its errors."""
    return " ".join(
        [*(e.value for e in test.error), *(w.value for w in test.warning), *(h.proto.body for h in test.get("html"))]
    )


@pytest.mark.parametrize(
    ("page", "backend"),
    [
        ("fyp", "hang_query"), in_soak("planted", "server", "hang_query"),
        *((page, backend) for page in ("fyp", "server") for backend in ("wrong_shape", "bad_guarantee", "leaves")),
    ],
)  # fmt: skip
def test_a_page_says_what_went_wrong_and_goes_on(page, backend):
    test = app(page, {"stack": backend, "items": "120", "dims": "8"} if page == "fyp" else {"stack": backend})
    assert not test.exception
    wording = WAYWARD[backend].replace("(120,)", "(").split("(")[0]
    assert any(wording in e.value.replace("\\", "") for e in test.error), [e.value for e in test.error]
    assert test.title


@pytest.mark.parametrize("page", ["home", "fyp", "compare", "server", "plugins"])
def test_no_text_of_a_plugin_becomes_markup(page):
    test = app(page, {"stack": "loud"} if page in ("fyp", "server") else {})
    assert not test.exception
    shown = " ".join(h.proto.body for h in test.get("html"))
    assert "<img src=x" not in shown
    assert "<b>bold</b>" not in shown
    assert not any("<img" in e.value and "\\<img" not in e.value for e in test.error)


def test_a_backend_without_scoring_or_lookup_falls_back_and_says_so():
    registry = discover()
    book = RoundBook()
    scored = book.get(RunRequest(stack="shouts", options=SMALL), registry)
    fetched = book.get(RunRequest(stack="fetcher", options=SMALL), registry)
    plain = book.get(RunRequest(stack="plain", options=SMALL), registry)
    assert scored.shown == fetched.shown == plain.shown
    assert "lookup" in scored.fallbacks
    assert "scoring" in fetched.fallbacks
    test = app("fyp", {"stack": "shouts"})
    assert "has no lookup" in words_on(test)


def test_a_parameter_of_each_kind_has_its_widget_its_link_and_its_sweep():
    test = app("fyp", {"stack": "kinds", "kinds.copies": "3", "copies": "3", "order": "reversed"})
    assert not test.exception
    kinds = ("slider", "number_input", "selectbox", "text_input", "checkbox", "toggle", "button_group")
    keys = {w.key.rpartition(".")[0].rpartition(".")[2] for kind in kinds for w in getattr(test, kind) if w.key}
    assert {"copies", "scale", "doubled", "order", "label"} <= keys, keys
    registry = discover()
    plan = Plan(RunRequest(stack="kinds", options=SMALL), ("kinds",), sweep="copies", values=(1.0, 3.0))
    sizes = [
        next(m["value"] for m in r["metrics"] if m["key"] == "bytes_up")
        for r in run_plan(plan, registry, lambda *_: None).records
    ]
    assert sizes[1] > sizes[0]


def test_a_link_keeps_the_values_of_a_stranger():
    order = {"stack": "kinds", "kinds.copies": "3", "kinds.order": "reversed"}
    test = app("fyp", order)
    assert not [w for w in test.warning if "no setting" in w.value]
    assert keyed(test.slider, "fyp.kinds.copies").value == 3
    (link,) = (c.value for c in test.code)
    assert order.items() <= dict(parse_qsl(link.partition("?")[2])).items()
