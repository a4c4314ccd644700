"""Attacks on votes: what whoever counts them learns of one, what tallies and pay give away, and stuffing."""
