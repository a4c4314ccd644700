"""The For-you page under a randomiser, and on a person's own data, through Streamlit's own test harness."""

import io
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from test_pages import FYP, html, opened, state  # noqa: F401  (the fixture is used by name)

from privacy.data.mapping import Mapping
from privacy.data.opening import open_catalogue
from privacy.errors import DataError, StateError
from privacy.params import owners
from privacy.registry import discover
from privacy.services import datasets, releases, tastes, uploads
from privacy.services.feeds import FeedBook
from privacy.services.ledger import Budget, persistent
from privacy.workloads import fyp
from privacy.workloads.request import OWN, RunRequest

GENRES = ("drama", "comedy", "crime", "western")


def odd(*, rows: int = 60, bad: str = "") -> bytes:
    """A CSV as people have them: Latin-1, semicolons, CRLF, decimal commas, formulas, a repeated 19-digit id."""
    lines = ["Nr;Titel;Über;Jahr;Note;Genres;Haltung"]
    for i in range(rows):
        number = 9007199254740993000 + max(i, 1)
        about = ("=1+1", "Ein Café in Köln", "Größe zählt", "<img src=x onerror=alert(1)>")[i % 4]
        year = bad if bad and i == 7 else str(1950 + i)
        genres = f"{GENRES[i % 4]}|{GENRES[(i // 4) % 4]}"
        lines.append(
            f"{number};Film {i};{about} {genres};{year};{i % 9},{i % 7};{genres};{'links' if i % 3 else 'rechts'}"
        )
    return ("\r\n".join(lines) + "\r\n").encode("latin-1")


MAPPED = Mapping(id="Nr", title="Titel", texts=("Über",), numbers=("Jahr", "Note"), lists=("Genres",))


def brought(body: bytes | None = None, name: str = "odd.csv") -> datasets.Brought:
    return datasets.bring(io.BytesIO(odd() if body is None else body), name)


def pick(at: AppTest, label: str) -> None:
    next(b for b in at.button if b.label == label).click().run()
    assert not at.exception, at.exception


def pending(body: bytes | None = None) -> AppTest:
    """The page with a file that waits for its mapping."""
    at = opened(FYP)
    at.session_state["data/pending"] = brought(body)
    at.run()
    assert not at.exception, at.exception
    return at


# Randomisers


@pytest.mark.parametrize("stack", ["dp", "dp+he"])
def test_a_randomised_stack_works_like_any_other(stack: str) -> None:
    at = opened(FYP, stack=stack)
    assert not at.error
    assert not at.warning
    page = html(at)
    assert page.count("class='vb-rank'") == 10
    assert "200 candidates came back as whole records" in page
    assert "the released vector" in page
    assert "Spent today" in page
    assert at.query_params["stack"] == stack


def test_the_form_has_the_parameters_of_both_and_they_are_in_the_link() -> None:
    at = opened(FYP, **{"stack": "dp+he", "dp+he.epsilon": "3", "dp+he.preset": "roomy"})
    assert at.segmented_control(key="fyp.dp+he.preset").value == "roomy"
    epsilon = at.select_slider(key="fyp.dp+he.epsilon")
    assert (epsilon.value, "3" in epsilon.options) == (3.0, True)
    epsilon.set_value(8.0).run()
    assert not at.exception
    assert at.query_params["dp+he.epsilon"] == "8.0"
    assert at.query_params["dp+he.preset"] == "roomy"
    assert "3" not in at.select_slider(key="fyp.dp+he.epsilon").options
    assert "ε 11" in html(at)  # both releases of today were charged


def test_an_address_typed_with_a_plus_sign_is_understood() -> None:
    at = opened(FYP, **{"stack": "dp he", "dp he.epsilon": "4"})
    assert not at.warning
    assert at.query_params == {"stack": "dp+he", "dp+he.epsilon": "4.0"}


def test_dp_he_says_which_observer_each_is_for() -> None:
    page = html(opened(FYP, stack="dp+he")).replace("&#x27;", "'")
    assert "DP's noise is for whoever answers the fetch" in page
    assert "HE is for whoever scores" in page
    registry = discover()
    assert fyp.division(registry, "dp") == fyp.division(registry, "he") == ""


def test_under_he_a_released_vector_is_shown_beside_the_taste() -> None:
    run = FeedBook().get(RunRequest(stack="dp+he"), discover())
    assert run.randomised
    assert run.fetched == 200
    assert run.sent != run.vector
    assert not FeedBook().get(RunRequest(stack="plain"), discover()).randomised


def test_reset_demo_draws_and_charges_anew_and_leaves_ones_own_alone() -> None:
    tastes.set_liked(fyp.world_of(RunRequest()), 17, on=True)
    own = opened(FYP, stack="dp", user=OWN)
    assert "nothing resets it" in html(own)
    assert "Reset demo" not in [b.label for b in own.button]
    at = opened(FYP, stack="dp")
    at.select_slider(key="fyp.dp.epsilon").set_value(16.0).run()
    assert releases.account("ada").spent.epsilon == 18
    pick(at, "Reset demo")
    assert releases.account("ada").spent.epsilon == 16
    assert releases.account("ada").lifetime.charges == 1
    assert releases.account(OWN).spent.epsilon == 2


def test_a_spent_budget_is_a_sentence_with_its_date_and_the_page_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(releases.BUDGETS, "demo", Budget(epsilon=3.0, period="month"))
    at = opened(FYP, stack="dp")
    at.select_slider(key="fyp.dp.epsilon").set_value(4.0).run()
    assert "no wait would help" in at.error[0].value.replace("\\", "")
    at.select_slider(key="fyp.dp.epsilon").set_value(1.0).run()
    assert not at.error
    at.select_slider(key="fyp.dp.epsilon").set_value(0.5).run()
    frees = str(releases.account("ada").end)
    assert frees in at.error[0].value.replace("\\", "")
    assert "class='vb-rank'" not in html(at)
    assert "Privacy ledger" in [s.value for s in at.subheader]
    assert at.title[0].value == "For you"
    pick(at, "Reset demo")
    assert not at.error
    assert html(at).count("class='vb-rank'") == 10


