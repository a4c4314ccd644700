"""Other people's mechanisms: what they claim and what was found, and the form that names another one."""

import os

import streamlit as st

from privacy.errors import VeilbenchError
from privacy.foreign.audit import Order
from privacy.foreign.claim import NEIGHBOURS
from privacy.foreign.forms import FORMS
from privacy.plots.sandwich import SandwichRow, sandwich
from privacy.services.foreign import ForeignAudits, ForeignRow, ForeignSnapshot
from ui.kit import figure
from ui.kit import format as f
from ui.kit.html import render

_POLL = "700ms"
_SAID = "as the step claims"


def show(jobs: ForeignAudits) -> None:
    """The figures, the state of the worker, and the form. A link fills in none of it and begins nothing."""
    now = jobs.snapshot()
    st.header("Other people's mechanisms", anchor=False)
    st.html(render("foreign", rows=now.rows, named=_named, neighbours=NEIGHBOURS))
    if now.rows:
        for chart in sandwich([_side(row) for row in now.rows]):
            figure.show(chart)
    if now.state == "running":
        _watch(jobs, len(now.rows))
    elif jobs.loopback:
        _offer(jobs, now)
    else:
        st.html(render("foreign_closed"))


def _named(row: ForeignRow) -> str:
    return row.finding.name.rpartition("/")[2]


def _side(row: ForeignRow) -> SandwichRow:
    found = row.finding
    return SandwichRow(
        _named(row), declared=found.claim.epsilon, audited=found.bound, unit=found.claim.unit, n=found.plays or None,
        charged=found.charged,
    )  # fmt: skip


def _offer(jobs: ForeignAudits, now: ForeignSnapshot) -> None:
    if now.state == "failed":
        st.error(f.markdown_text(now.error))
    elif now.state == "cancelled":
        st.html("<p class='vb vb-dim'>The audit was cancelled; its findings so far are kept.</p>")
    if now.missing and st.button(f"Audit the {len(now.missing)} examples", key="audit examples"):
        _begin(jobs, list(now.missing))
    with st.form("foreign", border=True):
        target = st.text_input(
            "Your own step", placeholder="module:callable or ./file.py:callable", key="foreign.target",
            help="A function of an update (d,), or an object with process or __call__. docs/audit.md has the forms.",
        )  # fmt: skip
        folder = st.text_input("Folder that has the step's code", value=os.getcwd(), key="foreign.folder")
        python = st.text_input(
            "Python interpreter with the packages it imports", placeholder="this app's", key="foreign.python",
            help="For a Flower step, for instance .venv-flower/bin/python.",
        )  # fmt: skip
        with st.container(horizontal=True):
            epsilon = st.number_input("Claimed epsilon", min_value=1e-3, value=None, placeholder=_SAID, key="foreign.e")
            delta = st.number_input(
                "Claimed delta", min_value=0.0, max_value=0.5, value=None, format="%g", placeholder=_SAID,
                key="foreign.d",
            )  # fmt: skip
            clip = st.number_input("Clip", min_value=1e-9, value=None, format="%g", placeholder=_SAID, key="foreign.c")
            neighbours = st.selectbox(
                "Neighbours", list(NEIGHBOURS), index=None, format_func=NEIGHBOURS.__getitem__, placeholder=_SAID,
                key="foreign.n",
            )  # fmt: skip
            form = st.selectbox("Form", FORMS, index=None, placeholder=_SAID, key="foreign.form")
        st.html("<p class='vb vb-dim'>The step runs on this machine with your rights, in its own process.</p>")
        if st.form_submit_button("Run and audit it"):
            given = {"epsilon": epsilon, "delta": delta, "clip": clip, "neighbours": neighbours}
            claim = {name: value for name, value in given.items() if value is not None}
            _begin(jobs, [Order(target.strip(), folder.strip(), claim=claim, form=form or "", python=python.strip())])


def _begin(jobs: ForeignAudits, orders: list[Order]) -> None:
    try:
        jobs.start(orders)
    except VeilbenchError as error:
        st.error(f.markdown_text(str(error)))
        return
    st.rerun()


def _watch(jobs: ForeignAudits, shown: int) -> None:
    """Progress, polled; the page is drawn again when there are more rows than `shown`, and at the end."""

    @st.fragment(run_every=_POLL, key="watch foreign")
    def poll() -> None:
        now = jobs.snapshot()
        if now.state != "running" or len(now.rows) != shown:
            st.rerun()
        st.progress(now.share, text=f.markdown_text(f"The audit runs in its own process: {now.label}"))
        if st.button("Cancel this audit", key="cancel foreign"):
            jobs.cancel()
            st.rerun()

    poll()
