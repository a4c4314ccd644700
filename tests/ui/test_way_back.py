"""Never a dead end: whatever choice of data is kept, every page draws, and the way back is on it."""

import io
import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from privacy.cli import main
from privacy.errors import DataError
from privacy.services import datasets, uploads
from privacy.tables.mapping import Mapping, read_mapping
from tests.support import ROOT
from tests.support.app_pages import (
    COMPARE,
    FYP,
    HOME,
    PLUGINS,
    SANDWICH,
    SERVER,
    button,
    html,
    opened,
    own_file,
    pick,
    sentences,
)  # fmt: skip
from workloads.fyp import world as worlds

CASES = ROOT / "tests" / "cases" / "survey"
CONSTANT = CASES / "const_category.csv"
BACK = "Back to the shipped data"


@pytest.fixture(autouse=True)
def state(app_state: Path) -> Path:
    return app_state


def kept(state: Path, data: str, mapping: str | None = None) -> None:
    (state / "data-choice.json").write_text(json.dumps({"data": data, "mapping": mapping}))


def constant() -> datasets.Brought:
    return datasets.bring(io.BytesIO(CONSTANT.read_bytes()), CONSTANT.name)


def pending(brought: datasets.Brought) -> AppTest:
    at = opened(FYP)
    at.session_state["data/pending"] = brought
    return at.run()


def test_a_column_with_one_value_is_refused_before_anything_is_kept(state: Path) -> None:
    brought = constant()
    at = pending(brought)
    prefix = f"map.{brought.path.parent.name}."
    at.selectbox(key=f"{prefix}id").set_value("user").run()
    at.multiselect(key=f"{prefix}text").set_value([]).run()
    at.multiselect(key=f"{prefix}list").set_value(["kind"]).run()
    pick(at, "Use this data")
    assert "40 items are alike" in sentences(at)
    assert not (state / "data-choice.json").exists()
    assert html(opened(FYP)).count("class='vb-rank'") == 10


def test_the_command_line_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["run", "fyp", "--data", str(CONSTANT), "--map", str(CASES / "const_category.toml")])
    assert (status, "are alike" in capsys.readouterr().err) == (2, True)


def test_a_choice_that_opens_and_cannot_run_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    body = "".join(f"film {i},{i}\n" for i in range(30))
    brought = datasets.bring(io.BytesIO(f"title,year\n{body}".encode()), "films.csv")
    at = pending(brought)

    def broken(*_: object, **__: object) -> None:
        raise IndexError("index 1 is out of bounds")

    monkeypatch.setattr(worlds, "personas", broken)
    pick(at, "Use this data")
    assert datasets.chosen() == datasets.Choice()


@pytest.mark.parametrize("page", [FYP, SERVER, HOME, COMPARE, SANDWICH, PLUGINS])
@pytest.mark.parametrize("broken", ["constant", "gone", "unreadable", "raises"])
def test_a_kept_choice_that_breaks_leaves_the_way_back(
    state: Path, monkeypatch: pytest.MonkeyPatch, page: str, broken: str
) -> None:
    if broken == "unreadable":
        (state / "data-choice.json").write_text("{")
    elif broken == "gone":
        kept(state, str(state / "gone.csv"))
    else:
        kept(state, str(constant().path), str(uploads.keep_mapping(read_mapping(CASES / "const_category.toml"))))
    if broken == "raises":
        found = worlds.open_catalogue

        def raises(data: str | None, *more: object, **named: object) -> object:
            if data:
                raise RuntimeError("a bug")
            return found(data, *more, **named)

        monkeypatch.setattr(worlds, "open_catalogue", raises)
    at = opened(page)
    button(at, BACK).click().run()
    assert not at.exception, at.exception
    assert not at.error
    assert not (state / "data-choice.json").exists()
    assert BACK not in [b.label for b in at.button]
    if page == FYP:
        assert html(at).count("class='vb-rank'") == 10


def test_a_bug_offers_the_usual_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    from ui import resources

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(type(resources.rounds()), "get", broken)
        at = opened(FYP, stack="he")
    assert at.error
    button(at, "Reset this page's settings").click().run()
    assert at.query_params == {}
    assert html(at).count("class='vb-rank'") == 10


@pytest.mark.parametrize("rows", [1, 19])
def test_a_file_too_small_is_refused_before_it_is_mapped(rows: int) -> None:
    from privacy.registry import discover
    from ui.kit.stacks import usual_options
    from workloads.fyp.options import FypOptions
    from workloads.fyp.panels import data
    from workloads.fyp.panels.state import Settings

    spec = discover().workload("fyp")
    settings = Settings("plain", "", FypOptions(**usual_options(spec)), 0)
    brought = datasets.bring(io.BytesIO(b"a,b\n" + b"x,y\n" * rows), "few.csv")
    with pytest.raises(DataError, match=f"only {rows} row"):
        data.take(brought, settings)
    assert not brought.path.exists()


def test_another_tab_keeps_its_data() -> None:
    here = opened(FYP)
    before = html(here)
    body = "".join(f"film {i} about {i % 5},{i}\n" for i in range(60))
    brought = datasets.bring(io.BytesIO(f"title,year\n{body}".encode()), "films.csv")
    datasets.use(brought, Mapping(title="title", texts=("title",), numbers=("year",)), check=lambda choice: None)
    assert "film " in html(opened(FYP))
    here.run()
    assert "film " not in html(here)
    assert html(here).count("class='vb-rank'") == before.count("class='vb-rank'") == 10


@pytest.mark.parametrize("page", [FYP, SERVER])
def test_a_file_without_a_mapping_leads_to_one(state: Path, page: str) -> None:
    """A feed asks for it on the page, and names no flag of the command line."""
    own_file("data-choice.json")
    at = opened(page)
    said = sentences(at)
    assert "what the columns mean" in said
    assert "--" not in said
    if page == FYP:
        pick(at, "Use this data")
        assert not at.error
        assert html(at).count("class='vb-rank'") == 10
        assert json.loads((state / "data-choice.json").read_text())["mapping"]
