"""A drawing on a page: as an image, since Streamlit's sanitiser lets no inline SVG through."""

import base64
import re

_DESC = re.compile(r"<desc[^>]*>(.*?)</desc>", re.DOTALL)
# In an image the page's variables are out of reach; its colour scheme is not.
_STYLE = (
    "<style>svg{color:#10191d;--vb-dim:#4c616b}"
    "@media (prefers-color-scheme:dark){svg{color:#e8f0f2;--vb-dim:#a3b5bd}}</style>"
)


def image(svg: str) -> str:
    """`svg` as an HTML image that follows the page's theme; its description becomes the text in its place."""
    head, _, rest = svg.partition(">")
    described = _DESC.search(svg)
    data = base64.b64encode(f"{head}>{_STYLE}{rest}".encode()).decode()
    # What a drawing describes is escaped already, quotes included.
    alt = described.group(1) if described else ""
    return f"<img class='vb-drawing' alt='{alt}' src='data:image/svg+xml;base64,{data}'>"
