"""Text files of unknown make, opened with bounded memory: how they are packed and encoded, and their lines.

A file is looked through once before it is parsed, so that what is no text, what is too large and what would not
end its first line is refused with a sentence before any of it is kept. What can be read in spite of a fault is read,
and a note counts the faults and names their lines.
"""

import bz2
import codecs
import gzip
import io
import lzma
import re
import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from privacy.errors import DataError
from privacy.tables.encodings import Damage, eight_bit
from privacy.tables.words import at_lines, counted

Progress = Callable[[int, int, str], None]
"""Called with what is done, what there is in all, and what it is."""

MAX_BYTES = 2 * 1024**3
"""The largest file that is read from a path, also after it is unpacked."""

_CHUNK = 1 << 20
_LONGEST_LINE = 8 * _CHUNK
_EVERY = 5_000
_TEXT = "choose a text file with columns, such as a CSV"
_PACKED = {b"\x1f\x8b": ("gzip", gzip.open), b"BZh": ("bzip2", bz2.open), b"\xfd7zXZ": ("xz", lzma.open)}
_UNPACKING = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError)
_BINARY = {
    b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture", b"%PDF": "a PDF",
    b"PAR1": "a Parquet file", b"SQLite format 3": "a database", b"\xd0\xcf\x11\xe0": "a workbook",
    b"$FL2": "an SPSS file", b"(\xb5/\xfd": "a packed file", b"7z\xbc\xaf": "a packed file", b"\x7fELF": "a program",
}  # fmt: skip
_MARKS = {
    codecs.BOM_UTF32_LE: ("utf-32", "UTF-32"), codecs.BOM_UTF32_BE: ("utf-32", "UTF-32"),
    codecs.BOM_UTF16_LE: ("utf-16", "UTF-16"), codecs.BOM_UTF16_BE: ("utf-16", "UTF-16"),
}  # fmt: skip
_ESCAPE = re.compile(rb"""\\["',;|\t]""")
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x19\x1c-\x1f\x7f]")


@dataclass(frozen=True)
class TextFile:
    """A file that is text: where it is, how it is packed and encoded, its size in bytes, and what to tell of it.

    `odd_line` is the first line that is not UTF-8, 0 if all of it is. `zeros` is True where zero bytes are left out,
    `escaped` where a backslash stands before a quote.
    """

    path: Path
    encoding: str
    size: int
    notes: tuple[str, ...] = ()
    odd_line: int = 0
    packed: str = ""
    zeros: bool = False
    escaped: bool = False

    def lines(self, progress: Progress | None = None) -> Iterator[str]:
        """Its lines with their ends; DataError where it cannot be read on."""
        label = f"reading {self.path.name}"
        try:
            # newline="" leaves line ends inside quoted cells as they are.
            with (
                open(self.path, "rb") as raw,
                _unpacked(raw, self.packed) as stream,
                io.TextIOWrapper(stream, encoding=self.encoding, errors="replace", newline="") as file,
            ):
                for number, line in enumerate(file):
                    if progress and number % _EVERY == 0:
                        progress(min(raw.tell(), self.size), self.size, label)
                    if not number:
                        line = line.lstrip("\ufeff")
                    yield line.replace("\0", "") if self.zeros else line
            if progress:
                progress(self.size, self.size, label)
        except _UNPACKING:
            raise _cut_short(self.path) from None
        except OSError as error:
            raise _unreadable(error, self.path) from None

    def head(self, size: int = 1 << 16) -> tuple[str, bool]:
        """The first characters, as whole lines where it has any, and whether that is all of it."""
        found: list[str] = []
        room = size
        for line in self.lines():
            if room < len(line) and found:
                return "".join(found), False
            found.append(line)
            room -= len(line)
        return "".join(found), True


def size_text(count: int) -> str:
    """A number of bytes in words."""
    return f"{count / 1024**3:.1f} GB" if count >= 1024**3 else f"{count / 1024**2:.0f} MB"


