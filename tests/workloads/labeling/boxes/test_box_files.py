"""Boxes in COCO's JSON and YOLO's text: round trips, and each file that is wrong in one sentence that says where."""

import io
import json
import re
import zipfile
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import DataError, ParamError
from privacy.registry import discover
from workloads.labeling.boxes.agreed import Agreed
from workloads.labeling.boxes.box import Box
from workloads.labeling.boxes.drawn import Drawn
from workloads.labeling.boxes.files import folder
from workloads.labeling.boxes.files.coco import read_coco, read_results, write_agreed, write_coco, write_results
from workloads.labeling.boxes.files.folder import read_folder, unpacked
from workloads.labeling.boxes.files.yolo import read_classes, read_yolo, write_yolo
from workloads.labeling.boxes.methods import consensus
from workloads.labeling.crowds.boxes import BoxPlan, simulate_boxes
from workloads.labeling.images import shipped
from workloads.labeling.images.album import Album, Sizes
from workloads.labeling.images.importing import import_folder
from workloads.labeling.rounds.service import Rounds

SIZES = st.tuples(st.integers(8, 400), st.integers(8, 400))


@st.composite
def pages(draw: Any) -> tuple[tuple[int, int], list[Box]]:
    """A size, and boxes inside of it."""
    width, height = draw(SIZES)
    boxes = []
    for _ in range(draw(st.integers(0, 5))):
        x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
        boxes.append(
            Box(x, y, draw(st.integers(1, width - x)), draw(st.integers(1, height - y)), draw(st.integers(0, 2)))
        )
    return (width, height), boxes


def same(a: Drawn, b: Drawn) -> bool:
    """Whether two tables say the same of the same names."""

    def said(table: Drawn) -> Any:
        rows = [
            (table.name_of_item(i), table.name_of_worker(w), [(*vars(x).values(),) for x in boxes])
            for i, w, boxes in table.drawings()
        ]
        return sorted(rows), table.class_names, table.sizes.tolist()

    return bool(said(a) == said(b))


@given(st.lists(pages(), min_size=1, max_size=4), st.integers(1, 3))
def test_coco_gives_back_what_everybody_drew_and_who_drew_nothing(sheets: list[Any], workers: int) -> None:
    drawings = [(i, w, boxes if w % 2 == 0 else []) for i, (_, boxes) in enumerate(sheets) for w in range(workers)]
    data = Drawn.of(
        drawings, sizes=[size for size, _ in sheets], workers=workers, classes=3,
        item_names=tuple(f"ä{i}.png" for i in range(len(sheets))),
        worker_names=tuple(f"w{w}" for w in range(workers)), class_names=("cat", "dog", "ö"),
    )  # fmt: skip
    again = read_coco(write_coco(data).encode(), name="a.json")
    assert same(data, again)
    assert again.notes == ()


@given(pages())
def test_yolo_gives_back_whole_pixels(sheet: Any) -> None:
    size, boxes = sheet
    assert read_yolo(write_yolo(boxes, size=size).encode(), name="a.txt", size=size, classes=3) == boxes
    sure = [0.5] * len(boxes)
    assert read_yolo(write_yolo(boxes, size=size, sure=sure).encode(), name="a.txt", size=size, classes=3) == boxes


def test_a_consensus_goes_out_and_comes_back() -> None:
    crowd = simulate_boxes(BoxPlan(items=6, workers=5), seed=0)
    found: Agreed = consensus("latent", crowd.drawn)
    results = read_results(write_results(found).encode(), name="r.json", like=crowd.drawn)
    assert {i: tuple(boxes) for i, boxes in results.items()} == {i: b for i, b in enumerate(found.boxes) if b}
    again = read_coco(write_agreed(crowd.drawn, found).encode(), name="a.json")
    assert [tuple(sorted(map(str, b))) for _, _, b in again.drawings()] == [
        tuple(sorted(map(str, b))) for b in found.boxes
    ]


def coco(**changes: Any) -> bytes:
    """A good file with one image, one category and one box, of which something is changed."""
    box = {"id": 7, "image_id": 1, "category_id": 5, "bbox": [10, 10, 20, 20]} | changes.pop("box", {})
    made = {
        "images": [{"id": 1, "file_name": "a.png", "width": 100, "height": 80} | changes.pop("image", {})],
        "categories": [{"id": 5, "name": "cell"}], "annotations": [box],
    } | changes  # fmt: skip
    return json.dumps(made).encode()


