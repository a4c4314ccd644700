"""Templates of HTML: each is sound and escapes what it is given; only what is HTML already goes in as it is."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from privacy.chains.happening import Happening
from privacy.guarantees import Guarantee, Strength, Towards
from privacy.results import Metric
from privacy.views import Reading
from ui.chain import words
from ui.kit import html, plot, tiles
from ui.plugins.strangers import Stranger
from ui.server import parts

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(ROOT.glob("*/**/templates/*.html.j2"))
HOSTILE = "<script>x</script>\"'&"
WHOLE = {
    ("report", "one.body"), ("declared", "rows"), ("tiles", "one"),
    ("device", "place"),
}  # fmt: skip


def test_only_pieces_that_are_html_go_in_unescaped() -> None:
    found = {
        (path.name.split(".")[0], name)
        for path in TEMPLATES
        for name in re.findall(r"{{\s*([\w.]+)\s*\|\s*safe", path.read_text(encoding="utf-8"))
    }
    assert found == WHOLE
    assert not any("autoescape" in path.read_text(encoding="utf-8") for path in TEMPLATES)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_template_is_sound(path: Path) -> None:
    html._environment().parse(path.read_text(encoding="utf-8"))


def test_values_are_escaped_in_text_and_in_attributes() -> None:
    metric = Metric("a", 0.5, 0.1, 0.9, 10, "share", "lower", "measured", True, "")
    wire = {
        "seq": 1, "phase": HOSTILE, "round": 1, "sender": HOSTILE, "receiver": HOSTILE, "via": HOSTILE,
        "kind": HOSTILE, "exposure": HOSTILE, "bytes": 2000, "entropy": 1.0, "step": "",
    }  # fmt: skip
    towards = Towards(HOSTILE, Strength.COMPUTATIONAL, HOSTILE, HOSTILE, 128, (HOSTILE,))
    figure = {"label": HOSTILE, "metric": replace(metric, note=HOSTILE), "figure": HOSTILE, "interval": HOSTILE}
    rows = [
        {
            "wire": wire, "route": parts.route(wire), "tone": parts.tone(wire), "step": HOSTILE, "size": "2 kB",
            "alike": HOSTILE, "seen": Reading(HOSTILE, "x", True), "kept": HOSTILE, "dump": HOSTILE,
        }
    ]  # fmt: skip
    said = Happening(HOSTILE, HOSTILE, {HOSTILE: HOSTILE, "list": [HOSTILE]}, 1, 0, bytes(32), 0)
    for text in (
        html.render("kit/caption", text=HOSTILE), html.render("compare/plan", text=HOSTILE),
        plot.row(HOSTILE, metric, metric), tiles.tile(HOSTILE, HOSTILE, HOSTILE),
        html.render("server/wires", rows=rows, label=HOSTILE, whole=True, reads=HOSTILE),
        html.render("plugins/note", foreign=[Stranger(HOSTILE, HOSTILE, HOSTILE)]),
        html.render("chain/nothing", text=HOSTILE, name=HOSTILE),
        html.render("chain/events", label=HOSTILE, found=words.events([said], {})),
        html.render("kit/line", text=HOSTILE, kind=HOSTILE, role=HOSTILE),
        html.render("entry", title=HOSTILE, text=HOSTILE),
        html.piece("kit/guarantee", "rows", Guarantee((towards,), source=HOSTILE, adversary="semi-honest")),
        html.render("fyp/panels/cost", this=[figure], many=[figure], people=HOSTILE, note=HOSTILE, download=HOSTILE),
        html.render("fyp/panels/picker", name=HOSTILE, bio=HOSTILE, topic=HOSTILE),
        html.render("fyp/panels/mapping_form", name=HOSTILE, notes=[HOSTILE], head=[HOSTILE], rows=[[HOSTILE]], more=1),
        html.render("fyp/panels/data", name=HOSTILE, count="1", people=HOSTILE, notes=[HOSTILE]),
        html.render(
            "survey/panels/answer", column=HOSTILE, unit=HOSTILE, bar_note=HOSTILE, notes=[HOSTILE],
            lines=[{"label": HOSTILE, "value": HOSTILE, "bar": HOSTILE, "truth": HOSTILE}],
            errors=[{"name": HOSTILE, "value": HOSTILE, "note": HOSTILE}],
        ),
        html.render(
            "survey/panels/column", column=HOSTILE, kind=HOSTILE, rows=1, missing=1, devices=1, population=2,
            persons=False, most=1, seconds=HOSTILE, forms=[HOSTILE], more=True,
        ),
    ):  # fmt: skip
        assert "<script" not in text
        assert "\"'&" not in text
    assert rows[0]["size"] == "2 kB"


def test_a_missing_value_is_an_error_and_not_an_empty_place() -> None:
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        html.render("kit/caption")
