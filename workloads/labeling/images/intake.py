"""Taking an image in: what is none is refused before it is decoded, and nothing but its pixels stays.

Metadata such as EXIF say where and by whom a photograph was taken: the image is turned as they say, and they go.
"""

import contextlib
import hashlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from privacy.plugin import DataError

if TYPE_CHECKING:
    from PIL import Image

MOST_BYTES = 25 * 2**20
MOST_PIXELS = 40_000_000
LONGEST, SHORTEST = 20_000, 4
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
_ORIENTATION, _TURNED = 0x0112, (5, 6, 7, 8)
"""The EXIF tag of how a photograph was held, and its values for a quarter turn."""
_HASHED = 32
_KEPT = 8
NEAR = 6
"""Bits in which the perceptual hashes of near-duplicates differ at most, of 64."""


@dataclass(frozen=True)
class Taken:
    """An image as it is kept: PNG bytes without metadata, its size, the SHA-256 of these bytes, a perceptual hash."""

    png: bytes = field(repr=False)
    width: int
    height: int
    digest: str
    look: int


def take(data: bytes, *, name: str) -> Taken:
    """An uploaded file as an image. DataError where it is none, or too large to be decoded."""
    from PIL import Image, ImageOps

    with _opened(data, name) as opened:
        found = ImageOps.exif_transpose(opened).convert("RGB" if opened.mode not in ("1", "L", "I;16") else "L")
    out = io.BytesIO()
    # A new image of the pixels alone: what else the file held does not come along.
    Image.fromarray(np.asarray(found)).save(out, format="PNG", optimize=True)
    png = out.getvalue()
    return Taken(
        png, found.width, found.height, hashlib.sha256(png).hexdigest(), look_of(np.asarray(found.convert("L")))
    )


def measured(data: bytes, name: str) -> tuple[int, int]:
    """Width and height of an uploaded image as it is seen upright. DataError as of `take`, but for damaged pixels."""
    with _opened(data, name) as opened:
        width, height = opened.size
        turned = opened.getexif().get(_ORIENTATION, 1) in _TURNED
    return (height, width) if turned else (width, height)


@contextlib.contextmanager
def _opened(data: bytes, name: str) -> Iterator["Image.Image"]:
    """An image whose pixels are not decoded yet; what is wrong with it, now or then, is a DataError."""
    from PIL import Image, UnidentifiedImageError

    if len(data) > MOST_BYTES:
        what = f"the file has {len(data) / 2**20:.0f} MB, and {MOST_BYTES // 2**20} are the most"
        raise DataError(what, where=name, then="save it smaller")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            # No format is tried that nobody needs: each is a parser of strangers' bytes.
            opened = Image.open(io.BytesIO(data), formats=FORMATS)
            _check(*opened.size, name=name)
            yield opened
    except DataError:
        raise
    except UnidentifiedImageError:
        kinds = ", ".join(FORMATS)
        raise DataError("the file is not an image of a supported format", where=name, then=f"choose {kinds}") from None
    except Image.DecompressionBombError:
        raise _too_large(name) from None
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        what = f"the image is damaged: {type(error).__name__}"
        raise DataError(what, where=name, then="export it again") from None


def _check(width: int, height: int, *, name: str) -> None:
    if width * height > MOST_PIXELS or max(width, height) > LONGEST:
        raise _too_large(name, f"{width:,} x {height:,}")
    if min(width, height) < SHORTEST:
        what = f"the image is {width} x {height} pixels: too small to see anything on"
        raise DataError(what, where=name, then="choose a larger one")


def _too_large(name: str, size: str = "") -> DataError:
    what = f"the image has {size or 'too many'} pixels, and {MOST_PIXELS // 10**6} million are the most"
    return DataError(what, where=name, then="save it smaller")


def look_of(grey: np.ndarray) -> int:
    """The perceptual hash of a grey image (height, width): 64 bits, of its lowest frequencies against their median.

    Source: Zauner 2010, "Implementation and benchmarking of perceptual image hash functions", DCT hash.
    """
    from PIL import Image
    from scipy.fft import dctn

    small = np.asarray(Image.fromarray(grey).resize((_HASHED, _HASHED), Image.Resampling.LANCZOS), dtype=np.float64)
    low = dctn(small, norm="ortho")[:_KEPT, :_KEPT].reshape(-1)
    bits = low > np.median(low[1:])
    return int("".join("1" if bit else "0" for bit in bits), 2)


def apart(a: int, b: int) -> int:
    """In how many bits two perceptual hashes differ."""
    return (a ^ b).bit_count()
