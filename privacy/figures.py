"""Figures: names of a workload's metrics, how they are written, and where they are shown.

Tables, plots, exports and the API's schema are made from figures and know no workload by name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Role = Literal["quality", "cost", "leak", "detail"]
Better = Literal["higher", "lower", "neither"]


@dataclass(frozen=True)
class Figure:
    """One figure of a workload's run records.

    `key` is that of its metric and `name` what it is called, in words. `role` says where it stands: `quality` and
    `leak` in the first table, `cost` in the second, `detail` only in the list of all. The first figure of quality is
    the axis of utility. A leak with a `tab` is drawn against it, under that tab, with `caption` below; `axis` names
    what its number is, and `control` the key of the same attack on a control. `chance` says who reaches the metric's
    chance level. `head` heads a column where the name is too long for one.
    """

    key: str
    name: str
    unit: str = ""
    better: Better = "neither"
    role: Role = "detail"
    control: str = ""
    head: str = ""
    axis: str = ""
    chance: str = ""
    tab: str = ""
    caption: str = ""

    @property
    def column(self) -> str:
        """Its name at the head of a column."""
        return self.head or self.name[:1].upper() + self.name[1:]


class Figures:
    """The figures of one workload, by key; a metric that none describes is named by its key."""

    def __init__(self, figures: Iterable[Figure]) -> None:
        self._by_key = {f.key: f for f in figures}

    def __getitem__(self, key: str) -> Figure:
        found = self._by_key.get(key)
        if found is not None:
            return found
        base = key.removesuffix("_control")
        if base != key and base in self._by_key:
            return Figure(key, f"{self._by_key[base].name}, control")
        return Figure(key, key.replace("_", " "))

    def of(self, *roles: Role) -> tuple[Figure, ...]:
        """Those of some roles, in order."""
        return tuple(f for f in self._by_key.values() if f.role in roles)

    @property
    def utility(self) -> Figure | None:
        """The axis of utility: the first figure of quality."""
        return next(iter(self.of("quality")), None)

    @property
    def drawn(self) -> tuple[Figure, ...]:
        """The leaks that have a plot of their own."""
        return tuple(f for f in self.of("leak") if f.tab)
