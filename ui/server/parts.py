"""What every list of wires shares: names, what is declared, what was found, and the bytes in hex."""

import base64
import functools
from collections.abc import Mapping
from typing import Any

from ui.kit import format as f
from workloads.catalogue import WORKLOADS
from workloads.wires import AnyRun, reading

Run = AnyRun
STEPS = {step: words for one in WORKLOADS.values() for step, words in one.steps.items()} | {"": "Set-up"}
_TONES = {"plaintext": "bad", "public": "dim"}


def exposure(message: Mapping[str, Any]) -> str:
    """The declared exposure as a chip."""
    tone = _TONES.get(message["exposure"], "good")
    return f"<span class='vb-chip {tone}'>{f.text(message['exposure'])}</span>"


def found(message: Mapping[str, Any], run: Run) -> str:
    """What was found in the wire, set off where it is a private value or contradicts what is declared."""
    seen = reading(message, run)
    text = f"<b>{f.text(seen.found)}</b>" if seen.holds else f.text(seen.found)
    if seen.contradicts:
        text += " <span class='vb-flag'>⚠ contradicts what is declared</span>"
    return text


def dump(message: Mapping[str, Any], *, rows: int, width: int = 8) -> str:
    """The first bytes as offset, hex and ASCII."""
    return _dump(message["sample"], rows, width)


@functools.lru_cache(maxsize=256)
def _dump(sample: str, rows: int, width: int) -> str:
    return f.text(f.hexdump(base64.b64decode(sample), rows=rows, width=width))


def route(message: Mapping[str, Any]) -> str:
    """Who sends the wire to whom, and who relays it."""
    via = f" via {f.text(message['via'])}" if message["via"] else ""
    return f"{f.text(message['sender'])} → {f.text(message['receiver'])}{via}"
