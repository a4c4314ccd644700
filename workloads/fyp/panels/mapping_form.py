"""The form of a mapping: which column of a file is what. Nothing is guessed to be sensitive."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from privacy.plugin.host import Brought
from privacy.plugin.tables import Mapping, from_dict
from ui.kit.html import render

_LISTS = {
    "text": ("Texts", "Columns of words about an item. Their texts are joined and turned into topics."),
    "number": ("Numbers", "Columns of numbers, scaled to their spread. A missing number counts as the median."),
    "list": (
        "Lists and categories",
        "Columns of short values, one or several in a cell. Each value counts as one word.",
    ),
}
_SEPARATORS = {"": "find out", "|": "| pipe", ",": ", comma", ";": "; semicolon", "/": "/ slash"}
_ROWS, _COLUMNS, _CELL, _MOST_VALUES = 4, 12, 60, 50


def show(brought: Brought) -> Callable[[], Mapping]:
    """Draw the form, begun with what was guessed; the returned function checks it and gives the mapping."""
    prefix = f"map.{brought.path.parent.name}."
    columns = list(dict.fromkeys(brought.sample.columns))
    for name, value in _start(brought).items():
        st.session_state.setdefault(prefix + name, value)
    st.html(_begun(brought))
    first = st.columns(3, gap="small")
    with first[0]:
        st.selectbox(
            "Id",
            ["", *columns],
            key=f"{prefix}id",
            format_func=_or("its row"),
            help="Column that names an item. It is kept as text.",
        )
    with first[1]:
        st.selectbox("Title", ["", *columns], key=f"{prefix}title", format_func=_or("the first text"))
    with first[2]:
        st.selectbox("List separator", list(_SEPARATORS), key=f"{prefix}separator", format_func=_SEPARATORS.__getitem__)
    for column, (name, (label, hint)) in zip(st.columns(3, gap="small"), _LISTS.items(), strict=True):
        with column:
            st.multiselect(label, columns, key=prefix + name, help=hint)
    _sensitive(brought, prefix, columns)
    keys = ("id", "title", *_LISTS, "sensitive", "sensitive_value", "separator")
    # An empty value is a key left open, and stands for none.
    return lambda: from_dict({k: v for k in keys if (v := st.session_state.get(prefix + k))}, where=brought.path.name)


def _sensitive(brought: Brought, prefix: str, columns: list[str]) -> None:
    left, right = st.columns([1, 2], gap="small")
    with left:
        st.selectbox(
            "Sensitive attribute", ["", *columns], key=f"{prefix}sensitive", format_func=_or("none"),
            on_change=_take_out, args=(prefix,),
            help="Column that an attacker tries to infer about a person. It is removed from the columns above, or "
                 "every item would show it.",
        )  # fmt: skip
    chosen = st.session_state[f"{prefix}sensitive"]
    if not chosen:
        return
    values = [v for v, _ in Counter(brought.sample.column(chosen)).most_common(_MOST_VALUES) if v.strip()]
    with right:
        st.selectbox(
            "Attribute 1 means", ["", *values], key=f"{prefix}sensitive_value",
            format_func=_or("its most common value; of many numbers, those above the median"),
        )  # fmt: skip


def _take_out(prefix: str) -> None:
    """Take the sensitive column out of the others; a value of another column is none of this one."""
    state = st.session_state
    chosen = state[f"{prefix}sensitive"]
    for name in _LISTS:
        state[prefix + name] = [c for c in state[prefix + name] if c != chosen]
    state[f"{prefix}sensitive_value"] = ""


def _start(brought: Brought) -> dict[str, Any]:
    guess = brought.guess
    found: dict[str, Any] = dict(guess.as_dict()) if guess else {}
    empty: dict[str, Any] = {"id": "", "title": "", "separator": "", "sensitive": "", "sensitive_value": ""}
    return empty | {name: [] for name in _LISTS} | found


def _or(empty: str) -> Callable[[str], str]:
    return lambda value: value or empty


def _begun(brought: Brought) -> str:
    """What is asked, over the first rows as a table, cells shortened."""
    sample = brought.sample
    return render(
        "fyp/panels/mapping_form", name=brought.path.name, notes=sample.notes,
        head=_short(sample.columns), rows=[_short(row) for row in sample.rows[:_ROWS]],
        more=len(sample.columns) - _COLUMNS,
    )  # fmt: skip


def _short(cells: Sequence[str]) -> list[str]:
    return [c[:_CELL] for c in cells[:_COLUMNS]]
