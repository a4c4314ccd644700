"""Rounds of labeling: who may label, what is labeled, and every vote, kept so that a kill loses none."""
