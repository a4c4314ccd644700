"""A form made from a params dataclass: one widget for each field, by its type, bounds and choices."""

from collections.abc import Mapping, Sequence
from dataclasses import Field
from typing import Any, get_type_hints

import streamlit as st

from workloads.fyp.panels import state

_SMALL = 1000


def show(owners: Mapping[str, type[Any]], values: Mapping[str, Any], *, prefix: str = "") -> None:
    """Draw the widgets of fields, each of the dataclass beside its name.

    Each keeps its value in the session under `prefix` and the field's name.
    """
    for name, kind in owners.items():
        one: Field[Any] = kind.__dataclass_fields__[name]
        _widget(one, get_type_hints(kind)[name], state.key(prefix + name), values.get(name, one.default))


def chosen(name: str, offered: Sequence[str], value: str, key: str, *, none: str) -> None:
    """One field as a list to choose from; `none` stands for the empty value, and what a link asks for is among them."""
    options = list(dict.fromkeys([*offered, value]))
    st.selectbox(
        name.capitalize(), options, index=options.index(value), format_func=lambda v: v or none, key=key, width=200
    )


def _widget(one: Field[Any], kind: type[Any], key: str, value: Any) -> None:
    meta = one.metadata
    unit = f" ({meta['unit']})" if meta.get("unit") else ""
    label = one.name.replace("_", " ").capitalize() + unit
    choices, low, high = meta.get("choices"), meta.get("low"), meta.get("high")
    bounds = f" From {low:g} to {high:g}." if low is not None and high is not None else ""
    hint = meta.get("help", "") + bounds
    if choices:
        st.segmented_control(label, choices, default=value, key=key, help=hint, required=True)
    elif meta.get("suggested"):
        # What a link asks for is among them, too, and goes when another is chosen.
        offered = sorted({*map(kind, meta["suggested"]), kind(value)})
        st.select_slider(label, offered, kind(value), format_func=lambda v: f"{v:g}", key=key, help=hint)
    elif kind is bool:
        st.toggle(label, value, key=key, help=hint)
    elif kind is str:
        st.text_input(label, value, key=key, help=hint)
    elif low is not None and high is not None and high - low <= _SMALL:
        st.slider(label, kind(low), kind(high), kind(value), key=key, help=hint)
    else:
        whole = kind is int
        st.number_input(
            label,
            min_value=None if low is None else kind(low),
            max_value=None if high is None else kind(high),
            value=kind(value),
            step=1 if whole else None,
            key=key,
            help=hint,
        )
