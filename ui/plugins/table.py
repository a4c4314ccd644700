"""Plugins: every backend in one table, and the last report of one."""

import streamlit as st

from privacy.errors import VeilbenchError
from privacy.registry import Registry, load_log
from privacy.services.checks import sentence
from privacy.testing.bench import CheckResult
from privacy.testing.report import PROPERTIES, Report
from ui.kit.html import render

_TITLES = {p.number: p.title for p in PROPERTIES}


def show(registry: Registry) -> None:
    """Tabulate every plugin that was found; those that cannot be used are greyed, with reason and remedy."""
    rows = [(entry, sentence(entry) if entry.available else "", _log(entry.log_id)) for entry in registry.entries]
    st.html(render("plugins/plugins", rows=rows))


def _log(log_id: str) -> str:
    """The traceback under a log id, for the plugin's author; empty where there is none."""
    try:
        return load_log(log_id) if log_id else ""
    except VeilbenchError as error:
        return str(error)


def report(found: Report) -> None:
    """The last report: each check by primitive, and how to run again what failed."""
    primitives = {name: sorted(results, key=_order) for name, results in found.primitives.items()}
    st.html(render("plugins/report", report=found, primitives=primitives, titles=_TITLES))
    failed = [r.reproduce for r in found.results if r.passed is False and r.reproduce]
    if failed:
        st.html("<p class='vb'>Run the failed checks again with the same settings:</p>")
        st.code("\n".join(failed), language=None)


def _order(result: CheckResult) -> tuple[bool, int, str]:
    """What failed comes first, then property by property, each check with its places together."""
    return result.passed is not False, result.property, result.id
