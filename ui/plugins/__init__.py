"""The pieces of the Plugins page."""
