"""Rooms on a page: choose one, create one, invite and join, and look at every version of its model."""