def open_text(path: Path, *, max_bytes: int = MAX_BYTES) -> TextFile:
    """Look a file through; DataError if it is absent, too large, empty or not text."""
    try:
        about = path.stat()
    except FileNotFoundError:
        raise DataError("there is no such file", where=str(path), then="check the path") from None
    except (OSError, ValueError) as error:
        raise _unreadable(error, path) from None
    if stat.S_ISDIR(about.st_mode):
        raise DataError("the path is a directory, not a file", where=str(path), then="name a file in it")
    if not stat.S_ISREG(about.st_mode):
        # It is read more than once, and a pipe can be read once.
        raise DataError("the path is a pipe or a device, not a file", where=str(path), then="save it as a file first")
    if about.st_size > max_bytes:
        raise _too_large(about.st_size, max_bytes, path)
    try:
        return _looked_through(path, about.st_size, max_bytes)
    except _UNPACKING:
        raise _cut_short(path) from None
    except OSError as error:
        raise _unreadable(error, path) from None


def _too_large(size: int, most: int, path: Path) -> DataError:
    then = "cut it down to a part of its rows"
    return DataError(f"the file has {size_text(size)}, and {size_text(most)} is the most", where=path.name, then=then)


def _unreadable(error: OSError | ValueError, path: Path) -> DataError:
    reason = getattr(error, "strerror", None) or "its name is not valid"
    return DataError(f"the file cannot be read: {reason}", where=path.name, then="check it")


def _cut_short(path: Path) -> DataError:
    return DataError("the compressed file is damaged or cut short", where=path.name, then="copy it again")


@contextmanager
def _unpacked(raw: BinaryIO, packed: str) -> Iterator[BinaryIO]:
    """The bytes of a file without its packing."""
    opener = next((o for name, o in _PACKED.values() if name == packed), None)
    stream: AbstractContextManager[BinaryIO] = opener(raw, "rb") if opener else raw  # type: ignore[operator]
    with stream as file:
        yield io.BufferedReader(file) if opener else file  # type: ignore[type-var]


def _chunks(path: Path, packed: str) -> Iterator[bytes]:
    with open(path, "rb") as raw, _unpacked(raw, packed) as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _looked_through(path: Path, size: int, max_bytes: int) -> TextFile:
    with open(path, "rb") as file:
        start = file.read(8)
    packed = next((name for mark, (name, _) in _PACKED.items() if start.startswith(mark)), "")
    head = next(_chunks(path, packed), b"")[: 1 << 16]
    _check_head(head, path)
    notes = [f"The file is compressed ({packed})."] if packed else []
    marks = (len(head) - len(_without_marks(head))) // len(codecs.BOM_UTF8)
    if marks > 1:
        notes.append(f"The file begins with {marks} byte order marks, which are left out.")
    wide = _wide(head)
    if wide is not None:
        encoding, name = wide
        _Scan(path, packed, max_bytes, wide=encoding)
        notes.append(f"The file is {name}, as some spreadsheets save it.")
        return TextFile(path, encoding, size, tuple(notes), 1, packed)
    scan = _Scan(path, packed, max_bytes)
    zeros = scan.zeros > 0
    if zeros:
        notes.append(scan.zero_note())
    if scan.broken and len(_CONTROL.findall(head)) > max(16, 0.05 * len(head)):
        raise DataError("the file is binary, not text", where=path.name, then=_TEXT)
    if not scan.broken:
        return TextFile(path, "utf-8", size, tuple(notes), 0, packed, zeros, scan.escaped)
    with (
        open(path, "rb") as raw,
        _unpacked(raw, packed) as stream,
        io.TextIOWrapper(stream, encoding="utf-8", errors="surrogateescape") as file,
    ):
        damage = Damage.of(file)
    encoding, note = ("utf-8", damage.note()) if damage.is_utf_8 else eight_bit(damage, path.name)
    return TextFile(path, encoding, size, (*notes, note), damage.lines[0], packed, zeros, scan.escaped)


