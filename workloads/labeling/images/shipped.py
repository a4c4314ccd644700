"""Images that ship, by id: scikit-learn's digits and made-up scans. Their truth is for simulated labelers alone."""

import base64
import io
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import numpy as np

from privacy.plugin import UnknownNameError
from workloads.labeling.images import scans
from workloads.labeling.rounds.terms import CLASSES, Domain

DIGITS = Domain("digits", "Digits", CLASSES, tuple("0123456789"))
DOMAINS = {DIGITS.id: DIGITS, **scans.DOMAINS}
GOLD = 40
"""The first images of a domain are its gold; rounds are about later ones."""
_FIRST = 100
_MOST = 16.0


@lru_cache(maxsize=1)
def _digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits

    found = load_digits()
    return found.images, found.target


def some(domain: str, count: int, *, first: int = 0) -> list[str]:
    """Ids of that many images of a domain, from the `first` on, round and round."""
    if domain not in DOMAINS:
        raise UnknownNameError("shipped domain", domain, DOMAINS)
    total = _total(domain)
    return [f"{domain}-{(first + i) % total}" for i in range(min(count, total))]


def for_round(domain: str, count: int, *, gold: int, nth: int) -> tuple[list[str], dict[str, Any]]:
    """Images of a new round, the `nth`, and the right answers of `gold` per cent of them."""
    images = some(domain, count, first=_FIRST + nth * count)
    every = round(100 / gold) if gold else 0
    return images, {image: truth(image) for i, image in enumerate(images) if every and i % every == 0}


def gold_of(domain: str) -> dict[str, Any]:
    """The gold of a domain: right answers by image."""
    return {image: truth(image) for image in some(domain, GOLD)}


def truth(image: str) -> Any:
    """What is on a shipped image: a class, or boxes as JSON has them. UnknownNameError for one that does not ship."""
    domain, number = _named(image)
    if domain == DIGITS.id:
        return int(_digits()[1][number])
    return [asdict(box) for box in scans.scan(domain, number).boxes]


def size(image: str) -> tuple[int, int]:
    """Width and height of a shipped image, in pixels."""
    domain, _ = _named(image)
    return (8, 8) if domain == DIGITS.id else (scans.WIDTH, scans.HEIGHT)


def png(image: str) -> bytes:
    """A shipped image as PNG."""
    from PIL import Image

    domain, number = _named(image)
    if domain == DIGITS.id:
        pixels = np.rint(255 - _digits()[0][number] * (255 / _MOST)).astype(np.uint8)
    else:
        pixels = scans.scan(domain, number).pixels
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, format="PNG", optimize=True)
    return out.getvalue()


@lru_cache(maxsize=2048)
def url(image: str) -> str:
    """The image as a data URL."""
    return f"data:image/png;base64,{base64.b64encode(png(image)).decode()}"


def _total(domain: str) -> int:
    return len(_digits()[1]) if domain == DIGITS.id else scans.MOST


def _named(image: str) -> tuple[str, int]:
    domain, _, number = image.partition("-")
    if domain not in DOMAINS or not number.isdecimal() or int(number) >= _total(domain):
        raise UnknownNameError("shipped image", image[:40], [])
    return domain, int(number)
