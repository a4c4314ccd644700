"""Planted bug: randomised response at epsilon, declared and charged as a quarter of it."""

from backends.dp.plugin import DpParams
from backends.dp.scoring.mechanism import ScoringRandomiser
from privacy.plugin import BackendSpec, hookimpl


class Understated(ScoringRandomiser):
    """Draws by the whole epsilon; whoever asks is told a quarter."""

    def __init__(self, params):
        super().__init__(params)
        self._told = ScoringRandomiser(DpParams(mechanism=params.mechanism, epsilon=params.epsilon / 4))

    def cost(self, task):
        return self._told.cost(task)

    def output(self, task):
        return self._told.output(task)


@hookimpl
def register_backends():
    return [
        BackendSpec(
            "under_declared",
            "Under-declared",
            "Four times the epsilon that it says.",
            {"scoring": f"{__name__}:Understated"},
            "randomiser",
            DpParams,
        )
    ]