def test_a_file_of_other_tools_is_read_and_rounding_is_said() -> None:
    found = read_coco(coco(box={"bbox": [10.4, 9.6, 20.0, 20.2], "iscrowd": 0}), name="a.json")
    assert found.place.tolist() == [[10, 10, 20, 20]]
    assert "1 boxes were rounded" in found.notes[0]
    assert found.class_names == ("cell",)
    # A pixel over the edge is a rounding of another tool, and stays inside.
    assert read_coco(coco(box={"bbox": [80, 60, 20.9, 20]}), name="a.json").place.tolist() == [[80, 60, 20, 20]]


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"{", "a.json, line 1"),
        (b"[\n\n1,", "a.json, line 3"),
        (b"\xff", "UTF-8"),
        (b"[]", "COCO"),
        (b"[" * 100_000, "damaged"),
        (coco(annotations=3), "list of annotations"),
        (coco(images=[]), "no image"),
        (coco(images=[{"file_name": "a.png"}]), "no id"),
        (coco(images=[{"id": 1, "width": 1, "height": 9}] * 2), "have the id 1"),
        (coco(image={"width": None}), "image 1"),
        (coco(image={"width": True}), "image 1"),
        (coco(image={"height": 0}), "image 1"),
        (coco(image={"annotators": "ann"}), "image 1"),
        (coco(box={"image_id": 9}), "annotation 7.*an image that"),
        (coco(box={"image_id": [1]}), "annotation 7.*an image that"),
        (coco(box={"category_id": 1}), "annotation 7.*category"),
        (coco(box={"bbox": [1, 2, 3]}), "annotation 7.*four numbers"),
        (coco(box={"bbox": ["1", 2, 3, 4]}), "annotation 7.*four numbers"),
        (coco(box={"bbox": [1, 2, True, 4]}), "annotation 7.*four numbers"),
        (coco(box={"bbox": [30, 30, -20, 20]}), "annotation 7.*swapped"),
        (coco(box={"bbox": [30, 30, 20, 0]}), "annotation 7.*no area"),
        (coco(box={"bbox": [90, 10, 20, 20]}), "annotation 7.*not inside"),
        (coco(box={"bbox": [-2, 10, 20, 20]}), "annotation 7.*not inside"),
        (coco(box={"bbox": [1e400, 10, 20, 20]}), "number"),
        (coco(box={"bbox": [10**400, 10, 20, 20]}), "number"),
        (coco(box={"annotator": {"id": 1}}), "annotation 7.*annotator"),
        (coco(categories=[{"id": 5}]), "name"),
    ],
)
def test_a_wrong_coco_file_is_said_with_its_place(data: bytes, match: str) -> None:
    with pytest.raises(DataError) as told:
        read_coco(data, name="a.json")
    assert re.search(match, f"{told.value.where} {told.value}"), str(told.value)
    assert "a.json" in str(told.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("0 .5 .5 .2", 1),
        ("0 .5 .5 .2 .2\n0 .1 .1 .2 .2 .3 .3 .4 .4", 2),
        ("cat .5 .5 .2 .2", 1),
        ("0 .5 .5 .2 .2\n\n3 .5 .5 .2 .2", 3),
        ("-1 .5 .5 .2 .2", 1),
        ("0 .95 .5 .2 .2", 1),
        ("0 .5 .5 -.2 .2", 1),
        ("0 .5 .5 0 .2", 1),
        ("0 nan .5 .2 .2", 1),
        ("0 50 50 20 20", 1),
    ],
)
def test_a_wrong_yolo_file_is_said_with_its_line(text: str, line: int) -> None:
    with pytest.raises(DataError, match=f"b.txt, line {line}"):
        read_yolo(text.encode(), name="b.txt", size=(100, 80), classes=3)


@pytest.mark.parametrize(
    ("name", "text", "names"),
    [
        ("classes.txt", "cat\ndog\n\n", ("cat", "dog")),
        ("data.yaml", "path: x\nnames: [cat, 'dog']\nnc: 2\n", ("cat", "dog")),
        ("data.yaml", "names:\n  0: cat\n  1: dog\ntrain: x\n", ("cat", "dog")),
        ("data.yaml", "names:\n- cat\n- dog # a comment\n", ("cat", "dog")),
    ],
)
def test_names_of_classes_are_read(name: str, text: str, names: tuple[str, ...]) -> None:
    assert read_classes(text.encode(), name=name) == names


@pytest.mark.parametrize("text", ["", "cat\ncat\n"])
def test_names_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"classes\.txt"):
        read_classes(text.encode(), name="classes.txt")


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return out.getvalue()


