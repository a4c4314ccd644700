"""Each page through Streamlit's own test harness: it draws, keeps its settings, and survives bad ones."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.app_pages import FYP, html, keyed, opened, shown
from tests.support.rounds import world
from workloads.fyp import tastes
from workloads.fyp.options import OWN


@pytest.fixture(autouse=True)
def state(app_state: Path) -> Path:
    return app_state


def test_home_says_what_is_here() -> None:
    at = opened()
    assert at.title[0].value == "Veilbench"
    page = html(at)
    for backend in ("plain", "local", "he"):
        assert backend in page
    assert not at.error


def test_a_feed_is_there_without_a_click() -> None:
    at = opened(FYP)
    assert at.title[0].value == "For you"
    assert html(at).count("class='vb-rank'") == 10
    assert "Towards the server" in html(at)
    assert not at.error


def test_switching_keeps_the_previous_feed_and_marks_what_moved() -> None:
    at = opened(FYP)
    keyed(at.segmented_control, "fyp.stack").set_value("he").run()
    assert not at.exception
    page = html(at)
    assert page.count("class='vb-rank'") == 20
    assert "The same 10 cards in the same order." in page
    assert page.count("= same") == 10
    assert "runs under plain" not in page
    assert "Downloading the table, as the stack local does, is cheaper" in page
    assert at.query_params["stack"] == "he"
    assert at.query_params["prev"] == "plain"


def test_what_the_server_saw_of_a_fetch_depends_on_how_it_is_set() -> None:
    at = opened(FYP, stack="he")
    private = shown(at)
    assert private.count("“query” to the server") == 2
    assert "The settings fetch items by id" not in private
    keyed(at.segmented_control, "fyp.fetch").set_value("by id").run()
    assert not at.exception
    by_id = shown(at)
    assert "The settings fetch items by id" in by_id
    assert by_id.count("“query” to the server") == 1
    assert "“indices” to the server" in by_id
    assert "the chosen items, digit for digit" in by_id
    assert at.query_params["fetch"] == "by id"
    assert "“indices”" in shown(opened(FYP, stack="he", fetch="by id"))


def test_a_link_reproduces_the_settings() -> None:
    at = opened(FYP, stack="local", user="chika", seed="3", items="500", dims="32")
    assert keyed(at.segmented_control, "fyp.stack").value == "local"
    assert keyed(at.selectbox, "fyp.user").value == "chika"
    assert keyed(at.number_input, "fyp.items").value == 500
    assert not at.error


def test_params_come_from_the_dataclass_and_are_in_the_link() -> None:
    at = opened(FYP, stack="he", he__preset="fast")
    form = keyed(at.segmented_control, "fyp.he.preset")
    assert form.value == "fast"
    assert list(form.options) == ["exact", "fast"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"stack": "hee"}, "he"),
        ({"user": "<script>alert(1)</script>"}, "user"),
        ({"dims": "9000"}, "dims"),
        ({"seed": "nan"}, "seed"),
        ({"nonsense": "1"}, "nonsense"),
        ({"stack": "he", "he__preset": "huge"}, "preset"),
    ],
)
def test_a_bad_value_in_a_link_is_a_sentence_and_a_default(query: dict[str, str], names: str) -> None:
    at = opened(FYP, **query)
    wording = " ".join(e.value for e in [*at.warning, *at.error, *at.info])
    assert names in wording, wording
    assert html(at).count("class='vb-rank'") == 10


def test_own_taste_is_picked_by_cards_and_is_in_no_link() -> None:
    at = opened(FYP, user=OWN)
    buttons = [b for b in at.button if b.label.startswith("♡ Like")]
    assert len(buttons) == 12
    assert "class='vb-rank'" not in html(at)
    buttons[0].click().run()
    assert not at.exception
    assert html(at).count("class='vb-rank'") == 10
    (liked,) = tastes.liked(world())
    link = " ".join(c.value for c in at.code)
    assert f"={liked}" not in link
    assert str(liked) not in " ".join(map(str, at.query_params.values()))


def test_own_taste_is_there_for_another_session_and_can_be_forgotten() -> None:
    here = world()
    tastes.set_liked(here, 17, on=True)
    at = opened(FYP, user=OWN)
    assert html(at).count("class='vb-rank'") == 10
    next(b for b in at.button if b.label == "Yes, delete them").click().run()
    assert tastes.liked(here) == []


HOSTILE = "<script>alert(1)</script> **b** [x](javascript:alert(1)) :material/home: $x^2$ <img src=x onerror=alert(2)>"


def test_a_hostile_profile_is_shown_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    from ui.kit import format as f
    from ui.kit.html import piece
    from workloads.fyp.panels import feed

    card = {"nickname": HOSTILE, "account_id": HOSTILE, "biography": HOSTILE, "is_verified": False, "followers": 7}
    shown = piece("fyp/panels/feed", "feed", [feed.row(1, card, HOSTILE, None, profile=True)])
    assert not re.search(r"<(script|img)", shown)
    assert "&lt;script&gt;" in shown
    assert "onerror=alert(2)&gt;" in shown
    assert "<" not in f.text("<b>")


def test_an_unexpected_error_is_a_log_id_without_a_private_word(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from ui import resources

    def broken(*_: object) -> None:
        raise RuntimeError("liked items: 5, 6")

    monkeypatch.setattr(type(resources.rounds()), "get", broken)
    at = opened(FYP)
    (found,) = re.findall(r"id ([0-9a-f]{8})", " ".join(e.value for e in at.error))
    assert found in caplog.text
    assert "liked items" not in caplog.text + " ".join(e.value for e in at.error)


def test_a_broken_plugin_is_named_and_the_others_work(state: Path) -> None:
    (state / "plugins").mkdir()
    (state / "plugins" / "broken.py").write_text("raise RuntimeError('no such accelerator')")
    at = opened(FYP)
    assert "no such accelerator" in html(at)
    assert html(at).count("class='vb-rank'") == 10
    assert "no such accelerator" in html(opened())


def test_a_full_disk_is_a_sentence_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    import errno
    import tempfile

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    at = opened(FYP, user=OWN)
    monkeypatch.setattr(tempfile, "mkstemp", full)
    next(b for b in at.button if b.label.startswith("♡ Like")).click().run()
    assert not at.exception
    assert any("disk is full" in e.value for e in at.error)


def test_the_app_does_not_import_torch() -> None:
    code = (
        "import sys, app\nfrom ui import resources\nresources.warm()\n"
        "print([m for m in ('torch', 'opacus', 'web3') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
