"""The chain and the store in use: chosen on any page that uses one, for every page and tab at once."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from privacy.chains import choice as chains
from privacy.chains.profiles import profiles as all_chains
from privacy.stores import choice as stores
from privacy.stores.profiles import profiles as all_stores
from ui import resources


def chain(key: str) -> str:
    """A box in which the chain is chosen; returns its name."""
    registry = resources.registry()
    text = "The chain of logs and rooms. Add others as [chains.NAME] in config.toml of the state folder."
    return _picker("Chain", all_chains(registry), chains.chosen(registry), chains.choose, key=key, help=text)


def store(key: str) -> str:
    """A box in which the store is chosen; returns its name."""
    registry = resources.registry()
    text = "The store that keeps blobs. Add others as [stores.NAME] in config.toml of the state folder."
    return _picker("Store", all_stores(registry), stores.chosen(registry), stores.choose, key=key, help=text)


def _picker(
    label: str, found: Mapping[str, Any], now: str, choose: Callable[[Any, str], None], *, key: str, help: str
) -> str:
    st.session_state[key] = now

    def change() -> None:
        choose(resources.registry(), st.session_state[key])

    def title(name: str) -> str:
        return f"{name}: {found[name].spec.title}"

    return str(st.selectbox(label, list(found), key=key, on_change=change, format_func=title, help=help))
