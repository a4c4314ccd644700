"""Labeling's part of the Server view: the labels above the wires, the attacks below them."""

from ui.server.view import Panel, Panels, View
from workloads.labeling.panels import outcome


class LabelingPanels(Panels):
    """What came out above the wires, the attacks below them."""

    def before(self, view: View) -> list[Panel]:
        return [("What came out", lambda: outcome.show(view.round))]

    def after(self, view: View) -> list[Panel]:
        return [("Attacks", lambda: outcome.attacks(view.request, view.registry))]
