"""The blob store in use, chosen on any page that uses one."""

import streamlit as st

from privacy.stores.choice import choose, chosen
from privacy.stores.profiles import profiles
from ui import resources


def picker(key: str) -> str:
    """A box in which the store is chosen, for every page and tab at once; returns its name."""
    registry = resources.registry()
    found = profiles(registry)
    now, names = chosen(registry), list(found)
    st.session_state[key] = now

    def change() -> None:
        choose(registry, st.session_state[key])

    return str(
        st.selectbox(
            "Store", names, key=key, on_change=change,
            format_func=lambda name: f"{name}: {found[name].spec.title}",
            help="Where blobs are kept. Others come from [stores.NAME] in config.toml of the state folder.",
        )
    )  # fmt: skip
