"""Comparisons: any stacks, and a sweep of one parameter, as a list of runs."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from privacy.errors import ParamError, UnknownNameError
from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.stacks import fields_of, filled, options_of, params_of, read_request, resolve, spec_of

MOST_CELLS = 64
MOST_COLUMNS = 500
COLUMN = "column"
"""The option of a workload that names the column which a run is about."""


@dataclass(frozen=True)
class Cell:
    """One run of a comparison: its request, and the swept value if its stack has that parameter."""

    request: RunRequest
    swept: float | None = None
    column: str = ""

    @property
    def label(self) -> str:
        label = self.request.stack if self.swept is None else f"{self.request.stack} at {self.swept:g}"
        return f"{self.column}, {label}" if self.column else label


@dataclass(frozen=True)
class Plan:
    """What to compare: a base request, the stacks, and the values of one swept parameter.

    A stack that lacks the swept parameter is run once. Parameters in the base are given to every stack that has them.
    With `columns`, each with options of its own, every stack is run on each of them, and they share one budget: epsilon
    is divided by how many they are.
    """

    base: RunRequest
    stacks: tuple[str, ...]
    sweep: str = ""
    values: tuple[float, ...] = ()
    columns: tuple[tuple[str, Mapping[str, Any]], ...] = ()

    @property
    def id(self) -> str:
        """A name made of the settings alone: the same plan is the same comparison."""
        return hashlib.sha256(json.dumps(self.as_dict(), sort_keys=True).encode()).hexdigest()[:16]

    def as_dict(self) -> dict[str, Any]:
        return {
            "base": self.base.as_dict(), "stacks": list(self.stacks), "sweep": self.sweep, "values": list(self.values),
        } | ({"columns": [[name, dict(own)] for name, own in self.columns]} if self.columns else {})  # fmt: skip

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], registry: Registry) -> "Plan":
        """Read what `as_dict` wrote, also in the version before."""
        base = filled(read_request(values["base"], registry), registry)
        columns = tuple((str(name), dict(own)) for name, own in values.get("columns", ()))
        return cls(base, tuple(values["stacks"]), values["sweep"], tuple(values["values"]), columns)

    def cells(self, registry: Registry) -> list[Cell]:
        """The runs, in order, each checked before any starts. ParamError or UnknownNameError for what cannot run."""
        if not self.stacks:
            raise ParamError("there is no stack to compare", then="name at least one")
        if len(set(self.stacks)) < len(self.stacks):
            raise ParamError("a stack is named twice", then="name each once")
        if bool(self.sweep) != bool(self.values):
            raise ParamError("a sweep is one parameter with at least one value", then="for instance epsilon=0.5,2,8")
        spec = spec_of(self.base, registry)
        options_of(self.base, registry)
        fields = {s: set(fields_of(s, spec, registry)) for s in self.stacks}
        known = set().union(*fields.values())
        for name in [*self.base.params, *([self.sweep] if self.sweep else [])]:
            if name not in known:
                raise UnknownNameError("parameter of these stacks", name, known)
        cells = [cell for stack in self.stacks for cell in self._of(stack, fields[stack], registry)]
        most = MOST_CELLS
        if self.columns:
            cells, most = [self._about(cell, *one) for one in self.columns for cell in cells], MOST_COLUMNS
        if len(cells) > most:
            raise ParamError(f"this is {len(cells)} runs", then=f"compare at most {most} at once")
        return [_normal(cell, registry) for cell in cells]

    def _about(self, cell: Cell, name: str, own: Mapping[str, Any]) -> Cell:
        """A cell on one of the columns, with its share of the budget."""
        options = {**cell.request.options, **own, COLUMN: name}
        params = dict(cell.request.params)
        if "epsilon" in params:
            params["epsilon"] = float(params["epsilon"]) / len(self.columns)
        request = dataclasses.replace(cell.request, options=options, params=params)
        return dataclasses.replace(cell, request=request, column=name)

    def _of(self, stack: str, fields: set[str], registry: Registry) -> list[Cell]:
        params = {k: v for k, v in self.base.params.items() if k in fields}
        base = dataclasses.replace(self.base, stack=stack, params=params)
        if self.columns and "epsilon" in fields and "epsilon" not in params:
            # The default, named, as it is to be divided.
            params = params | {"epsilon": _usual(base, registry)["epsilon"]}
            base = dataclasses.replace(base, params=params)
        if self.sweep not in fields:
            return [Cell(base)]
        return [Cell(dataclasses.replace(base, params=params | {self.sweep: v}), v) for v in self.values]


def _usual(request: RunRequest, registry: Registry) -> dict[str, Any]:
    return params_of(resolve(request, registry), spec_of(request, registry), registry)


def _normal(cell: Cell, registry: Registry) -> Cell:
    """The cell with every parameter checked, typed and filled in: `2`, `2.0` and the default 2 are one run."""
    request = filled(cell.request, registry)
    params = params_of(resolve(request, registry), spec_of(request, registry), registry)
    return dataclasses.replace(cell, request=dataclasses.replace(request, params=params))


def parse_sweep(text: str) -> tuple[str, tuple[float, ...]]:
    """`epsilon=0.5,2,8` as a name and rising values; ParamError for anything else."""
    name, sign, rest = text.partition("=")
    try:
        values = tuple(float(v) for v in rest.split(","))
    except ValueError:
        values = ()
    if not sign or not name or not values or any(v != v for v in values):
        raise ParamError(f"{text[:60]!r} is not a sweep", then="write it as epsilon=0.5,2,8")
    return name, tuple(sorted(set(values)))


@dataclass
class Comparison:
    """A plan with the records that were made so far, by cell in order; None where a cell has not run."""

    plan: Plan
    cells: list[Cell]
    records: list[dict[str, Any] | None] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """Why a column has no answer under a stack, by the cell's label."""

    @property
    def done(self) -> int:
        return sum(r is not None for r in self.records)

    def rows(self) -> list[dict[str, Any]]:
        """One row for each metric of each record, with its stack and swept value: what tables and CSV hold."""
        out = []
        for cell, record in zip(self.cells, self.records, strict=True):
            for metric in record["metrics"] if record else []:
                out.append({"stack": cell.request.stack, "swept": cell.swept, "label": cell.label, **metric})
        return out
