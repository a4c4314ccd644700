"""The For-you page on a person's own data, through Streamlit's own test harness."""

import io
import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from privacy.errors import DataError, StateError
from privacy.request import RunRequest
from privacy.services import datasets, releases, uploads
from privacy.tables.mapping import Mapping
from privacy.workload import Account
from tests.support.app_pages import FYP, html, odd, opened, pick
from tests.support.rounds import world
from workloads.fyp.data.opening import fits_schema, open_catalogue
from workloads.fyp.options import OWN
from workloads.fyp.world import World

ADA, MINE = Account("ada"), Account("own", simulated=False)


@pytest.fixture(autouse=True)
def state(app_state: Path) -> Path:
    return app_state


def opens(choice: datasets.Choice) -> World:
    return world(choice.on(RunRequest()))


MAPPED = Mapping(id="Nr", title="Titel", texts=("Über",), numbers=("Jahr", "Note"), lists=("Genres",))


def brought(body: bytes | None = None, name: str = "odd.csv") -> datasets.Brought:
    return datasets.bring(io.BytesIO(odd() if body is None else body), name)


def pending(body: bytes | None = None) -> AppTest:
    """The page with a file that waits for its mapping."""
    at = opened(FYP)
    at.session_state["data/pending"] = brought(body)
    at.run()
    assert not at.exception, at.exception
    return at


def test_a_mapped_file_is_used_kept_and_in_no_link(state: Path) -> None:
    at = pending()
    assert "What do the columns of" in html(at)
    prefix = f"map.{brought().path.parent.name}."
    assert "Haltung" in at.multiselect(key=f"{prefix}list").value
    at.multiselect(key=f"{prefix}list").set_value(["Genres", "Haltung"]).run()
    at.selectbox(key=f"{prefix}sensitive").set_value("Haltung").run()
    assert at.multiselect(key=f"{prefix}list").value == ["Genres"]
    at.selectbox(key=f"{prefix}id").set_value("Nr").run()
    at.multiselect(key=f"{prefix}text").set_value(["Titel", "Über"]).run()
    pick(at, "Use this data")
    assert not at.error
    page = html(at)
    assert page.count("class='vb-rank'") == 10
    assert "Jahr 19" in page
    assert "followers" not in page
    assert "<img" not in page
    assert "What do the columns" not in page
    wording = " ".join([*map(str, at.query_params.items()), *(c.value for c in at.code)])
    assert "odd" not in wording
    assert "uploads" not in wording
    # Another session, and another process, find the same choice.
    kept = json.loads((state / "data-choice.json").read_text())
    assert Path(kept["data"]).name == "odd.csv"
    assert "odd.csv" in html(opened(FYP))


def test_a_file_of_the_known_schema_needs_no_mapping() -> None:
    from workloads.fyp.data.loader import SHIPPED

    body = b"\xef\xbb\xbf" + b"\n".join(SHIPPED.read_bytes().split(b"\n")[:101])
    found = brought(body, "profiles.csv")
    assert fits_schema(found.sample.columns)
    here = datasets.use(found, None, check=opens)
    assert len(here.items) <= 100
    assert datasets.chosen().name == "profiles.csv"
    assert "followers" in html(opened(FYP))


def test_a_column_that_cannot_be_used_is_named_with_its_row_and_nothing_changes() -> None:
    with pytest.raises(DataError, match=r"odd\.csv, column Jahr, row 9"):
        datasets.use(brought(odd(bad="soon")), MAPPED, check=opens)
    assert datasets.chosen() == datasets.Choice()
    at = pending(odd(bad="soon"))
    prefix = f"map.{brought(odd(bad='soon')).path.parent.name}."
    at.multiselect(key=f"{prefix}number").set_value(["Jahr"]).run()
    at.multiselect(key=f"{prefix}list").set_value([]).run()
    at.multiselect(key=f"{prefix}text").set_value(["Titel"]).run()
    pick(at, "Use this data")
    wording = " ".join(e.value for e in at.error).replace("\\", "")
    assert "column Jahr, row 9" in wording
    assert html(at).count("class='vb-rank'") == 10
    assert datasets.chosen() == datasets.Choice()


