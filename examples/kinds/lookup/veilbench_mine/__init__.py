"""Lookup from two servers, of which neither learns which records are fetched."""
