"""Tiles: a few figures side by side, each with its name above and a note below."""

from ui.kit.html import piece


def tile(title: str, value: str, note: str, tone: str = "") -> str:
    """One figure as HTML; `tone` is good or bad."""
    return piece("kit/tiles", "tile", title, value, note, tone)


def strip(tiles: list[str]) -> str:
    """Four tiles in a row, or two where there is little room; it lies in a `vb-box`."""
    return piece("kit/tiles", "strip", tiles)
