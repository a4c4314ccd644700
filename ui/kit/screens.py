"""The screens that workloads bring along: each loaded when it is opened, and never at the cost of another."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from privacy.registry import Registry, load
from privacy.spec import WorkloadSpec
from ui.kit.errors import guard

_TAKEN = frozenset({"home", "compare", "server", "sandwich", "chain", "plugins"})


def of_workloads(registry: Registry) -> list[Any]:
    """A page for each workload that has one, under its id."""
    return [page_of(spec) for spec in registry.workloads.values() if spec.page]


def page_of(spec: WorkloadSpec) -> Any:
    """The page of a workload."""
    path = spec.id if spec.id not in _TAKEN else f"workload_{spec.id}"
    return st.Page(_screen(spec), title=spec.title, url_path=path)


def _screen(spec: WorkloadSpec) -> Callable[[], None]:
    def screen() -> None:
        with guard():
            load(spec.page, who=f"the page of {spec.id}", hint=spec.install_hint)()

    screen.__name__ = f"screen_{spec.id}"
    return screen
