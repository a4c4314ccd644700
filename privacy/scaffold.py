"""A new plugin package from an example of this repository, so that what is written is what is tested here."""

import keyword
import re
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from privacy.errors import ParamError, StateError, UnknownNameError
from privacy.spec import ID

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "plugin"
KINDS = {
    "scoring": "scoring",
    "lookup": "lookup",
    "aggregation": "aggregation",
    "rounds": "aggregation",
    "randomiser": "scoring",
}
"""What a new backend may be, with its primitive; without a kind it is for scoring and lookup, over the same servers."""

_TEXTS = (".py", ".toml", ".md")
_ID, _KIND_ID = "shares", "mine"


@dataclass(frozen=True)
class Package:
    """What was written: the backend's id, the folder, and the files in it."""

    name: str
    folder: Path
    files: tuple[Path, ...]


def write(name: str, folder: Path | None = None, *, kind: str = "", taken: Collection[str] = ()) -> Package:
    """Copy the example of a kind into `folder` (`veilbench-NAME` by default) with its names replaced.

    Raises UnknownNameError for an unknown kind, ParamError for a name that cannot be a backend's id or is in `taken`,
    StateError where nothing can be written or the example is not there.
    """
    _check(name, taken)
    if kind and kind not in KINDS:
        raise UnknownNameError("kind", kind, KINDS)
    source, old = (EXAMPLE.parent / "kinds" / kind, _KIND_ID) if kind else (EXAMPLE, _ID)
    target = folder or Path(f"veilbench-{name}")
    if target.exists():
        raise StateError(f"{target} is there already", then="choose another with --folder, or remove it")
    texts = {Path(renamed(str(path), name, old=old)): renamed(text, name, old=old) for path, text in _sources(source)}

    try:
        for path, text in texts.items():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_text(text, encoding="utf-8")
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        text = f"{target} cannot be written: {error.strerror}"
        raise StateError(text, then="choose another place with --folder") from error
    return Package(name, target, tuple(target / path for path in texts))


def renamed(text: str, name: str, *, old: str = _ID) -> str:
    """The example's own names in `text` replaced by those of `name`; as a word of a sentence `old` is left as it is."""
    title = name.replace("_", " ").capitalize()
    before = old.capitalize()
    classes = "".join(part.capitalize() for part in name.split("_"))
    for pattern, new in (
        (rf"\bveilbench_{old}\b", f"veilbench_{name}"),
        (rf"\bveilbench-{old}\b", f"veilbench-{name}"),
        (rf'"{old}"', f'"{name}"'),
        (rf"`{old}`", f"`{name}`"),
        (rf'"{before}"', f'"{title}"'),
        (rf"\bTest{before}\b", f"Test{classes}"),
        (rf"^{old} = ", f"{name} = "),
        (rf"\bcheck {old}\b", f"check {name}"),
        (rf"--stack {old}\b", f"--stack {name}"),
        (rf"`{old}\+", f"`{name}+"),
        (rf"plain,{old}\b", f"plain,{name}"),
    ):
        text = re.sub(pattern, new, text, flags=re.MULTILINE)
    return text


def _check(name: str, taken: Collection[str]) -> None:
    if not ID.fullmatch(name) or name.endswith("_"):
        rule = "begin with a-z, go on with a-z, 0-9 or '_', end without '_', 24 characters at most"
        raise ParamError(f"{name!r} cannot be a backend's id", then=rule)
    if keyword.iskeyword(name):
        raise ParamError(f"{name!r} is a word of Python", then="choose another name")
    if name in taken:
        raise ParamError(f"there is a backend named {name!r} already", then="choose another name")


def _sources(example: Path) -> Iterator[tuple[Path, str]]:
    """The files of an example, each with its text, by its place in the package."""
    if not (example / "pyproject.toml").is_file():
        raise StateError(
            "the example plugin is not beside this installation",
            where=str(example),
            then="run this from a clone of the repository in which Veilbench was installed with make setup",
        )
    for path in sorted(example.rglob("*")):
        place = path.relative_to(example)
        built = any(part.startswith((".", "__pycache__")) or part.endswith(".egg-info") for part in place.parts)
        if path.is_file() and path.suffix in _TEXTS and not built:
            yield place, path.read_text(encoding="utf-8")
