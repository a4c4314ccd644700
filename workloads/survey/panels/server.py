"""The survey's part of the Server view: the answer, the attacks on it, and the curve over many rounds."""

from ui.server.view import Panel, Panels, View
from workloads.survey.panels import answer, attacks, rounds


class SurveyPanels(Panels):
    """What came out above the wires, the attacks below them."""

    def before(self, view: View) -> list[Panel]:
        return [("What came out", lambda: answer.show(view.round))]

    def after(self, view: View) -> list[Panel]:
        return [
            ("Many rounds: disaggregation", lambda: rounds.show(view.request, view.registry)),
            ("Attacks on one sum and on two", lambda: attacks.show(view.request, view.registry)),
        ]
