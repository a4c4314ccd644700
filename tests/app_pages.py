"""What tests of pages share: the app in Streamlit's own harness, and what a page of it says."""

import html as markup
import io
from pathlib import Path

from streamlit.testing.v1 import AppTest

from privacy.services import datasets

ROOT = Path(__file__).resolve().parents[1]
MAIN = str(ROOT / "ui" / "main.py")
HOME, FYP, COMPARE, SERVER, SANDWICH, PLUGINS = (
    f"../pages/{name}.py" for name in ("home", "fyp", "compare", "server", "sandwich", "plugins")
)


def opened(page: str | None = None, query: dict[str, str] | None = None, **more: str) -> AppTest:
    """The app on a page, or on its first one, from an address with these settings."""
    at = AppTest.from_file(MAIN, default_timeout=60)
    at.run()
    for name, value in {**(query or {}), **more}.items():
        at.query_params[name.replace("__", ".")] = value
    if page:
        at.switch_page(page).run()
    assert not at.exception, at.exception
    return at


def asked(at: AppTest) -> dict[str, str]:
    """The settings in the address."""
    return {k: v if isinstance(v, str) else v[0] for k, v in at.query_params.items()}


def html(at: AppTest) -> str:
    """The markup of the app's own pieces."""
    return "\n".join(str(e.proto.body) for e in at.get("html"))


def shown(at: AppTest) -> str:
    """What a reader sees of them, and the texts between."""
    return markup.unescape("\n".join([html(at), *(e.value for e in at.markdown)]))


def sentences(at: AppTest) -> str:
    return " ".join(e.value for e in [*at.warning, *at.error]).replace("\\", "")


def widget(kind, name: str):
    return next(w for w in kind if str(w.key).startswith(f"compare.{name}."))


def button(at: AppTest, label: str):
    return next(b for b in at.button if b.label.startswith(label))


def pick(at: AppTest, label: str) -> None:
    next(b for b in at.button if b.label == label).click().run()
    assert not at.exception, at.exception


def labels(at: AppTest) -> list[str]:
    return [b.label for b in at.button]


def own_file() -> None:
    rows = "".join(f"{'yes' if i % 3 else 'no'},{20 + i % 7},x\n" for i in range(40))
    brought = datasets.bring(io.BytesIO(f"answer,years,<b>note</b>\n{rows}".encode()), "my answers.csv")
    # A survey needs no mapping: the choice alone is what a page reads.
    (datasets.home() / "data-choice.json").write_text(f'{{"data": "{brought.path}", "mapping": null}}')