def test_a_feed_of_an_earlier_period_is_not_shown_as_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    from privacy.services import feeds

    book, registry = FeedBook(), discover()
    for stack in ("dp", "plain"):
        book.get(RunRequest(stack=stack), registry)
    assert book.runs == 2
    later = releases.period_start("ada") + timedelta(days=1)
    monkeypatch.setattr(feeds, "period_start", lambda user: later)
    for stack in ("dp", "plain"):
        book.get(RunRequest(stack=stack), registry)
    assert book.runs == 3


def test_an_account_is_read_without_a_charge() -> None:
    assert releases.account("ada").spent.charges == 0
    assert releases.account(OWN).spent.charges == 0
    assert releases.period_start(OWN) == datetime.now(UTC).date().replace(day=1)
    assert isinstance(releases.account(OWN).end, date)
    assert persistent().lifetime(OWN).charges == 0


# Own data


def test_a_mapped_file_is_used_kept_and_in_no_link(state: Path) -> None:  # noqa: F811
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
    said = " ".join([*map(str, at.query_params.items()), *(c.value for c in at.code)])
    assert "odd" not in said
    assert "uploads" not in said
    # Another session, and another process, find the same choice.
    kept = json.loads((state / "data-choice.json").read_text())
    assert Path(kept["data"]).name == "odd.csv"
    assert "odd.csv" in html(opened(FYP))


def test_a_file_of_the_known_schema_needs_no_mapping() -> None:
    from privacy.data.loader import SHIPPED

    body = b"\xef\xbb\xbf" + b"\n".join(SHIPPED.read_bytes().split(b"\n")[:101])
    found = brought(body, "profiles.csv")
    assert found.ready
    world = datasets.use(found, None, settings=RunRequest())
    assert len(world.items) <= 100
    assert datasets.chosen().name == "profiles.csv"
    assert "followers" in html(opened(FYP))


def test_a_column_that_cannot_be_used_is_named_with_its_row_and_nothing_changes() -> None:
    with pytest.raises(DataError, match=r"odd\.csv, column Jahr, row 9"):
        datasets.use(brought(odd(bad="soon")), MAPPED, settings=RunRequest())
    assert datasets.chosen() == datasets.Choice()
    at = pending(odd(bad="soon"))
    prefix = f"map.{brought(odd(bad='soon')).path.parent.name}."
    at.multiselect(key=f"{prefix}number").set_value(["Jahr"]).run()
    at.multiselect(key=f"{prefix}list").set_value([]).run()
    at.multiselect(key=f"{prefix}text").set_value(["Titel"]).run()
    pick(at, "Use this data")
    said = " ".join(e.value for e in at.error).replace("\\", "")
    assert "column Jahr, row 9" in said
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
    datasets.use(brought(), MAPPED, settings=RunRequest())
    datasets.leave(brought(name="again.csv"))
    assert Path(str(datasets.chosen().data)).is_file()


def test_the_way_back_and_forgetting() -> None:
    datasets.use(brought(), MAPPED, settings=RunRequest(cohort=40))
    at = opened(FYP)
    assert "Film " in html(at)
    feeds = set((uploads._folder().parent / "feeds").glob("own-data-*.json"))
    assert len(feeds) == 1
    pick(at, "Back to the shipped data")
    assert "Film " not in html(at)
    assert datasets.chosen() == datasets.Choice()
    assert list(uploads._folder().iterdir())
    pick(at, "Forget my files")
    assert not list(uploads._folder().iterdir())
    assert not any(path.exists() for path in feeds)
    assert html(at).count("class='vb-rank'") == 10


def test_a_file_that_is_gone_leaves_a_page_with_the_way_back() -> None:
    found = brought()
    datasets.use(found, MAPPED, settings=RunRequest(cohort=40))
    found.path.unlink()
    at = opened(FYP)
    assert "odd.csv" in " ".join(e.value for e in at.error).replace("\\", "")
    pick(at, "Back to the shipped data")
    assert not at.error
    assert html(at).count("class='vb-rank'") == 10


def test_a_broken_choice_is_a_sentence_and_the_shipped_data(state: Path) -> None:  # noqa: F811
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
    datasets.use(brought(), MAPPED, settings=RunRequest(cohort=40))
    at = opened(FYP, user=OWN, stack="dp")
    assert "class='vb-rank'" not in html(at)
    next(b for b in at.button if b.label.startswith("♡ Like")).click().run()
    assert not at.exception
    assert html(at).count("class='vb-rank'") == 10
    assert releases.account(OWN).spent.charges == 1
    assert "nothing resets it" in html(at)


def test_a_stack_has_the_fields_of_its_members_and_the_first_has_a_shared_name() -> None:
    @dataclass(frozen=True)
    class One:
        a: int = 1
        b: int = 2

    @dataclass(frozen=True)
    class Two:
        b: int = 3
        c: int = 4

    assert owners(One, Two) == {"a": One, "b": One, "c": Two}
    registry = discover()
    assert set(registry.fields("dp+he")) == {*registry.fields("dp"), *registry.fields("he")}
    assert [s.id for s in registry.members("dp+he")] == ["dp", "he"]
    assert registry.fields("plain") == {}
    for stack in fyp.offered(registry):
        for name, kind in registry.fields(stack).items():
            suggested = kind.__dataclass_fields__[name].metadata["suggested"]
            for value in suggested:
                registry.stack(stack, {name: value})
