"""Rounds of boxes: under which stack, filled by each kind of crowd, counted, paid, audited, and downloaded."""

import io
import zipfile

import pytest

from privacy.errors import ParamError, StateError
from workloads.labeling.boxes.box import Box
from workloads.labeling.boxes.files.coco import read_coco
from workloads.labeling.boxes.files.yolo import read_yolo
from workloads.labeling.crowds.boxes import BOX_KINDS
from workloads.labeling.crowds.drawing import PADDING
from workloads.labeling.crowds.plan import COLLUDERS, SLEEPERS
from workloads.labeling.images import shipped
from workloads.labeling.rounds.box_results import box_results, count_boxes, key_of
from workloads.labeling.rounds.demo import CrowdOf, fill, known_of, ready
from workloads.labeling.rounds.exports import of_boxes, of_classes
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.rounds.terms import DISPUTED, FINAL, Domain, Terms


@pytest.fixture
def rounds(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    return ready(Rounds())


def filled(rounds, *, domain="scans", kind="honest", share=0.0, items=20, gold=20):
    images, known = shipped.for_round(domain, items, gold=gold, nth=0)
    number = rounds.publish("Boxes", domain, images, Terms(), gold=known)
    done = fill(rounds, number, CrowdOf(16, kind, share), seed=1)
    return number, done


@pytest.mark.parametrize("stack", ["smpc", "he", "dp", "dp+smpc"])
def test_boxes_are_refused_under_a_stack_that_hides_votes(rounds, stack):
    images, _ = shipped.for_round("scans", 3, gold=0, nth=0)
    with pytest.raises(ParamError, match="cannot be tallied"):
        rounds.publish("Boxes", "scans", images, Terms(stack=stack))
    assert rounds.rounds() == []
    digits, _ = shipped.for_round("digits", 3, gold=0, nth=0)
    assert rounds.publish("Classes", "digits", digits, Terms(stack=stack)) == 1


@pytest.mark.parametrize("domain", ["scans", "smears"])
def test_a_ring_falls_short_of_latent_objects_and_of_points(rounds, domain):
    number, done = filled(rounds, domain=domain, kind=COLLUDERS, share=0.45)
    assert (done.came, done.votes) == (16, 100)
    with pytest.raises(StateError, match="hidden"):
        count_boxes(rounds, rounds.round(number))
    rounds.seal(number)
    one = rounds.round(number)
    count = count_boxes(rounds, one)
    by = {row["method"]: row["f1"] for row in count.scores}
    assert by["Latent objects"][0] > 0.9 > 0.8 > by["Agreement weights"][0]
    assert count.held == 16
    assert len(count.gold) == 4
    made = box_results(count)
    assert sum(made["points"].values()) == 1000
    ring = [f"simulated-{number}-1-{at}" for at in range(7)]
    paid = [made["points"].get(one_, 0) for one_ in ring]
    honest = [points for who, points in made["points"].items() if who not in ring]
    assert max(paid) < min(honest)
    places = dict(rounds.images(number))
    for place in count.gold:
        assert sorted(map(str, count.found.boxes[place])) == sorted(str(Box(**b)) for b in shipped.truth(places[place]))


@pytest.mark.parametrize("kind", BOX_KINDS)
def test_every_kind_of_crowd_fills_a_round_of_boxes(rounds, kind):
    number, done = filled(rounds, items=6, kind=kind, share=0.3)
    assert done.votes == rounds.round(number).votes == 30
    if kind == PADDING:
        rounds.seal(number)
        pads = {one["name"]: one["padding"] for one in count_boxes(rounds, rounds.round(number)).labelers}
        padders = [pads[name] for name in pads if int(name.rpartition("-")[2]) < 5]
        assert min(padders) > 0.02


def test_a_kind_of_another_sort_of_labels_is_refused(rounds):
    images, _ = shipped.for_round("scans", 3, gold=0, nth=0)
    number = rounds.publish("Boxes", "scans", images, Terms())
    with pytest.raises(ParamError, match=SLEEPERS):
        fill(rounds, number, CrowdOf(8, SLEEPERS, 0.5), seed=0)
    digits, _ = shipped.for_round("digits", 3, gold=0, nth=0)
    number = rounds.publish("Classes", "digits", digits, Terms())
    with pytest.raises(ParamError, match=PADDING):
        fill(rounds, number, CrowdOf(8, PADDING, 0.5), seed=0)


def test_images_of_which_nobody_knows_anything_cannot_be_labelled_by_simulation(rounds):
    own = Domain("own", "Own", "classes", ("a", "b"))
    rounds.add_domain(own, {"known": 1})
    one = rounds.round(rounds.publish("Own", "own", ["known", "dark"], Terms()))
    with pytest.raises(ParamError, match="1 images"):
        known_of(rounds, one, ["known", "dark"])
    assert known_of(rounds, one, ["known"]) == {"known": 1}


def test_a_final_round_is_disputed_audited_by_boxes_and_counted_again(rounds):
    number, _ = filled(rounds, items=6)
    rounds.seal(number)
    count = count_boxes(rounds, rounds.round(number))
    rounds.finalize(number, box_results(count))
    assert rounds.round(number).state == FINAL
    vote = next(v for v in rounds.votes(number) if v.place == 1)
    rounds.dispute(number, 1, vote.labeler, "there is another one")
    assert rounds.round(number).state == DISPUTED
    before = key_of(rounds, rounds.round(number))
    said = [{"x": 3, "y": 4, "width": 5, "height": 6, "label": 0}]
    rounds.audit(number, 1, said)
    assert key_of(rounds, rounds.round(number)) != before
    again = count_boxes(rounds, rounds.round(number))
    assert again.audited == (1,)
    assert again.found.boxes[1] == (Box(3, 4, 5, 6),)
    rounds.finalize(number, box_results(again))
    assert rounds.round(number).result["boxes"][1] == said


def test_what_is_downloaded_is_what_was_drawn_and_agreed(rounds):
    number, _ = filled(rounds, domain="smears", items=6)
    rounds.seal(number)
    one = rounds.round(number)
    count = count_boxes(rounds, one)
    files = {file.file: file.make() for file in of_boxes(one, count)}
    coco = read_coco(files[f"round-{number}-coco.json"], name="coco")
    assert coco.class_names == ("cell", "cluster")
    assert [sorted(map(str, boxes)) for _, _, boxes in coco.drawings()] == [
        sorted(map(str, boxes)) for boxes in count.found.boxes
    ]
    drawn = read_coco(files[f"round-{number}-drawn.json"], name="drawn")
    cast = {(v.place, v.labeler): [Box(**b) for b in v.value] for v in rounds.votes(number)}
    assert {(i, drawn.name_of_worker(w)): sorted(map(str, b)) for i, w, b in drawn.drawings()} == {
        key: sorted(map(str, boxes)) for key, boxes in cast.items()
    }
    with zipfile.ZipFile(io.BytesIO(files[f"round-{number}-yolo.zip"])) as packed:
        assert packed.read("classes.txt") == b"cell\ncluster\n"
        for place, image in rounds.images(number):
            found = read_yolo(packed.read(f"labels/{image}.txt"), name="", size=shipped.size(image), classes=2)
            assert found == list(count.found.boxes[place])


def test_single_votes_leave_a_round_only_where_its_stack_reads_them(rounds):
    images, known = shipped.for_round("digits", 4, gold=25, nth=0)
    made = {"labels": [0, 1, -1, 3], "sure": [1.0, 0.9, 0.0, 0.8], "gold": [0], "audited": [3]}
    for stack, count in (("plain", 4), ("smpc", 1), ("dp", 1)):
        number = rounds.publish("Classes", "digits", images, Terms(stack=stack), gold=known)
        fill(rounds, number, CrowdOf(8), seed=2)
        rounds.seal(number)
        files = of_classes(rounds.round(number), made, images)
        assert len(files) == count
        assert files[0].make().decode().splitlines() == [
            "task,label,sure,known", f"{images[0]},0,1.0,gold", f"{images[1]},1,0.9,", f"{images[2]},,0.0,",
            f"{images[3]},3,0.8,audited",
        ]  # fmt: skip
        if stack == "plain":
            rows = files[1].make().decode().splitlines()
            cast = {f"{images[v.place]},{v.labeler},{v.value}" for v in rounds.votes(number)}
            assert set(rows[1:]) == cast
            assert all(file.make() for file in files)
