"""What the consensus of a crowd, its gate and its pay come to, measured here."""
