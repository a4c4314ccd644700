"""Panels of the For-You-Page."""
