"""Plugins: what one backend declares, primitive by primitive, towards whom and in its own words."""

import streamlit as st

from privacy.fingerprint import code_of
from privacy.guarantees import Guarantee
from privacy.registry import Registry
from privacy.services.declared import declared
from ui.kit import format as f
from ui.kit import guarantee
from ui.kit.html import render


def show(backend: str, registry: Registry) -> None:
    """The guarantees of one backend at its default parameters, behind a heading that opens."""
    spec = registry.spec(backend)
    with st.expander(f"What {f.markdown_text(spec.title)} declares", expanded=False):
        found = _order(backend, code_of(spec), registry)
        blocks = [(name, *_words(one)) for name, one in found.items()]
        st.html(render("plugins/declared", summary=spec.summary, blocks=blocks))


@st.cache_resource(show_spinner="Asking the backend what it guarantees", max_entries=64)
def _order(backend: str, code: str, _registry: Registry) -> dict[str, Guarantee | str]:
    """What a backend declares with this code: its mechanisms are imported once for it."""
    return declared(_registry.spec(backend), _registry)


def _words(found: Guarantee | str) -> tuple[str, str]:
    """A guarantee as HTML, or the text of why there is none."""
    return (guarantee.rows(found), "") if isinstance(found, Guarantee) else ("", found)
