"""A folder of images with their boxes, as COCO's JSON or YOLO's text: from a zip, or from files sent together."""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from privacy.plugin import DataError
from workloads.labeling.boxes.box import Box
from workloads.labeling.boxes.files.coco import read_coco
from workloads.labeling.boxes.files.yolo import read_classes, read_yolo

IMAGES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif")
LABELS = (".json", ".txt", ".yaml", ".yml")
MOST_FILES, MOST_BYTES = 5000, 512 * 2**20
NAMES = ("classes.txt", "obj.names", "data.yaml", "data.yml", "dataset.yaml")
"""Files that name YOLO's classes."""

Measure = Callable[[bytes, str], tuple[int, int]]
"""Width and height of the image in a file, whose name is for messages."""


@dataclass(frozen=True, repr=False)
class Folder:
    """The bytes of images by name, the boxes of those that have labels, and the names of classes."""

    images: dict[str, bytes]
    boxes: dict[str, list[Box]]
    classes: tuple[str, ...]


def unpacked(data: bytes, *, name: str) -> dict[str, bytes]:
    """The images and labels of a zip, by path. DataError where it is none, or too large to be unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            inside = [one for one in packed.infolist() if not one.is_dir() and _wanted(one.filename)]
            size = sum(one.file_size for one in inside)
            if len(inside) > MOST_FILES or size > MOST_BYTES:
                what = f"the zip holds {len(inside):,} files of {size >> 20:,} MB"
                most = f"part it: {MOST_FILES:,} files and {MOST_BYTES >> 20} MB are the most"
                raise DataError(what, where=name, then=most)
            return {one.filename: _read(packed, one, name) for one in inside}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        what = f"the zip cannot be read: {type(error).__name__}"
        raise DataError(what, where=name, then="pack it again, without a password") from None


def _read(packed: zipfile.ZipFile, one: zipfile.ZipInfo, name: str) -> bytes:
    with packed.open(one) as file:
        # What a zip says of a file's size is its own word.
        data = file.read(one.file_size + 1)
    if len(data) != one.file_size:
        raise DataError("a file in the zip has another size than the zip says", where=name, then="pack it again")
    return data


def _wanted(path: str) -> bool:
    parts = PurePosixPath(path).parts
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return not hidden and PurePosixPath(path).suffix.lower() in (*IMAGES, *LABELS, ".names")


def read_folder(files: Mapping[str, bytes], measure: Measure) -> Folder:
    """The images of some files, by path, with the boxes of their labels. DataError names file and line or id."""
    images = {path: data for path, data in files.items() if PurePosixPath(path).suffix.lower() in IMAGES}
    if not images:
        raise DataError("there is no image among the files", then=f"add some: {', '.join(IMAGES)}")
    json_files = [path for path in files if path.lower().endswith(".json")]
    if len(json_files) > 1:
        what = "there are several files of JSON"
        raise DataError(what, where=", ".join(sorted(json_files)[:3]), then="choose the one with the boxes")
    if json_files:
        return _coco(files[json_files[0]], json_files[0], images, measure)
    return _yolo(files, images, measure)


def _coco(data: bytes, name: str, images: dict[str, bytes], measure: Measure) -> Folder:
    drawn = read_coco(data, name=name)
    if drawn.workers > 1:
        raise DataError("the boxes are of several annotators", where=name, then="choose a file of known boxes")
    paths = _paths(images)
    boxes: dict[str, list[Box]] = {}
    for item, _, drawn_boxes in drawn.drawings():
        called = drawn.name_of_item(item)
        path = called if called in images else paths.get(PurePosixPath(called).name)
        if path is None:
            raise DataError(f"the image {called[:80]} is named but missing", where=name, then="add it")
        size = (int(drawn.sizes[item, 0]), int(drawn.sizes[item, 1]))
        real = measure(images[path], path)
        if real != size:
            what = f"the image {called[:80]} has {real[0]} x {real[1]} pixels, and the file says {size[0]} x {size[1]}"
            raise DataError(what, where=name, then="give the boxes of this image, as it is seen upright")
        boxes[path] = list(drawn_boxes)
    return Folder(images, boxes, drawn.class_names)


def _yolo(files: Mapping[str, bytes], images: dict[str, bytes], measure: Measure) -> Folder:
    named = [path for path in files if PurePosixPath(path).name.lower() in NAMES]
    if not named:
        what = "there is neither a file of JSON nor one that names classes"
        raise DataError(what, then="add COCO's JSON, or classes.txt beside YOLO's text")
    classes = read_classes(files[named[0]], name=named[0])
    stems: dict[str, str] = {}
    for path in images:
        stem = PurePosixPath(path).stem
        if stem in stems:
            raise DataError("two images differ only in the ending of their names", where=path, then="name them apart")
        stems[stem] = path
    boxes: dict[str, list[Box]] = {}
    for path, data in files.items():
        if not path.lower().endswith(".txt") or path in named:
            continue
        image = stems.get(PurePosixPath(path).stem)
        if image is None:
            raise DataError("there is no image beside these boxes", where=path, then="add it, or take the file out")
        size = measure(images[image], image)
        boxes[image] = read_yolo(data, name=path, size=size, classes=len(classes))
    return Folder(images, boxes, classes)


def _paths(images: Mapping[str, bytes]) -> dict[str, str]:
    """Images by their last name, where that says which."""
    found: dict[str, str] = {}
    for path in images:
        name = PurePosixPath(path).name
        if name in found:
            raise DataError("two images have one name in different folders", where=path, then="name them apart")
        found[name] = path
    return found
