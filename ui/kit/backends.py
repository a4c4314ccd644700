"""The table of backends: what each implements, and if it cannot be used, why."""

import streamlit as st

from privacy.registry import Entry, Registry
from ui.kit import format as f


def show(registry: Registry) -> None:
    """Tabulate every backend that was found, the broken ones too."""
    rows = "".join(_row(e) for e in registry.entries)
    st.html(
        "<div class='vb vb-scroll'><table class='vb-table' aria-label='Backends'><thead><tr><th>Backend</th>"
        "<th>What it does</th><th>Implements</th><th>Available</th><th>From</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _row(entry: Entry) -> str:
    title = entry.spec.title if entry.spec else entry.id
    summary = entry.spec.summary if entry.spec else "–"
    primitives = ", ".join(sorted(entry.spec.implements)) if entry.spec else "–"
    state = "<span class='vb-chip good'>✓ yes</span>"
    if not entry.available:
        remedy = f" {f.text(entry.remedy)}." if entry.remedy else ""
        state = f"<span class='vb-chip bad'>✗ no</span> {f.text(entry.reason)}.{remedy}"
    source = entry.origin
    off = "" if entry.available else " class='off'"
    return (
        f"<tr{off}><th scope='row' class='vb-nowrap'><b>{f.text(title)}</b> "
        f"<span class='vb-dim'>{f.text(entry.id)}</span></th><td>{f.text(summary)}</td>"
        f"<td class='vb-nowrap'>{f.text(primitives)}</td><td>{state}</td>"
        f"<td class='vb-nowrap'>{f.text(source)}</td></tr>"
    )
