"""The chain in use, chosen on any page that uses one."""

import streamlit as st

from privacy.chains.choice import choose, chosen
from privacy.chains.profiles import profiles
from ui import resources


def picker(key: str) -> str:
    """A box in which the chain is chosen, for every page and tab at once; returns its name."""
    registry = resources.registry()
    found = profiles(registry)
    now, names = chosen(registry), list(found)
    st.session_state[key] = now

    def change() -> None:
        choose(registry, st.session_state[key])

    return str(
        st.selectbox(
            "Chain", names, key=key, on_change=change,
            format_func=lambda name: f"{name}: {found[name].spec.title}",
            help="Where logs and rooms are written. Others come from [chains.NAME] in config.toml of the state folder.",
        )
    )  # fmt: skip
