"""The figures of a comparison: one row for each cell, and on demand every metric with its source."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from privacy.compare.plan import Comparison
from privacy.export.tables import Table, every, metric_of, tables
from privacy.registry import Registry
from privacy.spec import WorkloadSpec
from privacy.stacks import spec_of
from ui.kit.html import render
from ui.kit.stacks import title

Record = Mapping[str, Any]
_UNITS = {"B": "bytes", "s": "time", "share": "share of 1"}


def announce(comparison: Comparison, registry: Registry) -> None:
    """What will be compared, before any of it has run."""
    spec = spec_of(comparison.plan.base, registry)
    stacks = [(title(registry, stack), _says(registry, stack, spec)) for stack in comparison.plan.stacks]
    st.html(render("compare/announcement", stacks=stacks))


def _says(registry: Registry, stack: str, spec: WorkloadSpec) -> str:
    """What the members of a stack say of themselves where this workload uses them."""
    return " ".join(one.says(spec.primitives) for one in registry.members(stack))


def show(comparison: Comparison, spec: WorkloadSpec) -> None:
    """Two tables, each in a box of its own that scrolls."""
    found = [(table, _origins(table, comparison)) for table in tables(comparison, spec)]
    st.html(render("compare/figures", tables=found))
    if st.toggle("Show every figure, with source and note", key="compare every"):
        st.html(render("compare/every", runs=every(comparison, spec), units=_UNITS))


def _origins(table: Table, comparison: Comparison) -> list[str]:
    """Where the figures of each column come from, once for each way that occurs."""
    records = [r for r in comparison.records if r]
    columns = ([metric_of(r, figure.key) for r in records] for figure in table.figures)
    return [" or ".join(dict.fromkeys(_source(m) for m in column if m is not None)) or "–" for column in columns]


def _source(metric: Record) -> str:
    unit = _UNITS.get(metric["unit"], metric["unit"])
    return ", ".join(filter(None, (unit, metric["source"], "simulated" if metric["simulated"] else "")))
