"""doccano's JSON and JSON lines: labels of each document, by who gave them.

Two forms are read: a row for each labeler, with `label` a list and the labeler's name; and a row for each document,
with `annotations` that name label and user. Source: doccano's documentation, "Export dataset".
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from privacy.plugin import DataError
from workloads.labeling.votes.json_text import read_objects, write_text
from workloads.labeling.votes.names import Gathered
from workloads.labeling.votes.table import Votes

WHO = ("annotator", "user", "username", "annotation_approver")
LABELS = ("label", "labels", "category")


def read_doccano(path: Path | str, *, worker: str = "") -> Votes:
    """The votes of an export; `worker` is whose file it is where rows do not say so, as doccano has a file each.

    A row without a label is no vote, and a note counts it. DataError names the row.
    """
    name = Path(path).name
    found, skipped = Gathered(name, unit="row"), 0
    for place, row in enumerate(read_objects(path), 1):
        where = f"{name}, row {place:,}"
        for who, labels in _given(row, where):
            if not labels:
                skipped += 1
                continue
            if len(labels) > 1:
                raise DataError("a row has several labels", where=where, then="let a labeler give one")
            if not (who or worker):
                what = f"a row says nowhere who labelled it: it has none of {', '.join(WHO)}"
                raise DataError(what, where=where, then="name the labeler of the file")
            found.add(place, str(row.get("id", place)), who or worker, labels[0])
    notes = [f"{skipped:,} rows have no label, and do not count as votes."] if skipped else []
    return found.votes(notes)


def write_doccano(votes: Votes, path: Path | str) -> None:
    """The votes as JSON lines, one a vote, as `read_doccano` reads them."""
    rows = zip(votes.task.tolist(), votes.worker.tolist(), votes.label.tolist(), strict=True)
    lines = [
        json.dumps(
            {"id": votes.name_of_task(t), "label": [votes.name_of_class(y)], "annotator": votes.name_of_worker(w)},
            ensure_ascii=False,
        )
        for t, w, y in rows
    ]
    write_text(path, "\n".join(lines) + "\n")


def _given(row: dict[str, Any], where: str) -> Iterator[tuple[str, list[str]]]:
    """Who gave which labels, in either form."""
    annotations = row.get("annotations")
    if isinstance(annotations, list):
        for annotation in annotations:
            if not isinstance(annotation, dict):
                raise DataError("an annotation is not an object", where=where, then="export it again as JSON")
            yield _who(annotation), _labels(annotation, where)
        return
    yield _who(row), _labels(row, where)


def _who(row: dict[str, Any]) -> str:
    return next((str(row[key]).strip() for key in WHO if row.get(key) is not None), "")


def _labels(row: dict[str, Any], where: str) -> list[str]:
    key = next((k for k in LABELS if k in row), None)
    if key is None:
        raise DataError("a row has no label", where=where, then="export a project of classes")
    labels = row[key]
    if labels is None:
        return []
    found = labels if isinstance(labels, list) else [labels]
    if not all(isinstance(one, str | int) for one in found):
        raise DataError("a label is not a class", where=where, then="export a project of classes, not of spans")
    return [text for one in found if (text := str(one).strip())]
