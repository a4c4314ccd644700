"""A sensitive column of a catalogue: what it makes of each item, 1 or 0, and how to say it.

It marks items. Simulated people of attribute 1 prefer the marked ones, those of attribute 0 the others.
"""

from collections import Counter
from statistics import median

import numpy as np
from numpy.typing import NDArray

from privacy.plugin import DataError
from privacy.plugin.tables import Mapping, is_missing, is_number, number, one_line

PLANTED = "a planted bit (each value makes a third of the topics likelier)"
"""The attribute of simulated people where no column is sensitive."""

_MOST_VALUES = 20


def mark(cells: list[str], mapping: Mapping, *, where: str, notes: list[str]) -> tuple[NDArray[np.int64] | None, str]:
    """Return int64 (N,) of 0 and 1 and what 1 means; None without a sensitive column.

    1 is the named value against the rest, else above the median where there are many numbers, else the most common
    value. DataError if all items come out alike. A missing cell counts as 0.
    """
    if mapping.sensitive is None:
        return None, PLANTED
    column = one_line(mapping.sensitive, most=40)
    place = f"{where}, column {column}"
    counts = Counter(value for c in cells if not is_missing(value := c.strip()))
    if mapping.sensitive_value is None and len(counts) > _MOST_VALUES and all(map(is_number, counts)):
        values = [number(c) for c in cells]
        middle = median(v for v in values if v is not None)
        flags = np.array([v is not None and v > middle for v in values], dtype=np.int64)
        meaning = f"{column} above its median, {middle:g}"
    else:
        chosen = _chosen(counts, mapping.sensitive_value, place)
        flags = np.array([c.strip() == chosen for c in cells], dtype=np.int64)
        meaning = f"{column} = {one_line(chosen, most=40)}"
    marked = int(flags.sum())
    if not 0 < marked < len(flags):
        raise DataError("all items have the same sensitive value", where=place, then="choose another column")
    missing = sum(is_missing(c) for c in cells)
    gap = f", {missing:,} of them without a value" if missing else ""
    notes.append(
        f"Sensitive: {meaning} for {marked:,} items, against the other {len(flags) - marked:,}{gap}. "
        "Simulated people of attribute 1 prefer the former, those of attribute 0 the latter."
    )
    flags.flags.writeable = False
    return flags, f"prefers items with {meaning}"


def _chosen(counts: Counter[str], wanted: str | None, place: str) -> str:
    if not counts:
        raise DataError("the sensitive column is empty", where=place, then="choose another column")
    if wanted is None:
        return max(counts, key=lambda value: (counts[value], value))
    if wanted.strip() not in counts:
        common = ", ".join(one_line(value, most=30) for value, _ in counts.most_common(6))
        shown = one_line(wanted, most=40)
        raise DataError(f"no item has the sensitive value {shown!r}", where=place, then=f"its values include {common}")
    return wanted.strip()
