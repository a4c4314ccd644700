"""Tiles: a few figures side by side, each with its name above and a note below."""

from ui.kit import format as f


def tile(title: str, value: str, note: str, tone: str = "") -> str:
    """One figure as HTML; `tone` is good or bad."""
    colour = f" style='color:var(--vb-{tone})'" if tone else ""
    return (
        f"<div class='vb-tile'><span class='vb-eyebrow'>{f.text(title)}</span><b{colour}>{f.text(value)}</b>"
        f"<span class='vb-note'>{f.text(note)}</span></div>"
    )


def strip(tiles: list[str]) -> str:
    """Four tiles in a row, or two where there is little room; it lies in a `vb-box`."""
    return f"<div class='vb-tiles'>{''.join(tiles)}</div>"
