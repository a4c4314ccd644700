"""Series of values on devices, such as the steps of each day: made up from the seed, or a CSV of one's own."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from privacy.plugin import DataError
from privacy.plugin.tables import is_missing, open_sheet
from workloads.federated.options import FederatedOptions
from workloads.federated.sources.found import EVERY, Found, digest
from workloads.federated.tasks.series import Series

WINDOW = 14
"""Values that the model sees before the one that it foretells."""
_DAYS, _HIGH = 112, 20_000.0
_HELD_OUT = 20


def generated(options: FederatedOptions, *, seed: int) -> Found:
    """The steps of made-up people, day by day: a level and a week of their own, and days off."""
    people = [_steps(np.random.default_rng([seed, 1610, at])) for at in range(options.devices)]
    others = [_steps(np.random.default_rng([seed, 1611, at])) for at in range(_HELD_OUT)]
    notes = (
        "Devices are simulated clients. The seed generates the steps of their days, and all train here.",
        f"Measured on {_HELD_OUT} other made-up people, whom no device trains on.",
    )
    return Found(
        Series(options.width), tuple(windows(one, low=0.0, high=_HIGH)[: options.sentences] for one in people),
        np.concatenate([windows(one, low=0.0, high=_HIGH) for one in others]), None,
        tuple(f"device {at + 1}" for at in range(len(people))),
        digest("series", seed, options.devices, options.sentences), True, notes,
    )  # fmt: skip


def _steps(rng: np.random.Generator) -> np.ndarray:
    level, week = rng.uniform(3000, 11_000), rng.normal(0, 1800, 7)
    days = level + week[np.arange(_DAYS) % 7] + np.cumsum(rng.normal(0, 120, _DAYS)) + rng.normal(0, 700, _DAYS)
    days[rng.random(_DAYS) < 0.04] *= 0.2
    return np.clip(days, 0, _HIGH)


def windows(values: np.ndarray, *, low: float, high: float) -> np.ndarray:
    """Runs of WINDOW + 1 values, scaled from low..high to -1..1: float32 (n, WINDOW + 1)."""
    scaled = (2 * (np.clip(values, low, high) - low) / (high - low) - 1).astype(np.float32)
    if len(scaled) <= WINDOW:
        return np.zeros((0, WINDOW + 1), dtype=np.float32)
    return np.lib.stride_tricks.sliding_window_view(scaled, WINDOW + 1).copy()


def read(path: Path, options: FederatedOptions) -> Found:
    """A CSV with a row for each value, in the order of time, and a column that says whose it is. Else DataError."""
    sheet = open_sheet(path)
    who, what = _columns(sheet.columns, options, path)
    places = sheet.columns.index(who), sheet.columns.index(what)
    kept: dict[str, list[float]] = {}
    for number, cells in sheet.records():
        cell = cells[places[1]]
        if is_missing(cell):
            continue
        kept.setdefault(cells[places[0]], []).append(_number(cell, what, number, path))
    series = [np.array(one) for one in kept.values() if len(one) > WINDOW + 1][: options.devices]
    if len(series) < 2:
        text = f"{len(series)} of {len(kept)} devices have more than {WINDOW + 1} values, and two are needed"
        raise DataError(text, where=path.name, then="name the columns by --who and --column, or give longer series")
    every = np.concatenate(series)
    low, high = float(every.min()), float(every.max())
    if low == high:
        raise DataError(f"every value of {what} is the same", where=path.name, then="choose another column")
    cut = [windows(one, low=low, high=high) for one in series]
    held = np.concatenate([one[EVERY - 1 :: EVERY] for one in cut])
    trained = [np.delete(one, np.s_[EVERY - 1 :: EVERY], axis=0)[: options.sentences] for one in cut]
    notes = (
        f"{what} by {who}, scaled by the least and the largest value of the file, as if those were public.",
        f"Measured on each {EVERY}th value, which no device foretells in training.",
        "All devices train on this machine.",
    )
    hashed = digest("series", what, who, [one.tolist() for one in series])
    names = tuple(f"series {at + 1}" for at in range(len(series)))
    return Found(Series(options.width), tuple(trained), held, None, names, hashed, False, notes)


def _columns(columns: Sequence[str], options: FederatedOptions, path: Path) -> tuple[str, str]:
    """The column of whose a row is, and that of its value: the first and the last where they are not named."""
    who, what = options.who or columns[0], options.column or columns[-1]
    for one in (who, what):
        if one not in columns:
            raise DataError(f"there is no column {one!r}", where=path.name, then=f"choose of {', '.join(columns[:20])}")
    if who == what:
        raise DataError("the two columns must differ", where=path.name, then="name both")
    return who, what


def _number(cell: str, column: str, number: int, path: Path) -> float:
    try:
        found = float(cell.replace(",", "")) if cell.count(",") and cell.count(".") <= 1 else float(cell)
        if not np.isfinite(found):
            raise ValueError
    except ValueError:
        text = f"row {number} of {column} is not a number"
        raise DataError(text, where=path.name, then="name the column of values by --column") from None
    return found
