"""HTML of the panels: templates beside the code that fills them, every value escaped."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

_ROOT = Path(__file__).resolve().parents[2]
_PLACES = (_ROOT / "ui", _ROOT / "workloads")


def render(template: str, **context: Any) -> str:
    """The template named by its folder, as `compare/table` is `ui/compare/templates/table.html.j2`, filled in."""
    return _environment().get_template(template).render(context)


def markup(html: str) -> Any:
    """HTML that was made by these pages, to stand in a template as it is."""
    from markupsafe import Markup

    return Markup(html)


def piece(template: str, macro: str, *values: Any, **more: Any) -> str:
    """One macro of a template, as HTML: for a panel that puts pieces together."""
    return str(getattr(_environment().get_template(template).module, macro)(*values, **more))


@functools.cache
def _environment() -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    made = Environment(
        loader=FunctionLoader(_source), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.filters |= _filters()
    return made


def _source(name: str) -> str | None:
    """A template by its name: in the `templates` folder beside the code, of the pages or of a workload's panels."""
    *folders, last = name.split("/")
    found = (place.joinpath(*folders, "templates", f"{last}.html.j2") for place in _PLACES)
    return next((path.read_text(encoding="utf-8") for path in found if path.is_file()), None)


def _filters() -> dict[str, Any]:
    """How numbers are written: `size`, `seconds`, `number`, `percent` and `count` of `ui.kit.format`."""
    from ui.kit import format as f

    return {one.__name__: one for one in (f.size, f.seconds, f.number, f.percent, f.count)}
