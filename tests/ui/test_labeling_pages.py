"""The pages of labeling: what they begin with, links that ask for too much, and a round from its form to the end."""

import pytest

from tests.support.app_pages import button, html, opened, sentences
from workloads.labeling.boxes.box import Box
from workloads.labeling.boxes.files.yolo import write_yolo
from workloads.labeling.crowds.boxes import BOX_KINDS
from workloads.labeling.images import shipped
from workloads.labeling.rounds.box_results import count_boxes
from workloads.labeling.rounds.demo import CrowdOf, fill, ready
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.rounds.terms import DISPUTED, FINAL, OPEN, QUALIFIED, Terms

SMALL = {"labelers": "8", "items": "12", "classes": "4"}


def test_a_simulated_crowd_has_labels_and_labelers(app_state):
    at = opened("crowd", SMALL)
    assert "Labels right" in html(at)
    assert html(at).count("<tr>") >= 4 + 8
    assert [b.key for b in at.button if str(b.key).startswith("offer")] == ["offer plain"]


@pytest.mark.parametrize("query", [{"items": "0"}, {"stack": "nope"}, {"crowd": "angels"}, {"consensus": "oracle"}])
def test_a_link_that_asks_for_what_cannot_be_is_said(app_state, query):
    at = opened("crowd", {**SMALL, **query})
    assert len(at.warning) + len(at.error) >= 1


@pytest.mark.parametrize("stack", ["smpc", "he"])
def test_a_consensus_of_single_votes_is_refused_where_they_are_hidden(app_state, stack):
    at = opened("crowd", {**SMALL, "stack": stack, "consensus": "robust"})
    assert "single votes" in at.error[0].value


@pytest.fixture
def rounds(app_state):
    return ready(Rounds())


def test_a_labeler_begins_with_gold_and_then_has_a_round(rounds):
    at = opened("label")
    assert "qualifying" in html(at)
    for _ in range(20):
        image = rounds.next_gold("demo-ada", "digits")
        if image is None:
            break
        rounds.answer_gold("demo-ada", "digits", image, shipped.truth(image))
    assert rounds.standing("demo-ada", "digits").state == QUALIFIED
    at = opened("label")
    assert "qualified" in html(at)
    assert len(at.info) == 1  # no round is open
    images, gold = shipped.for_round("digits", 6, gold=20, nth=0)
    rounds.publish("Six", "digits", images, Terms(), gold=gold)
    at = opened("label")
    assert not at.info


def test_a_round_is_published_filled_sealed_counted_disputed_and_final_again(rounds):
    at = opened("crowd", view="Rounds")
    at.text_input[0].set_value("Twelve")
    at.number_input[0].set_value(12)
    at.button[0].click().run()
    assert not at.exception
    one = rounds.round(1)
    assert (one.title, one.items, one.state) == ("Twelve", 12, OPEN)
    fill(rounds, 1, CrowdOf(12), seed=1)
    at = opened("crowd", view="Rounds")
    assert "Power" in html(at)
    at.button(key="seal 1").click().run()
    assert not at.exception
    assert "Items with this label" in html(at)
    at.button(key="final 1").click().run()
    final = rounds.round(1)
    assert final.state == FINAL
    assert len(final.result["labels"]) == 12
    assert sum(final.result["points"].values()) == 1000
    labels = final.result["labels"]
    right = [labels[place] == shipped.truth(image) for place, image in rounds.images(1)]
    assert sum(right) >= 11
    who = next(v for v in rounds.votes(1) if v.place == 3)
    rounds.dispute(1, 3, who.labeler, "look again")
    at = opened("crowd", view="Rounds")
    assert "disputed" in html(at)
    assert rounds.round(1).state == DISPUTED
    rounds.audit(1, 3, 7)
    at = opened("crowd", view="Rounds")
    at.button(key="final 1").click().run()
    assert rounds.round(1).result["labels"][3] == 7


def test_a_round_of_boxes_goes_from_its_form_to_the_end(rounds):
    at = opened("crowd", view="Rounds")
    at.selectbox[0].set_value("scans").run()
    stack = next(box for box in at.selectbox if box.label == "Counted under")
    assert stack.disabled
    assert stack.value == "plain"
    at.number_input[0].set_value(8)
    at.button[0].click().run()
    assert not at.exception
    one = rounds.round(1)
    assert (one.domain.id, one.items, one.terms.stack) == ("scans", 8, "plain")
    kinds = next(box for box in at.selectbox if box.key == "fill kind 1")
    assert len(kinds.options) == len(BOX_KINDS)
    fill(rounds, 1, CrowdOf(12), seed=1)
    at = opened("crowd", view="Rounds")
    at.button(key="seal 1").click().run()
    assert not at.exception
    count = count_boxes(rounds, rounds.round(1))
    page = html(at)
    for row in count.scores:
        assert f"{row['method']}</th><td class='r'>{row['f1'][0]:.3f}</td><td class='r'>{row['f1'][1]:.3f}</td>" in page
    assert page.count("<figure class='vb-cell'>") == 8
    drawn = sum(len(boxes) for boxes in count.found.boxes)
    assert page.count("<i class='k0'") == drawn
    assert page.count("<i class='known'") == sum(len(boxes) for boxes in count.known.values())
    at.button(key="final 1").click().run()
    final = rounds.round(1)
    assert final.state == FINAL
    assert sum(len(boxes) for boxes in final.result["boxes"]) == drawn
    assert sum(final.result["points"].values()) == 1000
    who = next(v for v in rounds.votes(1) if v.place == 3)
    rounds.dispute(1, 3, who.labeler, "look again")
    at = opened("crowd", view="Rounds")
    assert at.number_input(key="audit item 1").value == 3
    rounds.audit(1, 3, [])
    at = opened("crowd", view="Rounds")
    at.button(key="final 1").click().run()
    assert rounds.round(1).result["boxes"][3] == []


def test_a_folder_with_boxes_becomes_a_domain_and_a_wrong_one_is_said(rounds):
    box, image = shipped.truth("scans-500")[0], shipped.png("scans-500")
    line = write_yolo([Box(**box)], size=shipped.size("scans-500")).encode()
    files = [("a.png", image, "image/png"), ("classes.txt", b"spot", "text/plain")]
    for text, added in ((b"0 1 2", 0), (line, 1)):
        at = opened("crowd", view="Images")
        next(one for one in at.get("file_uploader") if one.label.startswith("A zip")).set_value(
            [*files, ("a.txt", text, "text/plain")]
        )
        next(one for one in at.text_input if one.label.startswith("Domain")).set_value("My spots")
        at.checkbox[0].check()
        button(at, "Add the folder").click().run()
        assert not at.exception
        assert len(at.error) == 1 - added
        assert len(at.success) == added
        if not added:
            assert "a.txt, line 1" in sentences(at)
    assert list(rounds.gold("my_spots").values()) == [[box]]
    assert rounds.domain("my_spots").classes == ("spot",)
    assert next(one for one in at.selectbox if one.label == "Domain").value == "my_spots"
