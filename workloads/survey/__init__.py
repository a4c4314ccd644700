"""The survey: a private sum over one column."""
