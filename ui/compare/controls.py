"""The form of the Compare page: which stacks, over which values, for whom, and on which data."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, get_type_hints

import streamlit as st

from privacy.compare.plan import Plan
from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.services.datasets import Choice
from ui.compare.link import fields_of, first_values, sweepable
from ui.compare.options import owned, values_in
from ui.compare.settings import WORKLOAD, key, link
from ui.kit import params_form
from workloads.catalogue import WORKLOADS, Workload
from workloads.fyp import workload as fyp
from workloads.survey.panels import columns as survey_columns

_NONE = ""
FIRST = ("question", "column")
"""The settings of a survey that stand on the page; the others are behind a button."""


def title(registry: Registry, stack: str) -> str:
    """A stack's name as a person reads it."""
    return " + ".join(one.title for one in registry.members(stack))


def show(plan: Plan, registry: Registry, choice: Choice, columns: Sequence[str]) -> None:
    """Draw the workload, the stacks and the sweep, and the rest behind two buttons.

    `choice` is the data in use and `columns` are its, to choose one from where the workload has such a setting.
    """
    workload = WORKLOADS[plan.base.workload]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        _workload(workload)
        st.pills(
            "Stacks", workload.offered(registry), selection_mode="multi", default=plan.stacks, key=key("stacks"),
            format_func=lambda s: title(registry, s),
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        _sweep(plan, registry)
        if workload.named:
            _question(plan, choice, columns)
        else:
            _person(plan)
        with st.popover("Settings"):
            _settings(plan, registry)
        with st.popover("Link"):
            more = " It names the column and the values that are asked about." if workload.named else ""
            st.html(
                f"<p class='vb'>Reproduces every setting of this comparison. It names no file and no taste.{more}</p>"
            )
            st.code(link(plan), language=None, wrap_lines=True)


def _workload(workload: Workload) -> None:
    if st.session_state.get(WORKLOAD) != workload.id:
        st.session_state[WORKLOAD] = workload.id
    st.segmented_control(
        "Workload", list(WORKLOADS), format_func=lambda w: WORKLOADS[w].title, key=WORKLOAD, required=True
    )


def _person(plan: Plan) -> None:
    people = {p.id: f"{p.name}, simulated" for p in fyp.world_of(RunRequest()).personas}
    st.selectbox(
        "Person shown", list(people), index=list(people).index(plan.base.user), format_func=people.__getitem__,
        key=key("user"), width=190,
        help="Whose feed is sent and recorded. Accuracy and attacks are measured over many others.",
    )  # fmt: skip


def _question(plan: Plan, choice: Choice, columns: Sequence[str]) -> None:
    """The settings that a survey is about; the others are behind the button."""
    values = values_in(plan.base)
    for name in FIRST:
        if name == "column" and columns:
            none = survey_columns.usual(values["question"], choice)
            params_form.chosen(name, ("", *columns), values[name], key(name), none=none)
        elif name in values:
            kind = owned(WORKLOADS[plan.base.workload])[name]
            _widget(kind, name, key(name), values[name], words=survey_columns.word)


def _sweep(plan: Plan, registry: Registry) -> None:
    """Choose one parameter of the stacks and its values."""
    names = [_NONE, *sweepable(plan, registry)]
    place = names.index(plan.sweep) if plan.sweep in names else 0
    none = "nothing" if names[1:] else "no number to sweep"
    st.selectbox(
        "Sweep", names, index=place, format_func=lambda n: n or none, key=key("sweep"), width=190,
        help="Runs each stack that has this parameter once for each value; the others run once.",
        disabled=len(names) == 1,
    )  # fmt: skip
    if plan.sweep:
        values = ", ".join(f"{v:g}" for v in plan.values) or first_values(plan.sweep, plan, registry)
        st.text_input(f"Values of {plan.sweep}", values, key=key(f"values.{plan.sweep}"), width=250)


def _settings(plan: Plan, registry: Registry) -> None:
    st.subheader("Workload", anchor=False)
    values, workload = values_in(plan.base), WORKLOADS[plan.base.workload]
    for name, kind in owned(workload).items():
        if not (workload.named and name in FIRST):
            _widget(kind, name, key(name), values[name])
    found = {n: kind for n, kind in fields_of(plan, registry).items() if n != plan.sweep}
    if found:
        st.subheader("Parameters, for each stack that has them", anchor=False)
    for name, kind in found.items():
        _widget(kind, name, key(f"param.{name}"), plan.base.params.get(name, getattr(kind, name)))


def _widget(kind: type[Any], name: str, where: str, value: Any, *, words: Callable[[str], str] = str) -> None:
    """One field of a params dataclass, by its type, bounds and choices."""
    meta = next(f.metadata for f in fields(kind) if f.name == name)
    typed = get_type_hints(kind)[name]
    unit, low, high = meta.get("unit"), meta.get("low"), meta.get("high")
    label = name.replace("_", " ").capitalize() + (f" ({unit})" if unit and unit != name else "")
    bounds = f" From {low:g} to {high:g}." if low is not None and high is not None else ""
    hint = meta.get("help", "") + bounds
    if meta.get("choices"):
        st.segmented_control(
            label, meta["choices"], default=value, key=where, help=hint, required=True, format_func=words
        )
    elif typed is bool:
        st.toggle(label, value, key=where, help=hint)
    elif typed is str:
        st.text_input(label, value, key=where, help=hint)
    else:
        st.number_input(
            label,
            min_value=None if low is None else typed(low),
            max_value=None if high is None else typed(high),
            value=typed(value),
            step=1 if typed is int else None,
            format=None if typed is int else "%g",
            key=where,
            help=hint,
        )
