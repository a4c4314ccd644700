"""Real contributors: who joins, what they send, and what becomes of it."""
