"""Plugins: what one backend declares, primitive by primitive, towards whom and in its own words."""

import streamlit as st

from privacy.fingerprint import code_of
from privacy.guarantees import Guarantee
from privacy.registry import Registry
from privacy.services.declared import declared
from ui.kit import format as f
from workloads.fyp.panels import guarantee


def show(backend: str, registry: Registry) -> None:
    """The guarantees of one backend at its default parameters, behind a heading that opens."""
    spec = registry.spec(backend)
    with st.expander(f"What {f.markdown_text(spec.title)} declares", expanded=False):
        st.html(f"<p class='vb'>{f.text(spec.summary)}</p>")
        st.html("".join(_block(p, found) for p, found in _asked(backend, code_of(spec), registry).items()))


@st.cache_resource(show_spinner="Asking the backend what it guarantees", max_entries=64)
def _asked(backend: str, code: str, _registry: Registry) -> dict[str, Guarantee | str]:
    """What a backend declares with this code: its mechanisms are imported once for it."""
    return declared(_registry.spec(backend), _registry)


def _block(primitive: str, found: Guarantee | str) -> str:
    body = guarantee.rows(found) if isinstance(found, Guarantee) else f"<p class='vb-note'>{f.text(found)}</p>"
    return f"<div class='vb'><p style='margin-top:.6rem'><b>{f.text(primitive.capitalize())}</b></p>{body}</div>"
