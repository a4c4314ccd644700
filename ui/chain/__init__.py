"""The pieces of the Chain page."""
