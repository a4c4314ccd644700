"""Images that come with their boxes: into the album, and the boxes as the gold of their domain."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from privacy.plugin import DataError, ParamError, VeilbenchError
from workloads.labeling.boxes.box import Box
from workloads.labeling.boxes.files.folder import read_folder
from workloads.labeling.images.album import Album
from workloads.labeling.images.intake import measured
from workloads.labeling.rounds.box_results import as_json
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.rounds.terms import BOXES, Domain


@dataclass(frozen=True)
class Imported:
    """How many images came in, how many of them are gold, and why others did not come."""

    added: int
    gold: int
    refused: tuple[str, ...]


def import_folder(
    rounds: Rounds, album: Album, files: Mapping[str, bytes], *, id_: str, title: str, owner: str, consent: bool
) -> Imported:
    """Take in the images of some files, by path, under a domain, which is made where it is not there.

    All labels are read before any image comes in: DataError names the file and the line or id. An image that is here
    already is refused, and the others come.
    """
    if not consent:
        raise ParamError(
            "the owner has not consented to the use of the images", then="ask the owner, and confirm the consent"
        )
    folder = read_folder(files, measured)
    there = {domain.id: domain for domain in rounds.domains()}
    domain = there.get(id_) or Domain(id_, title, BOXES, folder.classes, threshold=0.7)
    if domain.kind != BOXES:
        raise ParamError(f"labels of {domain.title} are {domain.kind}, not boxes", then="choose another domain")
    places = _places(folder.classes, domain)
    boxes = {
        path: [replace(box, label=places[box.label]) for box in found] for path, found in folder.boxes.items()
    }  # fmt: skip
    gold: dict[str, list[Box]] = {}
    refused = []
    added = 0
    for path, data in folder.images.items():
        try:
            made = album.add(data, name=PurePosixPath(path).name, owner=owner, domain=id_, consent=consent)
        except VeilbenchError as error:
            refused.append(str(error))
            continue
        added += 1
        if path in boxes:
            gold[made.picture.id] = boxes[path]
    rounds.add_domain(domain, {image: as_json(found) for image, found in gold.items()})
    return Imported(added, len(gold), tuple(refused))


def _places(classes: tuple[str, ...], domain: Domain) -> list[int]:
    """The class of the domain that each class of the files is."""
    if unknown := [name for name in classes if name not in domain.classes]:
        what = f"the domain {domain.title} has no class {unknown[0][:40]!r}"
        raise DataError(what, then=f"it has {', '.join(domain.classes)}; add the images to a domain of their own")
    return [domain.classes.index(name) for name in classes]
