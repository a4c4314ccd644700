"""Durable state: what a person did survives a reload, a restart and a kill."""
