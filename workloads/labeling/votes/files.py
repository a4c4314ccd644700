"""Votes from a file of any form that is read: CSV, Label Studio's JSON, doccano's JSON and JSON lines."""

from pathlib import Path

from privacy.plugin import DataError, UnknownNameError
from privacy.plugin.tables import Progress
from workloads.labeling.votes.csv_files import read_votes, write_votes
from workloads.labeling.votes.doccano import read_doccano, write_doccano
from workloads.labeling.votes.json_text import read_objects
from workloads.labeling.votes.label_studio import read_label_studio, write_label_studio
from workloads.labeling.votes.table import Votes

CSV, LABEL_STUDIO, DOCCANO = "csv", "label-studio", "doccano"
FORMS = {CSV: ".csv", LABEL_STUDIO: ".json", DOCCANO: ".jsonl"}
"""Forms that are written, and how a file of each is named."""


def open_votes(path: Path | str, progress: Progress | None = None) -> Votes:
    """The votes of a file, whose form is found from its first characters. DataError where it has none."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            head = file.read(256).removeprefix(b"\xef\xbb\xbf").lstrip()
    except OSError as error:
        raise DataError(f"the file cannot be read: {error.strerror}", where=path.name, then="check the path") from None
    if head[:1] not in (b"{", b"["):
        return read_votes(path, progress)
    first = read_objects(path)[0]
    annotations = first.get("annotations", first.get("completions"))
    studio = isinstance(annotations, list) and (
        "data" in first or any(isinstance(a, dict) and "result" in a for a in annotations)
    )
    return read_label_studio(path) if studio else read_doccano(path)


def save_votes(votes: Votes, path: Path | str, *, form: str = CSV) -> None:
    """The votes as a file of that form. UnknownNameError for one that there is not."""
    writers = {CSV: write_votes, LABEL_STUDIO: write_label_studio, DOCCANO: write_doccano}
    if form not in writers:
        raise UnknownNameError("form of votes", form, writers)
    writers[form](votes, path)
