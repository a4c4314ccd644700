"""Parties that answer over HTTP: what a computing party's machine runs."""
