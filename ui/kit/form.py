"""Forms made from params dataclasses: one widget for each field, by its type, bounds and choices, bound to the link."""

from collections.abc import Mapping
from dataclasses import Field
from typing import Any, get_type_hints

import streamlit as st

from privacy.params import build
from ui.kit.link import Link, Read, one_of

_SMALL = 1000
_WIDEST = 2**53


def show(
    owners: Mapping[str, type[Any]], link: Link, *, prefix: str = "", usual: Mapping[str, Any] | None = None,
    choices: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Draw a widget for each field, of the dataclass beside its name; returns their values by name.

    A setting stands in the link under `prefix` and its name. `usual` are values to begin with in place of the defaults,
    `choices` lists to choose from, each value with its words.
    """
    found = {}
    for name, kind in owners.items():
        one: Field[Any] = kind.__dataclass_fields__[name]
        value = (usual or {}).get(name, one.default)
        listed = (choices or {}).get(name, {})
        read = one_of(list(listed), name) if listed else reader(kind, name)
        bound = link.bind(prefix + name, value, read)
        # Set in each run: a popover mounts its widgets when it opens, and those have what the last run set.
        st.session_state[bound["key"]] = st.session_state[bound["key"]]
        found[name] = _listed(one, listed, bound) if listed else _widget(one, get_type_hints(kind)[name], bound)
    return found


def reader(kind: type[Any], name: str) -> Read:
    """Reads a field's value from a link; ParamError for what it does not admit."""
    return lambda text: getattr(build(kind, {name: text}, owner="the link"), name)


def _label(one: Field[Any]) -> tuple[str, str]:
    """The field's name with its unit, and its help with its bounds."""
    meta = one.metadata
    unit, low, high = meta.get("unit"), meta.get("low"), meta.get("high")
    label = one.name.replace("_", " ").capitalize() + (f" ({unit})" if unit and unit != one.name else "")
    bounds = f" From {low:g} to {high:g}." if low is not None and high is not None else ""
    return label, meta.get("help", "") + bounds


def _listed(one: Field[Any], listed: Mapping[str, str], bound: dict[str, Any]) -> Any:
    label, hint = _label(one)
    if one.metadata.get("choices"):
        return st.segmented_control(
            label, list(listed), format_func=listed.__getitem__, help=hint, required=True, **bound
        )
    return st.selectbox(label, list(listed), format_func=listed.__getitem__, help=hint, width=210, **bound)


def _widget(one: Field[Any], kind: type[Any], bound: dict[str, Any]) -> Any:
    label, hint = _label(one)
    meta = one.metadata
    choices, low, high = meta.get("choices"), meta.get("low"), meta.get("high")
    if choices:
        return st.segmented_control(label, choices, help=hint, required=True, **bound)
    if meta.get("suggested"):
        # What a link wants is among them, too, and goes when another is chosen.
        offered = sorted({*map(kind, meta["suggested"]), st.session_state[bound["key"]]})
        return st.select_slider(label, offered, format_func=lambda v: f"{v:g}", help=hint, **bound)
    if kind is bool:
        return st.toggle(label, help=hint, **bound)
    if kind is str:
        return st.text_input(label, help=hint, **bound)
    if low is not None and high is not None and high - low <= _SMALL:
        return st.slider(label, kind(low), kind(high), help=hint, **bound)
    whole = kind is int
    return st.number_input(
        label, min_value=kind(-_WIDEST if low is None else low), max_value=kind(_WIDEST if high is None else high),
        step=1 if whole else None, format=None if whole else "%g", help=hint, **bound,
    )  # fmt: skip
