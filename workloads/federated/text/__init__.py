"""What devices type: a generator of keyboard logs, texts of one's own, and words as numbers."""
