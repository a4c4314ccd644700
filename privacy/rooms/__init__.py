"""Rooms in which rounds are recorded: each round's version of a model, with what anybody can check of it later."""
