"""Real contributors: questions, and what people give."""

from privacy.live.question import check_size, numbers, text_of

__all__ = [
    "check_size",
    "numbers",
    "text_of",
]
