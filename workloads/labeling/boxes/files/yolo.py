"""YOLO's text: a file an image, a line a box, class and centre and size as shares of the image.

Source: Ultralytics' documentation, "Object detection datasets overview".
"""

import re
from collections.abc import Sequence

from privacy.plugin import DataError
from workloads.labeling.boxes.box import Box
from workloads.labeling.boxes.files.edges import whole


def read_yolo(data: bytes, *, name: str, size: tuple[int, int], classes: int) -> list[Box]:
    """The boxes of the file of an image of that size; an empty one has none. DataError names the file and the line."""
    made = []
    for number, line in enumerate(_text(data, name).splitlines(), 1):
        if not line.strip():
            continue
        where, words = f"{name}, line {number:,}", line.split()
        if len(words) not in (5, 6):
            what = f"a line has {len(words)} values, and a box has class, centre x and y, width and height"
            raise DataError(what, where=where, then="export boxes, not outlines")
        try:
            label, (x, y, width, height) = int(words[0]), (float(word) for word in words[1:5])
        except ValueError:
            raise DataError(
                "a box is not of numbers", where=where, then="give a class number and four shares"
            ) from None
        if not 0 <= label < classes:
            raise DataError(f"there is no class {label}", where=where, then=f"give 0 to {classes - 1}, or name more")
        edges = ((x - width / 2) * size[0], (y - height / 2) * size[1], width * size[0], height * size[1])
        made.append(whole(edges, label, size=size, where=where))
    return made


def write_yolo(boxes: Sequence[Box], *, size: tuple[int, int], sure: Sequence[float] = ()) -> str:
    """The boxes of an image as `read_yolo` reads them, with how sure each is where that is given."""
    lines = []
    for at, box in enumerate(boxes):
        shares = (
            (box.x + box.width / 2) / size[0], (box.y + box.height / 2) / size[1],
            box.width / size[0], box.height / size[1],
        )  # fmt: skip
        words = [str(box.label), *(f"{share:.9f}" for share in shares)]
        lines.append(" ".join([*words, *([f"{sure[at]:.6f}"] if sure else [])]))
    return "".join(f"{line}\n" for line in lines)


def read_classes(data: bytes, *, name: str) -> tuple[str, ...]:
    """The names of classes: a line each, or `names` of a data set's YAML. DataError where there is none."""
    text = _text(data, name)
    if name.lower().endswith((".yaml", ".yml")):
        found = _yaml_names(text)
    else:
        found = [line.strip() for line in text.splitlines() if line.strip()]
    if not found:
        raise DataError("the file names no class", where=name, then="write one name a line")
    if len(set(found)) < len(found):
        raise DataError("the file names a class twice", where=name, then="name each once")
    return tuple(found)


def _yaml_names(text: str) -> list[str]:
    """`names` of a YAML file: a list in brackets, or lines with dashes, or with numbers in order."""
    inline = re.search(r"^names:\s*\[(.*?)\]", text, re.MULTILINE | re.DOTALL)
    if inline:
        return [_plain(word) for word in inline[1].split(",") if word.strip()]
    block = re.search(r"^names:\s*\n((?:[ \t]*(?:-|\d+:)[^\n]*(?:\n|$))+)", text, re.MULTILINE)
    lines = block[1].splitlines() if block else []
    rows = [re.match(r"[ \t]*(?:-|(\d+):)\s*(.*)", line) for line in lines]
    pairs = [(int(row[1]) if row[1] else at, _plain(row[2])) for at, row in enumerate(rows) if row]
    pairs.sort()
    return [word for _, word in pairs] if [at for at, _ in pairs] == list(range(len(pairs))) else []


def _plain(word: str) -> str:
    return word.split(" #")[0].strip().strip("'\"")


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError("the file is not text in UTF-8", where=name, then="export it again as YOLO") from None
