"""The whole conformance kit on this plugin, once it is installed."""

from privacy.testing.pytest_kit import BackendConformance


class TestMine(BackendConformance):
    backend = "mine"
