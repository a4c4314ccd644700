"""What tests of pages share: the app in Streamlit's own harness, and what a page of it says."""

import html as markup
import io

from streamlit.testing.v1 import AppTest

from privacy.services import datasets
from tests.support import ROOT
from tests.support.waiting import CAP

MAIN = str(ROOT / "ui" / "main.py")
HOME, COMPARE, SERVER, SANDWICH, CHAIN, PLUGINS = (
    f"../pages/{name}.py" for name in ("home", "compare", "server", "sandwich", "chain", "plugins")
)
FYP = "fyp"
"""The page of a workload: a function under its id, not a file of `pages/`."""


GENRES = ("drama", "comedy", "crime", "western")


def opened(page: str | None = None, query: dict[str, str] | None = None, **more: str) -> AppTest:
    """The app on a page, or on its first one, from an address with these settings."""
    at = AppTest.from_file(MAIN, default_timeout=CAP)
    at.run()
    for name, value in {**(query or {}), **more}.items():
        at.query_params[name.replace("__", ".")] = value
    if page:
        go(at, page).run()
    assert not at.exception, at.exception
    return at


def go(at: AppTest, page: str) -> AppTest:
    """Turn to another page, which the next run draws."""
    if page.endswith(".py"):
        return at.switch_page(page)
    at._page_hash = next(h for h, one in at._registered_pages.items() if one.get("url_pathname") == page)
    return at


def address(at: AppTest) -> dict[str, str]:
    """The settings in the address."""
    return {k: v if isinstance(v, str) else v[0] for k, v in at.query_params.items()}


def html(at: AppTest) -> str:
    """The markup of the app's own pieces."""
    return "\n".join(str(e.proto.body) for e in at.get("html"))


def shown(at: AppTest) -> str:
    """What a reader sees of them, and the texts between."""
    return markup.unescape("\n".join([html(at), *(e.value for e in at.markdown)]))


def drawn(at: AppTest) -> list[str]:
    """The specifications of the charts on a page, as text, each with its description."""
    return [f"{e.proto.spec} {e.proto.alt}" for e in at.get("vega_lite_chart")]


def sentences(at: AppTest) -> str:
    return " ".join(e.value for e in [*at.warning, *at.error]).replace("\\", "")


def keyed(kind, name: str):
    """The widget of a page's setting, such as `fyp.stack`, in whichever round it is drawn."""
    return next(w for w in kind if str(w.key).rpartition(".")[0] == name)


def widget(kind, name: str):
    return keyed(kind, f"compare.{name}")


def button(at: AppTest, label: str):
    return next(b for b in at.button if b.label.startswith(label))


def pick(at: AppTest, label: str) -> None:
    next(b for b in at.button if b.label == label).click().run()
    assert not at.exception, at.exception


def labels(at: AppTest) -> list[str]:
    return [b.label for b in at.button]


def own_file(choice: str = "data-choice-survey.json") -> None:
    """A table of one's own in use: by surveys, unless the choice is another's."""
    rows = "".join(f"{'yes' if i % 3 else 'no'},{20 + i % 7},x\n" for i in range(40))
    brought = datasets.bring(io.BytesIO(f"answer,years,<b>note</b>\n{rows}".encode()), "my answers.csv")
    # A survey needs no mapping: the choice alone is what a page reads.
    (datasets.home() / choice).write_text(f'{{"data": "{brought.path}", "mapping": null}}')


def odd(*, rows: int = 60, bad: str = "") -> bytes:
    """A CSV as people have them: Latin-1, semicolons, CRLF, decimal commas, formulas, a repeated 19-digit id."""
    lines = ["Nr;Titel;Über;Jahr;Note;Genres;Haltung"]
    for i in range(rows):
        number = 9007199254740993000 + max(i, 1)
        about = ("=1+1", "Ein Café in Köln", "Größe zählt", "<img src=x onerror=alert(1)>")[i % 4]
        year = bad if bad and i == 7 else str(1950 + i)
        genres = f"{GENRES[i % 4]}|{GENRES[(i // 4) % 4]}"
        lines.append(
            f"{number};Film {i};{about} {genres};{year};{i % 9},{i % 7};{genres};{'links' if i % 3 else 'rechts'}"
        )
    return ("\r\n".join(lines) + "\r\n").encode("latin-1")
