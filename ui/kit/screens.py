"""The screens that workloads bring along: each loaded when it is opened, and never at the cost of another."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from privacy.registry import Registry, load
from privacy.spec import WorkloadSpec
from ui.kit.errors import guard

_TAKEN = frozenset({"home", "compare", "server", "sandwich", "chain", "plugins"})


_FEW = 2
"""Pages of a workload that stand in the row of all; more of them are a menu under the workload's title."""


def of_workloads(registry: Registry) -> tuple[list[Any], dict[str, list[Any]]]:
    """The pages of workloads that have few, and by their titles those of workloads that have many."""
    pages = {spec.title: pages_of(spec) for spec in registry.workloads.values()}
    alone = [page for some in pages.values() if len(some) <= _FEW for page in some]
    return alone, {title: some for title, some in pages.items() if len(some) > _FEW}


def pages_of(spec: WorkloadSpec) -> list[Any]:
    """The pages of a workload, the main one first: under its id, or where it has several under their titles."""
    one = {spec.title: (spec.page, spec.id)} if spec.page else {}
    several = {title: (reference, title.lower().replace(" ", "-")) for title, reference in spec.pages.items()}
    return [_page(spec, title, reference, path) for title, (reference, path) in (one | several).items()]


def _page(spec: WorkloadSpec, title: str, reference: str, path: str) -> Any:
    path = path if path not in _TAKEN else f"workload_{path}"
    return st.Page(_screen(spec, reference, path), title=title, url_path=path)


def _screen(spec: WorkloadSpec, reference: str, path: str) -> Callable[[], None]:
    def screen() -> None:
        with guard():
            load(reference, who=f"the page of {spec.id}", hint=spec.install_hint)()

    screen.__name__ = f"screen_{path.replace('-', '_')}"
    return screen


def page_of(spec: WorkloadSpec) -> Any:
    """The main page of a workload that has one."""
    return pages_of(spec)[0]
