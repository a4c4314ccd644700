"""Scoring over additive shares: two servers, of which neither reads the vector alone."""
