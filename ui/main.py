"""The router. It lies in a folder without `pages/` beside it, or the first deep link after a restart would break."""

import streamlit as st

from ui import resources, theme
from ui.kit import link, screens, wallet, way_back

_PAGES = theme.ROOT / "pages"

st.set_page_config(page_title="Veilbench", page_icon=theme.ICON, layout="wide")
st.logo(theme.LOGO, size="large")
theme.apply()

alone, grouped = screens.of_workloads(resources.registry())
page = st.navigation(
    {
        "": [
            st.Page(_PAGES / "home.py", title="Home", url_path="home", default=True),
            *alone,
            st.Page(_PAGES / "compare.py", title="Compare", url_path="compare"),
            st.Page(_PAGES / "server.py", title="Server view", url_path="server"),
        ],
        **grouped,
        "Tools": [
            st.Page(_PAGES / "sandwich.py", title="Sandwich", url_path="sandwich"),
            st.Page(_PAGES / "chain.py", title="Chain", url_path="chain"),
            st.Page(_PAGES / "plugins.py", title="Plugins", url_path="plugins"),
        ],
    },
    position="top",
)
wallet.control()
link.arrive(page.url_path)
with way_back.beside(page.url_path):
    page.run()
