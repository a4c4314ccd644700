"""Text files of unknown make, opened with bounded memory: their encoding, and their lines with progress by bytes.

A file is looked through once before it is parsed, so that what is no text, what is too large and what would not
end its first line is refused with a sentence before any of it is kept.
"""

import codecs
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from privacy.errors import DataError

Progress = Callable[[int, int, str], None]
"""Called with what is done, what there is in all, and what it is."""

MAX_BYTES = 2 * 1024**3
"""The largest file that is read from a path."""

_CHUNK = 1 << 20
_LONGEST_LINE = 8 * _CHUNK
_EVERY = 5_000
_UNDEFINED_IN_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_TEXT = "choose a text file with columns, such as a CSV"


@dataclass(frozen=True)
class TextFile:
    """A file that is text: where it is, how it is encoded, its size in bytes, and what to tell of it.

    `odd_line` is the first line that is not UTF-8, 0 if all of it is.
    """

    path: Path
    encoding: str
    size: int
    notes: tuple[str, ...] = ()
    odd_line: int = 0

    def lines(self, progress: Progress | None = None) -> Iterator[str]:
        """Its lines with their ends; DataError where it cannot be read on."""
        label = f"reading {self.path.name}"
        try:
            # newline="" leaves line ends inside quoted cells as they are.
            with open(self.path, "rb") as raw, io.TextIOWrapper(raw, encoding=self.encoding, newline="") as file:
                for number, line in enumerate(file):
                    if progress and number % _EVERY == 0:
                        progress(min(raw.tell(), self.size), self.size, label)
                    yield line
            if progress:
                progress(self.size, self.size, label)
        except UnicodeError:
            raise DataError("the file breaks off inside a letter", where=self.path.name, then="save it again") from None
        except OSError as error:
            raise _unreadable(error, self.path) from None

    def head(self, size: int = 1 << 16) -> tuple[str, bool]:
        """The first characters, and whether that is all of it."""
        try:
            with open(self.path, encoding=self.encoding, newline="", errors="replace") as file:
                text = file.read(size)
                return text, not file.read(1)
        except OSError as error:
            raise _unreadable(error, self.path) from None


def size_text(count: int) -> str:
    """A number of bytes in words."""
    return f"{count / 1024**3:.1f} GB" if count >= 1024**3 else f"{count / 1024**2:.0f} MB"


def open_text(path: Path, *, max_bytes: int = MAX_BYTES) -> TextFile:
    """Look a file through; DataError if it is absent, too large, empty or not text."""
    try:
        if path.is_dir():
            raise DataError("the path is a directory, not a file", where=str(path), then="name a file in it")
        size = path.stat().st_size
    except FileNotFoundError:
        raise DataError("there is no such file", where=str(path), then="check the path") from None
    except (OSError, ValueError) as error:
        raise _unreadable(error, path) from None
    if size > max_bytes:
        raise DataError(
            f"the file has {size_text(size)}, and {size_text(max_bytes)} is the most",
            where=path.name,
            then="cut it down to a part of its rows",
        )
    try:
        encoding, note, line = _encoding(path)
    except OSError as error:
        raise _unreadable(error, path) from None
    return TextFile(path, encoding, size, (note,) if note else (), line)


def _unreadable(error: OSError | ValueError, path: Path) -> DataError:
    reason = getattr(error, "strerror", None) or "its name is not valid"
    return DataError(f"the file cannot be read: {reason}", where=path.name, then="check it")


def _encoding(path: Path) -> tuple[str, str, int]:
    """The encoding, what to say of it, and the first line that is not UTF-8, decided from the whole file."""
    with open(path, "rb") as file:
        head = file.read(4096)
    _check_head(head, path)
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        _check_bytes(path, utf_16=True)
        return "utf-16", "The file is UTF-16, as some spreadsheets save it.", 1
    broken = _check_bytes(path, utf_16=False)
    if broken is None:
        return "utf-8-sig", "", 0
    place, line = broken
    good, bad = _letters_around(path, place)
    if good > bad:
        raise DataError(
            f"the file is UTF-8 but for a damaged letter in line {line}",
            where=path.name,
            then="correct it or save the file again",
        )
    encoding, name = ("cp1252", "Windows-1252") if _is_1252(path) else ("latin-1", "Latin-1")
    return encoding, f"The file is not UTF-8 (line {line}) and was read as {name}: check its accented letters.", line


def _check_head(head: bytes, path: Path) -> None:
    """Refuse what is visibly no table."""
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if not start:
        raise DataError("the file is empty", where=path.name, then=_TEXT)
    if start[:4] == b"PK\x03\x04":
        raise DataError("the file is a zip archive or a workbook", where=path.name, then="unpack it or save it as CSV")
    if re.match(rb'\{|\[\s*[\[{"\]]', start):
        raise DataError("the file looks like JSON, not a table", where=path.name, then=_TEXT)
    if start[:1] == b"<":
        raise DataError("the file looks like a web page or XML, not a table", where=path.name, then=_TEXT)


def _chunks(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _check_bytes(path: Path, *, utf_16: bool) -> tuple[int, int] | None:
    """Refuse zero bytes and endless lines; return place and line of the first bytes that are not UTF-8, if any."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    broken: tuple[int, int] | None = None
    place, line, since = 0, 1, 0
    for chunk in _chunks(path):
        if not utf_16 and b"\0" in chunk:
            raise DataError("the file is binary, not text", where=path.name, then=_TEXT)
        if not utf_16 and broken is None:
            broken = _first_broken(decoder, chunk, place, line)
        since = 0 if b"\n" in chunk or b"\r" in chunk else since + len(chunk)
        if since >= _LONGEST_LINE:
            raise DataError(f"a line is longer than {size_text(_LONGEST_LINE)}", where=path.name, then=_TEXT)
        place, line = place + len(chunk), line + chunk.count(b"\n")
    if broken is None and not utf_16:
        broken = _first_broken(decoder, b"", place, line)
    return broken


def _first_broken(decoder: codecs.IncrementalDecoder, chunk: bytes, place: int, line: int) -> tuple[int, int] | None:
    try:
        decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as error:
        at = min(error.start, len(chunk))
        return place + at, line + chunk[:at].count(b"\n")
    return None


def _letters_around(path: Path, place: int) -> tuple[int, int]:
    """How many letters beyond ASCII are sound UTF-8 around a place, and how many bytes are not."""
    with open(path, "rb") as file:
        file.seek(max(0, place - _CHUNK))
        text = file.read(2 * _CHUNK).decode("utf-8", errors="surrogateescape")
    bad = len(re.findall("[\udc80-\udcff]", text))
    return len(re.findall("[^\x00-\x7f]", text)) - bad, bad


def _is_1252(path: Path) -> bool:
    return not any(_UNDEFINED_IN_1252.search(chunk) for chunk in _chunks(path))
