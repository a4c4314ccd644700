"""Real contributors: questions, and people's answers."""

from privacy.live.question import check_size, numbers, text_of
from privacy.live.versioned import Versioned

__all__ = [
    "Versioned",
    "check_size",
    "numbers",
    "text_of",
]
