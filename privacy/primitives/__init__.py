"""Primitives: the private operations that backends implement and workloads use."""
