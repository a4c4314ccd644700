"""COCO's JSON: images, categories, and a box an annotation; whose box it is stands in `annotator`.

An image names in `annotators` all who looked at it, because whoever draws nothing says something; files of other tools
have neither, and all their boxes are one annotator's. Results are COCO's list of boxes with scores.
Source: cocodataset.org, "Data format" and "Results format".
"""

import json
from collections.abc import Iterable
from typing import Any, NoReturn

from privacy.plugin import DataError
from workloads.labeling.boxes.agreed import Agreed
from workloads.labeling.boxes.box import Box
from workloads.labeling.boxes.drawn import Drawn
from workloads.labeling.boxes.files.edges import numbers, whole

WHO, LOOKED = "annotator", "annotators"
MOST_BYTES = 512 * 1024**2
_LONGEST_SIDE = 20_000


def read_coco(data: bytes, *, name: str) -> Drawn:
    """The boxes of a file, with the names of images, annotators and categories; `name` is the file's, for messages.

    Boxes that are not in whole pixels are rounded, and a note counts them. DataError names the file and what in it.
    """
    found = _parsed(data, name)
    if not isinstance(found, dict):
        raise DataError("the JSON is not a COCO data set", where=name, then="choose one with images and categories")
    images = _by_id(found, "images", name)
    categories = _by_id(found, "categories", name)
    if not images or not categories:
        raise DataError("the file names no image, or no category", where=name, then="export the whole data set")
    places = {id_: i for i, id_ in enumerate(images)}
    labels = {id_: i for i, id_ in enumerate(categories)}
    sizes = [_size(one, f"{name}, image {id_}") for id_, one in images.items()]
    made: dict[tuple[int, str], list[Box]] = {}
    for id_, one in images.items():
        for who in _words(one.get(LOOKED, []), f"{name}, image {id_}"):
            made[places[id_], who] = []
    rounded = 0
    for at, one in enumerate(_objects(found, "annotations", name), 1):
        where = f"{name}, annotation {one.get('id', at)}"
        box, exact = _box(one, where, places, labels, sizes)
        rounded += not exact
        made.setdefault((places[one["image_id"]], _word(one.get(WHO, ""), where)), []).append(box)
    if LOOKED not in next(iter(images.values())) and {who for _, who in made} <= {""}:
        # A file of one annotator: images without a box were looked at as well.
        for place in places.values():
            made.setdefault((place, ""), [])
    people = sorted({who for _, who in made})
    worker = {who: i for i, who in enumerate(people)}
    return Drawn.of(
        [(place, worker[who], boxes) for (place, who), boxes in made.items()],
        sizes=sizes, workers=len(people), classes=len(labels),
        item_names=tuple(str(one.get("file_name", id_)) for id_, one in images.items()),
        worker_names=tuple(people), class_names=tuple(_category(one, name) for one in categories.values()),
        notes=(f"{rounded:,} boxes were rounded to whole pixels.",) if rounded else (),
    )  # fmt: skip


def write_coco(drawn: Drawn) -> str:
    """All boxes as a data set that `read_coco` reads."""
    looked: list[list[str]] = [[] for _ in range(drawn.items)]
    annotations = []
    for item, worker, boxes in drawn.drawings():
        looked[item].append(drawn.name_of_worker(worker))
        annotations += [_annotation(item, box) | {WHO: drawn.name_of_worker(worker)} for box in boxes]
    return _written(drawn, annotations, [{LOOKED: who} for who in looked])


def write_agreed(drawn: Drawn, found: Agreed) -> str:
    """The boxes of a consensus as a data set, with how sure each is as its `score`."""
    annotations = [
        _annotation(item, box) | {"score": round(sure, 6)}
        for item, (boxes, certain) in enumerate(zip(found.boxes, found.sure, strict=True))
        for box, sure in zip(boxes, certain, strict=True)
    ]
    return _written(drawn, annotations, [{} for _ in range(drawn.items)])


def write_results(found: Agreed) -> str:
    """The boxes of a consensus as COCO's list of results; ids are those of `write_coco`."""
    rows = [
        {"image_id": item + 1, "category_id": box.label + 1, "bbox": _bbox(box), "score": round(sure, 6)}
        for item, (boxes, certain) in enumerate(zip(found.boxes, found.sure, strict=True))
        for box, sure in zip(boxes, certain, strict=True)
    ]
    return json.dumps(rows) + "\n"


def read_results(data: bytes, *, name: str, like: Drawn) -> dict[int, list[Box]]:
    """The boxes of a list of results on the images of `like`, by item, ids being those of `write_coco`."""
    found = _parsed(data, name)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise DataError("the JSON is not a list of results", where=name, then="choose a list of boxes with scores")
    places = {i + 1: i for i in range(like.items)}
    labels = {i + 1: i for i in range(like.classes)}
    sizes = [(int(w), int(h)) for w, h in like.sizes]
    made: dict[int, list[Box]] = {}
    for at, one in enumerate(found, 1):
        box, _ = _box(one, f"{name}, result {at}", places, labels, sizes)
        made.setdefault(places[one["image_id"]], []).append(box)
    return made


