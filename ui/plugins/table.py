"""Plugins: every backend in one table, and the last report of one."""

import streamlit as st

from privacy.entry import Entry
from privacy.errors import VeilbenchError
from privacy.registry import Registry, load_log
from privacy.services.checks import sentence
from privacy.testing.bench import CheckResult
from privacy.testing.report import PROPERTIES, Report
from ui.kit import format as f

_HEADS = ("Backend", "Kind", "Implements", "From", "Guarantee")
_CHECK_HEADS = ("Property", "Check", "Where", "Result", "Evidence")
_TITLES = {p.number: p.title for p in PROPERTIES}
_MARKS = {
    True: "<span class='vb-chip good'>✓ passed</span>",
    False: "<span class='vb-chip bad'>✗ failed</span>",
    None: "<span class='vb-chip dim'>– does not apply</span>",
}


def show(registry: Registry) -> None:
    """Tabulate every plugin that was found; those that cannot be used are greyed, with reason and remedy."""
    st.html(_table("Plugins", _HEADS, "".join(map(_row, registry.entries))))


def _table(label: str, heads: tuple[str, ...], rows: str) -> str:
    head = "".join(f"<th scope='col'>{h}</th>" for h in heads)
    return (
        f"<div class='vb vb-scroll' tabindex='0' role='region' aria-label='{f.text(label)}'>"
        f"<table class='vb-table' aria-label='{f.text(label)}'><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _row(entry: Entry) -> str:
    title = entry.spec.title if entry.spec else entry.id
    kind = entry.spec.kind if entry.spec else "–"
    primitives = ", ".join(sorted(entry.spec.implements)) if entry.spec else "–"
    origin = f"{f.text(entry.origin)} <span class='vb-dim vb-nowrap'>{f.text(entry.version)}</span>"
    return (
        f"<tr{'' if entry.available else ' class=off'}><th scope='row'><b>{f.text(title)}</b> "
        f"<span class='vb-dim'>{f.text(entry.id)}</span></th><td>{f.text(kind)}</td><td>{f.text(primitives)}</td>"
        f"<td>{origin}</td><td>{f.text(sentence(entry)) if entry.available else _broken(entry)}</td></tr>"
    )


def _broken(entry: Entry) -> str:
    remedy = f" What to do: {f.text(entry.remedy)}." if entry.remedy else ""
    log = _log(entry.log_id) if entry.log_id else ""
    return f"<span class='vb-chip bad'>✗ cannot be used</span> {f.text(entry.reason)}.{remedy}{log}"


def _log(log_id: str) -> str:
    """The log id, and behind it the traceback for the plugin's author."""
    try:
        text = load_log(log_id)
    except VeilbenchError as error:
        text = str(error)
    return (
        f"<details><summary class='vb-dim'>Log id {f.text(log_id)}: the traceback, for its author</summary>"
        f"<pre tabindex='0' aria-label='Log {f.text(log_id)}'>{f.text(text)}</pre></details>"
    )


def report(found: Report) -> None:
    """The last report: each check by primitive, and how to run again what failed."""
    st.html(f"<p class='vb'><b>{f.text(found.sentence)}</b> <span class='vb-dim'>seed {found.seed}</span></p>")
    for primitive, results in found.primitives.items():
        label = f"Checks of {primitive}"
        st.html(
            f"<h3 class='vb'>{f.text(label)}</h3>"
            + _table(label, _CHECK_HEADS, "".join(map(_check, sorted(results, key=_order))))
        )
    failed = [r.reproduce for r in found.results if r.passed is False and r.reproduce]
    if failed:
        st.html("<p class='vb'>Run the failed checks again, each as it was:</p>")
        st.code("\n".join(failed), language=None)


def _order(result: CheckResult) -> tuple[bool, int, str]:
    """What failed comes first, then property by property, each check with its places together."""
    return result.passed is not False, result.property, result.id


def _check(result: CheckResult) -> str:
    title = _TITLES.get(result.property, "Further")
    return (
        f"<tr><td>{result.property}. {f.text(title)}</td><th scope='row'>{f.text(result.id)}</th>"
        f"<td class='vb-nowrap'>{f.text(result.place)}</td><td class='vb-nowrap'>{_MARKS[result.passed]}</td>"
        f"<td>{f.text(result.detail)}</td></tr>"
    )
