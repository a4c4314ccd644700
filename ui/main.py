"""The router. It lies in a folder without `pages/` beside it, or the first deep link after a restart would break."""

from pathlib import Path

import streamlit as st

from ui import theme
from workloads.fyp.panels import state

_ROOT = Path(__file__).resolve().parents[1]

st.set_page_config(page_title="Veilbench", page_icon=str(_ROOT / "ui" / "assets" / "icon.png"), layout="wide")
st.logo(str(_ROOT / "ui" / "assets" / "logo.svg"), size="large")
theme.apply()

page = st.navigation(
    [
        st.Page(_ROOT / "pages" / "home.py", title="Home", url_path="home", default=True),
        st.Page(_ROOT / "pages" / "fyp.py", title="For you", url_path="fyp"),
        st.Page(_ROOT / "pages" / "compare.py", title="Compare", url_path="compare"),
        st.Page(_ROOT / "pages" / "server.py", title="Server view", url_path="server"),
        st.Page(_ROOT / "pages" / "sandwich.py", title="Sandwich", url_path="sandwich"),
        st.Page(_ROOT / "pages" / "plugins.py", title="Plugins", url_path="plugins"),
    ],
    position="top",
)
state.enter(page.url_path)
page.run()
