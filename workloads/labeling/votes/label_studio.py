"""Label Studio's JSON export: choices of each annotation, by who completed it.

Source: Label Studio's documentation, "Label Studio JSON format of annotated tasks".
"""

import json
from pathlib import Path
from typing import Any

from privacy.plugin import DataError
from workloads.labeling.votes.json_text import read_objects, write_text
from workloads.labeling.votes.names import Gathered
from workloads.labeling.votes.table import Votes

FROM, TO = "label", "image"
"""Names of the control and of its object in what is written."""


def read_label_studio(path: Path | str, *, control: str = "") -> Votes:
    """The votes of an export; `control` names the Choices tag where a project has several.

    Cancelled and empty annotations do not count as votes, and a note counts them. DataError names the task.
    """
    name = Path(path).name
    found, skipped, controls = Gathered(name, unit="task"), 0, set[str]()
    for place, task in enumerate(read_objects(path), 1):
        annotations = task.get("annotations", task.get("completions"))
        if not isinstance(annotations, list):
            what = "a task has no list of annotations"
            raise DataError(what, where=f"{name}, task {place:,}", then="export as JSON, not as JSON-MIN")
        for annotation in annotations:
            where = f"{name}, task {place:,}"
            if not isinstance(annotation, dict):
                raise DataError("an annotation is not an object", where=where, then="export it again as JSON")
            choices = [] if annotation.get("was_cancelled") else _choices(annotation, control, where, controls)
            if not choices:
                skipped += 1
                continue
            if len(choices) > 1:
                what = "an annotation has several choices"
                raise DataError(what, where=where, then="let a labeler choose one")
            found.add(place, str(task.get("id", place)), _person(annotation.get("completed_by")), choices[0])
    notes = [f"{skipped:,} annotations are cancelled or empty, and do not count as votes."] if skipped else []
    return found.votes(notes)


def write_label_studio(votes: Votes, path: Path | str) -> None:
    """The votes as an export that `read_label_studio` reads, one task a line."""
    by_task: list[list[dict[str, Any]]] = [[] for _ in range(votes.tasks)]
    rows = zip(votes.task.tolist(), votes.worker.tolist(), votes.label.tolist(), strict=True)
    for number, (task, worker, label) in enumerate(rows, 1):
        choice = {"choices": [votes.name_of_class(label)]}
        result = [{"from_name": FROM, "to_name": TO, "type": "choices", "value": choice}]
        person = {"email": votes.name_of_worker(worker)}
        by_task[task].append({"id": number, "completed_by": person, "was_cancelled": False, "result": result})
    lines = [
        json.dumps({"id": votes.name_of_task(t), "data": {}, "annotations": made}, ensure_ascii=False)
        for t, made in enumerate(by_task)
        if made
    ]
    write_text(path, "[\n" + ",\n".join(lines) + "\n]\n")


def _choices(annotation: dict[str, Any], control: str, where: str, controls: set[str]) -> list[str]:
    found: list[str] = []
    results = annotation.get("result")
    for result in results if isinstance(results, list) else []:
        if not isinstance(result, dict) or result.get("type") != "choices":
            continue
        name, value = str(result.get("from_name", "")), result.get("value")
        if control and name != control:
            continue
        controls.add(name)
        if len(controls) > 1:
            what = "the annotations come from several Choices tags"
            raise DataError(what, where=where, then=f"name one of {', '.join(sorted(controls))}")
        chosen = value.get("choices") if isinstance(value, dict) else None
        if not isinstance(chosen, list):
            raise DataError("a result of choices has no list of choices", where=where, then="export it again as JSON")
        found += [str(c).strip() for c in chosen]
    return found


def _person(completed_by: object) -> str:
    """Who completed an annotation: an id, or an object with an e-mail address or an id."""
    if isinstance(completed_by, dict):
        found = completed_by.get("email") or completed_by.get("id")
        return "" if found is None else str(found)
    return "" if completed_by is None else str(completed_by)
