"""The Plugins page through Streamlit's test harness."""

import shutil
from html import unescape
from pathlib import Path

import pytest

from privacy.fingerprint import code_of
from privacy.registry import discover
from privacy.services.checks import keep, keep_part
from privacy.services.released import released
from privacy.testing.bench import CheckResult
from privacy.testing.report import Report
from tests.support import PLANTED
from tests.support.app_pages import PLUGINS, html, labels, opened


@pytest.fixture(autouse=True)
def state(app_state: Path) -> Path:
    (app_state / "plugins").mkdir()
    return app_state


def test_built_ins_are_there_as_measured_at_release() -> None:
    at = opened(PLUGINS, backend="plain")
    page = html(at)
    date = released(discover().spec("plain")).date
    assert f"Measured at release, {date}" in page
    assert page.count("measured at release") >= 5
    assert "Run the checks here" in labels(at)
    assert "built in" in page
    assert "does not sandbox" in page


def test_a_link_chooses_a_backend_and_a_failed_check_is_shown() -> None:
    spec = discover().spec("plain")
    bad = CheckResult("game", "A game", False, "it <b>told</b>", 2, reproduce="veilbench check plain --only game")
    keep(Report("plain", {"scoring": [bad]}, date="2026-11-21", code=code_of(spec)), spec)
    at = opened(PLUGINS, backend="plain")
    assert at.selectbox(key="backend").value == "plain"
    page = html(at)
    assert "✗ failed" in page
    assert "it &lt;b&gt;told&lt;/b&gt;" in page
    assert at.code[0].value == "veilbench check plain --only game"


def test_a_broken_plugin_is_greyed_with_reason_and_log_id(state: Path) -> None:
    (state / "plugins" / "odd.py").write_text("raise ValueError('<script>x</script>')\n")
    page = html(opened(PLUGINS))
    assert 'class="off"' in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert "Log id" in page
    behind = page[page.index("Log id") :]
    assert "Traceback (most recent call last)" in behind
    assert 'odd.py", line 1' in unescape(behind)


def test_reload_finds_a_new_file(state: Path) -> None:
    at = opened(PLUGINS)
    assert "sound" not in at.selectbox(key="backend").options
    shutil.copy(PLANTED / "sound.py", state / "plugins" / "sound.py")
    at.button(key="reload").click().run()
    assert not at.exception, at.exception
    assert "sound" in at.selectbox(key="backend").options


def test_a_link_to_no_backend_says_so() -> None:
    at = opened(PLUGINS, backend="nobody")
    assert "nobody" in html(at) + "".join(w.value for w in at.warning)


def test_a_check_that_was_cut_is_incomplete_and_can_be_gone_on_with() -> None:
    spec = discover().spec("plain")
    rows = [
        CheckResult("error", "An error", True, "none", 1),
        CheckResult("game", "A game", None, "not finished: no sign of life for 300 s", 2),
        CheckResult("length", "A length", None, "too few to tell: 25 guesses", 2),
    ]
    keep_part(Report("plain", {"scoring": rows}, code=code_of(spec, also=("testing",)), total=9), spec)
    at = opened(PLUGINS, backend="plain")
    page = html(at)
    assert "1 check passed" in page
    assert "7 of 9 are not finished" in page
    assert "– incomplete" in page
    assert "– too few to tell" in page
    assert "✗ failed" not in page
    assert {"Run the remaining checks", "Begin anew"} <= set(labels(at))


def test_stores_are_listed_and_one_that_cannot_be_used_says_why(state: Path) -> None:
    source = (
        "from privacy.plugin.stores import StoreSpec, hookimpl\n@hookimpl\ndef register_stores():\n"
        "    return [StoreSpec(id='far', title='Far', summary='', store='far:Far', modules=('no_such_module',))]\n"
    )
    (state / "plugins" / "far.py").write_text(source)
    page = html(opened(PLUGINS))
    table = page[page.index("aria-label='Blob stores'") :]
    assert "local, the default" in table
    assert "no_such_module" in table


def test_provers_are_listed_and_one_that_cannot_be_used_says_why(state: Path) -> None:
    source = (
        "from privacy.plugin.provers import ProverSpec, hookimpl\n@hookimpl\ndef register_provers():\n"
        "    return [ProverSpec(id='far', title='Far', summary='', prover='far:Far', modules=('no_such_module',))]\n"
    )
    (state / "plugins" / "far.py").write_text(source)
    page = html(opened(PLUGINS))
    table = page[page.index("aria-label='Provers'") :]
    assert "groth16" in table
    assert "no_such_module" in table
