"""Rounds and pay on a chain: what was labelled is committed there, and points become money that is claimed by proof."""