def test_a_mapping_that_names_nothing_is_a_sentence() -> None:
    at = pending()
    prefix = f"map.{brought().path.parent.name}."
    for name in ("text", "number", "list"):
        at.multiselect(key=prefix + name).set_value([]).run()
    pick(at, "Use this data")
    assert "names no text, number or list" in " ".join(e.value for e in at.error)
    pick(at, "Cancel")
    assert "What do the columns" not in html(at)
    assert not list(uploads._folder().rglob("*.csv"))


def test_leaving_a_file_that_is_in_use_keeps_it() -> None:
    datasets.use(brought(), MAPPED, check=opens)
    datasets.leave(brought(name="again.csv"))
    assert Path(str(datasets.chosen().data)).is_file()


def test_the_way_back_and_forgetting() -> None:
    datasets.use(brought(), MAPPED, check=opens)
    at = opened(FYP)
    assert "Film " in html(at)
    feeds = set((uploads._folder().parent / "shown").glob("own-data-*.json"))
    assert len(feeds) == 1
    pick(at, "Back to the shipped data")
    assert "Film " not in html(at)
    assert datasets.chosen() == datasets.Choice()
    assert list(uploads._folder().iterdir())
    pick(at, "Delete my files")
    assert not list(uploads._folder().iterdir())
    assert not any(path.exists() for path in feeds)
    assert html(at).count("class='vb-rank'") == 10


def test_a_file_that_is_gone_leaves_a_page_with_the_way_back() -> None:
    found = brought()
    datasets.use(found, MAPPED, check=opens)
    found.path.unlink()
    at = opened(FYP)
    assert "odd.csv" in " ".join(e.value for e in at.error).replace("\\", "")
    pick(at, "Back to the shipped data")
    assert not at.error
    assert html(at).count("class='vb-rank'") == 10


def test_a_broken_choice_is_a_sentence_and_the_shipped_data(state: Path) -> None:
    (state / "data-choice.json").write_text('{"data": 5}')
    with pytest.raises(StateError, match="kept choice of data"):
        datasets.chosen()
    at = opened(FYP)
    assert "kept choice of data" in at.warning[0].value
    assert html(at).count("class='vb-rank'") == 10


@pytest.mark.parametrize("body", [b"", b"\x00\x01\x02" * 50, b"only,a,header\n"])
def test_what_is_no_table_is_refused_and_not_kept(body: bytes) -> None:
    with pytest.raises(DataError):
        brought(body, "x.csv")
    assert not list(uploads._folder().iterdir())


def test_an_upload_lies_under_its_own_name_and_is_read_as_it_was_written() -> None:
    found = brought()
    assert found.path.name == "odd.csv"
    catalogue = open_catalogue(str(found.path), str(uploads.keep_mapping(MAPPED)), items=None, seed=0)
    assert catalogue.profiles[2].id == "9007199254740993002"
    assert "Café in Köln" in catalogue.texts[1]
    assert catalogue.texts[0].startswith("=1+1")
    assert any("occurs more than once" in note for note in catalogue.notes)


def test_ones_own_taste_on_ones_own_data() -> None:
    datasets.use(brought(), MAPPED, check=opens)
    at = opened(FYP, user=OWN, stack="dp")
    assert "class='vb-rank'" not in html(at)
    next(b for b in at.button if b.label.startswith("♡ Like")).click().run()
    assert not at.exception
    assert releases.balance(MINE).spent.charges == 0
    next(b for b in at.button if b.label == "Spend it and run").click().run()
    assert html(at).count("class='vb-rank'") == 10
    assert releases.balance(MINE).spent.charges == 1
    at.run()
    assert html(at).count("class='vb-rank'") == 10
    assert releases.balance(MINE).spent.charges == 1
    assert "nothing resets it" in html(at)
