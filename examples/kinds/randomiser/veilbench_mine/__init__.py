"""Noise before sending: the topic that a vector is closest to, often another one."""
