"""The screens that workloads bring along: each loaded when it is opened, and never at the cost of another."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from privacy.registry import Registry, load
from privacy.spec import WorkloadSpec
from ui.kit.errors import guard

_TAKEN = frozenset({"home", "compare", "server", "sandwich", "chain", "plugins"})


def of_workloads(registry: Registry) -> list[Any]:
    """The pages of each workload that has any."""
    return [page for spec in registry.workloads.values() for page in pages_of(spec)]


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