def _written(drawn: Drawn, annotations: list[dict[str, Any]], more: list[dict[str, Any]]) -> str:
    images = [
        {"id": i + 1, "file_name": drawn.name_of_item(i), "width": int(w), "height": int(h)} | more[i]
        for i, (w, h) in enumerate(drawn.sizes)
    ]
    categories = [{"id": i + 1, "name": drawn.name_of_class(i)} for i in range(drawn.classes)]
    numbered = [{"id": i} | one for i, one in enumerate(annotations, 1)]
    found = {"images": images, "categories": categories, "annotations": numbered}
    return json.dumps(found, ensure_ascii=False) + "\n"


def _annotation(item: int, box: Box) -> dict[str, Any]:
    return {
        "image_id": item + 1, "category_id": box.label + 1, "bbox": _bbox(box), "area": box.width * box.height,
        "iscrowd": 0,
    }  # fmt: skip


def _bbox(box: Box) -> list[int]:
    return [box.x, box.y, box.width, box.height]


def _box(
    one: dict[str, Any], where: str, places: dict[Any, int], labels: dict[Any, int], sizes: list[tuple[int, int]]
) -> tuple[Box, bool]:
    """A box, and whether it was in whole pixels."""
    place, label = _known(places, one.get("image_id")), _known(labels, one.get("category_id"))
    if place is None:
        raise DataError("a box is on an image that the file does not have", where=where, then="add the image")
    if label is None:
        raise DataError("a box is of a category that the file does not have", where=where, then="add the category")
    edges = numbers(one.get("bbox"), (4,))
    if edges is None:
        raise DataError("a bbox is four numbers: x, y, width, height", where=where, then="export boxes, not masks")
    box = whole(edges, label, size=sizes[place], where=where)
    return box, _bbox(box) == edges


def _known(places: dict[Any, int], id_: Any) -> int | None:
    return places.get(id_) if isinstance(id_, int | str) else None


def _by_id(found: dict[str, Any], kind: str, name: str) -> dict[Any, dict[str, Any]]:
    made: dict[Any, dict[str, Any]] = {}
    for at, one in enumerate(_objects(found, kind, name), 1):
        id_ = one.get("id")
        if not isinstance(id_, int | str):
            raise DataError(f"one of the {kind} has no id", where=f"{name}, number {at}", then="give each one")
        if id_ in made:
            raise DataError(f"two of the {kind} have the id {str(id_)[:40]}", where=name, then="give each its own")
        made[id_] = one
    return made


def _objects(found: dict[str, Any], kind: str, name: str) -> Iterable[dict[str, Any]]:
    listed = found.get(kind)
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise DataError(f"the file has no list of {kind}", where=name, then="export it as COCO")
    return listed


def _size(one: dict[str, Any], where: str) -> tuple[int, int]:
    size = [one.get("width"), one.get("height")]
    if not all(isinstance(v, int) and not isinstance(v, bool) and 1 <= v <= _LONGEST_SIDE for v in size):
        raise DataError("an image has no width and height in pixels", where=where, then="give both")
    return int(one["width"]), int(one["height"])


def _category(one: dict[str, Any], name: str) -> str:
    text = one.get("name")
    if not isinstance(text, str) or not text.strip():
        raise DataError("a category has no name", where=name, then="name each")
    return text


def _words(value: Any, where: str) -> list[str]:
    if not isinstance(value, list):
        raise DataError(f"{LOOKED} is a list of names", where=where, then="list all who looked")
    return [_word(one, where) for one in value]


def _word(value: Any, where: str) -> str:
    if not isinstance(value, str | int):
        raise DataError("an annotator has no name", where=where, then="name who drew it")
    return str(value)


def _parsed(data: bytes, name: str) -> Any:
    def never(text: str) -> NoReturn:
        raise DataError(f"{text} is not a number of JSON", where=name, then="export it again")

    if len(data) > MOST_BYTES:
        what = f"the file has {len(data) >> 20:,} MB, and {MOST_BYTES >> 20:,} MB is the most"
        raise DataError(what, where=name, then="split the file into several")
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=never)
    except UnicodeDecodeError:
        raise DataError("the file is not text in UTF-8", where=name, then="export it again as JSON") from None
    except (json.JSONDecodeError, RecursionError) as error:
        where = f"{name}, line {getattr(error, 'lineno', 1):,}"
        raise DataError("the JSON ends early or is damaged", where=where, then="export it again") from None
