"""Scoring and lookup over shares: several servers, of which at least one keeps its share to itself."""