def _wide(head: bytes) -> tuple[str, str] | None:
    """The encoding of a file whose letters have two bytes or four; None for any other."""
    for mark, found in _MARKS.items():
        if head.startswith(mark):
            return found
    sample = head[:4096]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    # Without a mark: most of the signs of a table are ASCII, so every second byte is zero.
    if len(sample) > 1 and max(even, odd) > 0.6 * (len(sample) // 2) and min(even, odd) <= 0.05 * len(sample):
        return ("utf-16-le", "UTF-16") if odd > even else ("utf-16-be", "UTF-16")
    return None


def _without_marks(head: bytes) -> bytes:
    while head.startswith(codecs.BOM_UTF8):
        head = head.removeprefix(codecs.BOM_UTF8)
    return head


def _check_head(head: bytes, path: Path) -> None:
    """Refuse what is visibly no table."""
    start = _without_marks(head).lstrip()
    if not start.strip(b"\0"):
        raise DataError("the file is empty", where=path.name, then=_TEXT)
    if start[:4] == b"PK\x03\x04":
        raise DataError("the file is a zip archive or a workbook", where=path.name, then="unpack it or save it as CSV")
    for mark, kind in _BINARY.items():
        if start.startswith(mark):
            raise DataError(f"the file is binary: {kind}, not text", where=path.name, then=_TEXT)
    if re.match(rb'\{|\[\s*[\[{"\]]', start):
        raise DataError("the file looks like JSON, not a table", where=path.name, then=_TEXT)
    if start[:1] == b"<":
        raise DataError("the file looks like a web page or XML, not a table", where=path.name, then=_TEXT)


class _Scan:
    """One pass over the bytes of a file: refuses endless lines and binary files, and counts what is odd."""

    def __init__(self, path: Path, packed: str, max_bytes: int, *, wide: str = "") -> None:
        self.zeros, self.zero_lines, self.broken, self.escaped = 0, list[int](), False, False
        decoder = codecs.getincrementaldecoder("utf-8")()
        size, line, since, tail = 0, 1, 0, b""
        for chunk in _chunks(path, packed):
            size += len(chunk)
            if size > max_bytes:
                raise _too_large(size, max_bytes, path)
            ends = chunk.count(b"\n") or chunk.count(b"\r")
            since = 0 if ends else since + len(chunk)
            if since >= _LONGEST_LINE:
                what = f"line {line:,} is longer than {size_text(_LONGEST_LINE)}"
                raise DataError(what, where=path.name, then=_TEXT)
            if not wide:
                if b"\0" in chunk:
                    self._count_zeros(chunk, line)
                self.escaped = self.escaped or _ESCAPE.search(tail + chunk) is not None
                self._decode(decoder, chunk, final=False)
            tail = chunk[-1:]
            line += ends
        if not wide:
            self._decode(decoder, b"", final=True)
        # A few zero bytes are a fault of whoever wrote the text; many are no text. Those at the end are a lost write.
        if self.zeros > max(32, 0.1 * size) and not self._only_at_the_end(path, packed):
            raise DataError(
                f"the file is binary, not text: it has zero bytes in {at_lines(self.zero_lines)}",
                where=path.name,
                then=_TEXT,
            )

    def _decode(self, decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool) -> None:
        if not self.broken:
            try:
                decoder.decode(chunk, final=final)
            except UnicodeDecodeError:
                self.broken = True

    def _count_zeros(self, chunk: bytes, line: int) -> None:
        self.zeros += chunk.count(0)
        if len(self.zero_lines) < _KEPT_LINES:
            for place, text in enumerate(re.split(rb"\r\n|\n|\r", chunk)):
                if b"\0" in text and line + place not in self.zero_lines:
                    self.zero_lines.append(line + place)

    def _only_at_the_end(self, path: Path, packed: str) -> bool:
        seen = False
        for chunk in _chunks(path, packed):
            text = chunk.rstrip(b"\0")
            if b"\0" in text or (seen and text):
                return False
            seen = seen or len(text) < len(chunk)
        return True

    def zero_note(self) -> str:
        """What to say of the zero bytes that are left out."""
        many = len(self.zero_lines) >= _KEPT_LINES
        where = at_lines(self.zero_lines[:_KEPT_LINES], more=many)
        are = "is" if self.zeros == 1 else "are"
        return f"{counted(self.zeros, 'zero byte')} in {where} {are} left out."


_KEPT_LINES = 1_000
