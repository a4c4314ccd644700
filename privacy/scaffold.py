"""A new plugin package from the example of this repository, so that there is one of them to keep right."""

import keyword
import re
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from privacy.errors import ParamError, StateError
from privacy.spec import ID

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "plugin"
_TEXTS = (".py", ".toml", ".md")
_ID, _TITLE = "shares", "Shares"


@dataclass(frozen=True)
class Package:
    """What was written: the backend's id, the folder, and the files in it."""

    name: str
    folder: Path
    files: tuple[Path, ...]


def write(name: str, folder: Path | None = None, *, taken: Collection[str] = ()) -> Package:
    """Copy the example into `folder` (`veilbench-NAME` by default) with its names replaced.

    Raises ParamError for a name that cannot be a backend's id or is in `taken`, StateError where nothing can be
    written or the example is not there.
    """
    _check(name, taken)
    target = folder or Path(f"veilbench-{name}")
    if target.exists():
        raise StateError(f"{target} is there already", then="choose another with --folder, or remove it")
    texts = {Path(renamed(str(path), name)): renamed(text, name) for path, text in _sources()}

    try:
        for path, text in texts.items():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_text(text, encoding="utf-8")
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        text = f"{target} cannot be written: {error.strerror}"
        raise StateError(text, then="choose another place with --folder") from error
    return Package(name, target, tuple(target / path for path in texts))


def renamed(text: str, name: str) -> str:
    """The example's own names in `text` replaced by those of `name`; the word shares is left as it is."""
    title = name.replace("_", " ").capitalize()
    classes = "".join(part.capitalize() for part in name.split("_"))
    for pattern, new in (
        (rf"\bveilbench_{_ID}\b", f"veilbench_{name}"),
        (rf"\bveilbench-{_ID}\b", f"veilbench-{name}"),
        (rf'"{_ID}"', f'"{name}"'),
        (rf"`{_ID}`", f"`{name}`"),
        (rf'"{_TITLE}"', f'"{title}"'),
        (rf"\bTest{_TITLE}\b", f"Test{classes}"),
        (rf"^{_ID} = ", f"{name} = "),
        (rf"\bcheck {_ID}\b", f"check {name}"),
        (rf"--stack {_ID}\b", f"--stack {name}"),
        (rf"plain,{_ID}\b", f"plain,{name}"),
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


def _sources() -> Iterator[tuple[Path, str]]:
    """The example's files, each with its text, by its place in the package."""
    if not (EXAMPLE / "pyproject.toml").is_file():
        raise StateError(
            "the example plugin is not beside this installation",
            where=str(EXAMPLE),
            then="run this from a clone of the repository in which Veilbench was installed with make setup",
        )
    for path in sorted(EXAMPLE.rglob("*")):
        place = path.relative_to(EXAMPLE)
        built = any(part.startswith((".", "__pycache__")) or part.endswith(".egg-info") for part in place.parts)
        if path.is_file() and path.suffix in _TEXTS and not built:
            yield place, path.read_text(encoding="utf-8")
