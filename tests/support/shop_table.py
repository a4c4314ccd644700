"""What tests of own data share: a CSV of a shop that nobody prepared, its mapping, and the form of a refusal."""

import csv
from pathlib import Path

import numpy as np
import pytest

from privacy.errors import DataError
from workloads.fyp.data import Mapping

COLUMNS = ["item_id", "name", "about", "genres", "price", "leaning", "added"]
THEMES = {
    "Sci-Fi": "rocket planet robot alien laser orbit", "Drama": "family tears letter winter mother silence",
    "Cooking": "butter onion oven recipe garlic spoon", "Sport": "ball goal team sprint trophy coach",
}  # fmt: skip
MAPPING = Mapping(
    id="item_id", title="name", texts=("name", "about"), numbers=("price",), lists=("genres",), sensitive="leaning"
)


def table(count: int = 160) -> list[dict[str, str]]:
    """Rows with four themes, of which the first two lean left, with 19-digit ids."""
    random = np.random.default_rng(4)
    rows = []
    for i in range(count):
        theme = list(THEMES)[i % 4]
        words = " ".join(random.choice(THEMES[theme].split(), 5))
        rows.append(
            {
                "item_id": str(7_300_000_000_000_000_001 + i), "name": f"{theme} {i}", "about": words,
                "genres": f"{theme}|{random.choice(list(THEMES))}", "price": f"{random.lognormal():.2f}",
                "leaning": "left" if i % 4 < 2 else "right", "added": f"2024-01-{i % 28 + 1:02d}",
            }
        )  # fmt: skip
    return rows


def save(path: Path, rows: list[dict[str, str]], *, delimiter=",", encoding="utf-8", end="\n") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter=delimiter, lineterminator=end)
        writer.writeheader()
        writer.writerows(rows)
    return path


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(DataError) as caught:
        call(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)
