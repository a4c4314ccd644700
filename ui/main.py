"""The router. It lies in a folder without `pages/` beside it, or the first deep link after a restart would break."""

from pathlib import Path

import streamlit as st

from ui import resources, theme
from ui.kit import link, screens

_ROOT = Path(__file__).resolve().parents[1]
_PAGES = _ROOT / "pages"

st.set_page_config(page_title="Veilbench", page_icon=str(_ROOT / "ui" / "assets" / "icon.png"), layout="wide")
st.logo(str(_ROOT / "ui" / "assets" / "logo.svg"), size="large")
theme.apply()

page = st.navigation(
    [
        st.Page(_PAGES / "home.py", title="Home", url_path="home", default=True),
        *screens.of_workloads(resources.registry()),
        st.Page(_PAGES / "compare.py", title="Compare", url_path="compare"),
        st.Page(_PAGES / "server.py", title="Server view", url_path="server"),
        st.Page(_PAGES / "sandwich.py", title="Sandwich", url_path="sandwich"),
        st.Page(_PAGES / "plugins.py", title="Plugins", url_path="plugins"),
    ],
    position="top",
)
link.arrive(page.url_path)
page.run()
