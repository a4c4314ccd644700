"""What a sealed round is downloaded as: votes and labels of classes, or boxes, in the forms of other tools."""

import csv
import io
import re
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workloads.labeling.boxes.files.coco import write_agreed, write_coco
from workloads.labeling.boxes.files.yolo import write_yolo
from workloads.labeling.found import find
from workloads.labeling.options import LabelingOptions
from workloads.labeling.rounds.box_results import BoxCount
from workloads.labeling.rounds.results import counting
from workloads.labeling.rounds.service import PLAIN, Round
from workloads.labeling.votes.files import CSV, DOCCANO, LABEL_STUDIO, save_votes

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""When the files of a zip are from: the same round is the same bytes."""


@dataclass(frozen=True)
class Export:
    """One file: what it is, its name and type, and the function that makes its bytes."""

    title: str
    file: str
    mime: str
    make: Callable[[], bytes]


def of_classes(one: Round, made: dict[str, Any], images: list[str]) -> list[Export]:
    """The files of a sealed round of classes, whose result is `made`.

    Single votes are in them where the round's stack reads single votes as they were cast, and nowhere else.
    """
    name = f"round-{one.id}"
    labels = Export("Labels, CSV", f"{name}-labels.csv", "text/csv", lambda: _labels(one, made, images))
    if one.terms.stack != PLAIN:
        return [labels]
    return [
        labels,
        Export("Votes, CSV", f"{name}-votes.csv", "text/csv", lambda: _votes(one, CSV)),
        Export(
            "Votes, Label Studio", f"{name}-label-studio.json", "application/json", lambda: _votes(one, LABEL_STUDIO)
        ),
        Export("Votes, doccano", f"{name}-doccano.jsonl", "application/jsonl", lambda: _votes(one, DOCCANO)),
    ]


def of_boxes(one: Round, count: BoxCount) -> list[Export]:
    """The files of a sealed round of boxes."""
    name, drawn, json = f"round-{one.id}", count.drawn, "application/json"
    return [
        Export("Boxes, COCO", f"{name}-coco.json", json, lambda: write_agreed(drawn, count.found).encode()),
        Export("Boxes, YOLO", f"{name}-yolo.zip", "application/zip", lambda: _yolo(count)),
        Export("Every labeler's boxes, COCO", f"{name}-drawn.json", json, lambda: write_coco(drawn).encode()),
    ]  # fmt: skip


def _labels(one: Round, made: dict[str, Any], images: list[str]) -> bytes:
    out = io.StringIO(newline="")
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("task", "label", "sure", "known"))
    for place, image in enumerate(images):
        label = made["labels"][place]
        known = "audited" if place in made["audited"] else "gold" if place in made["gold"] else ""
        rows.writerow((image, "" if label < 0 else one.domain.classes[label], made["sure"][place], known))
    return out.getvalue().encode()


def _votes(one: Round, form: str) -> bytes:
    request = counting(one)
    votes = find(request, LabelingOptions(**request.options), tell=lambda *_: None).votes
    with tempfile.TemporaryDirectory(prefix="vbl-") as home:
        path = Path(home, "votes")
        save_votes(votes, path, form=form)
        return path.read_bytes()


def _yolo(count: BoxCount) -> bytes:
    """A zip of a text for each image, and the names of classes."""
    drawn, out = count.drawn, io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo("classes.txt", _LONG_AGO), "".join(f"{c}\n" for c in drawn.class_names))
        for item, boxes in enumerate(count.found.boxes):
            width, height = drawn.sizes[item].tolist()
            # The name of an image is a file's name here, whatever it was before.
            name = re.sub(r"[^A-Za-z0-9_-]+", "_", drawn.name_of_item(item))
            text = write_yolo(boxes, size=(width, height), sure=count.found.sure[item])
            packed.writestr(zipfile.ZipInfo(f"labels/{name}.txt", _LONG_AGO), text)
    return out.getvalue()
