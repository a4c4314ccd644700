"""Sentences of every page, report and command, and cleaning of other people's texts."""

import unicodedata

FAILED_ATTACK = "A failed attack is no guarantee. It shows that this attacker failed, not that every attacker fails."


def plain(text: str) -> str:
    """A text of somebody else's in one line for a terminal, which would obey its control characters.

    Those of direction go as well: they show a text in another order than it has (Unicode TR 36, 3.2).
    """
    return "".join(" " if _obeyed(c) else c for c in text)


def _obeyed(character: str) -> bool:
    turning = unicodedata.bidirectional(character) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    return turning or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