IMAGES = {f"set/images/s{i}.png": shipped.png(f"scans-{9000 + i}") for i in range(3)}
TRUTH = [[Box(**box) for box in shipped.truth(f"scans-{9000 + i}")] for i in range(3)]
SIZE = shipped.size("scans-0")
YOLO = {f"set/labels/s{i}.txt": write_yolo(TRUTH[i], size=SIZE).encode() for i in range(2)}
COCO = {
    "images": [{"id": i, "file_name": f"s{i}.png", "width": SIZE[0], "height": SIZE[1]} for i in range(3)],
    "categories": [{"id": 1, "name": "lesion"}],
    "annotations": [
        {"id": n, "image_id": i, "category_id": 1, "bbox": [b.x, b.y, b.width, b.height]}
        for n, (i, b) in enumerate((i, b) for i in range(3) for b in TRUTH[i])
    ],
}


def size_of(data: bytes, name: str) -> tuple[int, int]:
    return SIZE


def test_a_zip_is_read_without_what_a_system_adds(monkeypatch: pytest.MonkeyPatch) -> None:
    more = {"__MACOSX/._s0.png": b"x", "set/.DS_Store": b"x", "set/readme.md": b"x", "set/classes.txt": b"lesion\n"}
    found = read_folder(unpacked(zipped(IMAGES | YOLO | more), name="a.zip"), size_of)
    assert found.classes == ("lesion",)
    assert set(found.images) == set(IMAGES)
    assert found.boxes == {f"set/images/s{i}.png": TRUTH[i] for i in range(2)}  # the third has no label
    with pytest.raises(DataError, match="zip"):
        unpacked(b"PK no zip", name="a.zip")
    monkeypatch.setattr(folder, "MOST_BYTES", 2**20)
    with pytest.raises(DataError, match="files of 2 MB"):
        unpacked(zipped({"a.png": bytes(2**21)}), name="a.zip")


@pytest.mark.parametrize(
    ("files", "match"),
    [
        ({}, "no image"),
        (IMAGES, "names classes"),
        (IMAGES | YOLO | {"classes.txt": b"lesion", "labels/gone.txt": b""}, "gone.txt"),
        (IMAGES | {"a/s0.jpg": b""} | YOLO | {"classes.txt": b"lesion"}, "s0"),
        (IMAGES | {"a.json": b"{}", "b.json": b"{}"}, "several"),
        ({"s0.png": b""} | {"a.json": json.dumps(COCO).encode()}, "s1.png"),
    ],
    ids=["nothing", "no labels", "no image", "two stems", "two files", "a missing image"],
)
def test_a_folder_that_is_none_is_said(files: dict[str, bytes], match: str) -> None:
    with pytest.raises(DataError, match=match):
        read_folder(files, size_of)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with Album(discover()) as album:
        yield Rounds(sizes=Sizes(album)), album


def test_a_folder_becomes_images_of_a_domain_and_their_boxes_its_gold(place) -> None:
    rounds, album = place
    files = IMAGES | {"set/boxes.json": json.dumps(COCO).encode()}
    with pytest.raises(ParamError, match="consent"):
        import_folder(rounds, album, files, id_="own", title="Own", owner="ann", consent=False)
    done = import_folder(rounds, album, files, id_="own", title="Own", owner="ann", consent=True)
    assert (done.added, done.gold, done.refused) == (3, 3, ())
    assert rounds.domain("own").classes == ("lesion",)
    gold = rounds.gold("own")
    by_name = {picture.id: picture.name for picture in album.all("own")}
    for image, boxes in gold.items():
        assert {Box(**box) for box in boxes} == set(TRUTH[int(by_name[image][1])])
    again = import_folder(rounds, album, files, id_="own", title="Own", owner="ann", consent=True)
    assert (again.added, len(again.refused)) == (0, 3)


def test_nothing_comes_in_where_a_label_is_wrong(place) -> None:
    rounds, album = place
    wrong = IMAGES | YOLO | {"set/labels/s2.txt": b"0 .5 .5 .2 .2\n0 2 2 1 1\n", "classes.txt": b"lesion"}
    with pytest.raises(DataError, match=r"s2.txt, line 2"):
        import_folder(rounds, album, wrong, id_="own", title="Own", owner="ann", consent=True)
    other = json.loads(json.dumps(COCO))
    other["images"][0]["width"] = 100
    files = IMAGES | {"boxes.json": json.dumps(other).encode()}
    with pytest.raises(DataError):
        import_folder(rounds, album, files, id_="own", title="Own", owner="ann", consent=True)
    rounds.add_domain(shipped.DOMAINS["smears"], {})
    with pytest.raises(DataError, match="lesion"):
        import_folder(
            rounds, album, IMAGES | {"boxes.json": json.dumps(COCO).encode()}, id_="smears", title="", owner="ann",
            consent=True,
        )  # fmt: skip
    assert album.all() == []
    assert np.all([d.id != "own" for d in rounds.domains()])
