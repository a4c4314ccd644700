"""Votes of a crowd on classes: the table, and the files that it comes from and goes to."""
