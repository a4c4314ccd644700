"""What tests of plots read out of an SVG, and what holds of every plot."""

import re
import xml.etree.ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> ET.Element:
    root = ET.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    return root


def lines(root: ET.Element, kind: str) -> list[dict[str, float]]:
    found = [e for e in root.iter(f"{SVG}line") if e.get("data-kind") == kind]
    return [{k: float(e.get(k, "nan")) for k in ("x1", "y1", "x2", "y2")} for e in found]


def marks(root: ET.Element) -> list[tuple[float, float]]:
    places = [e.get("transform", "") for e in root.iter() if e.get("data-kind") == "mark"]
    return [tuple(map(float, re.findall(r"-?[\d.]+", p)[:2])) for p in places]  # type: ignore[misc]


def check(svg: str) -> ET.Element:
    """What holds of every plot: a title, a description, and everything on its ground."""
    root = parsed(svg)
    names = (root.get("aria-labelledby") or "").split()
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("role") == "img"
    assert title is not None
    assert desc is not None
    assert [title.get("id"), desc.get("id")] == names
    assert title.text
    assert desc.text
    width, height = map(float, (root.get("viewBox") or "").split()[2:])
    for kind in ("line", "interval", "leader", "level", "chance", "control", "guessing", "grid", "axis", "between"):
        for line in lines(root, kind):
            assert 0 <= min(line["x1"], line["x2"]) <= max(line["x1"], line["x2"]) <= width
            assert 0 <= min(line["y1"], line["y2"]) <= max(line["y1"], line["y2"]) <= height
    for x, y in marks(root):
        assert 0 <= x <= width
        assert 0 <= y <= height
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x", "nan")) <= width
        assert 0 <= float(text.get("y", "nan")) <= height
    assert "url(" not in svg
    assert "<script" not in svg
    return root


def words(root: ET.Element) -> str:
    return " | ".join(e.text or "" for e in root.iter(f"{SVG}text"))


def spoken(root: ET.Element) -> str:
    found = root.find(f"{SVG}desc")
    return (found.text or "") if found is not None else ""
