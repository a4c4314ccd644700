"""Panels of a survey."""
