"""Chain adapters: every one that was found in one table, and the chains that the user's settings name."""

import streamlit as st

from privacy.chains.choice import chosen
from privacy.chains.profiles import profiles
from privacy.configured import FILE
from privacy.home import home
from privacy.registry import Registry
from ui.kit.errors import guard
from ui.kit.html import render


def show(registry: Registry) -> None:
    """Tabulate every adapter, then every chain that can be chosen; settings that cannot be read are a sentence."""
    st.html(render("plugins/chains", entries=registry.chain_entries))
    with guard():
        found, now = profiles(registry), chosen(registry)
        rows = [
            {
                "name": name, "spec": one.spec, "now": name == now,
                "chain_id": getattr(one.params, "chain_id", 0) or "any",
                "confirmations": getattr(one.params, "confirmations", 1),
                "signs": _signs(one.params, profiled=one.spec.profiled),
            }
            for name, one in found.items()
        ]  # fmt: skip
        st.html(render("plugins/profiles", rows=rows, file=home() / FILE))


def _signs(params: object, *, profiled: bool) -> str:
    if getattr(params, "keystore", ""):
        return "an account of a keystore, or a browser's wallet"
    return "a browser's wallet" if profiled else "demo accounts, or a browser's wallet"
