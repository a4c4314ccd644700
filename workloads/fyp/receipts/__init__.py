"""Receipts of feeds: a proof that the feed on the screen is the model's, and what becomes of a false one."""
