# BUG: k-ary randomised response on a device says that it is central noise over ten thousand users. PROPERTY 4 (the bound's model, unit and neighbours are those of the release).
from dataclasses import replace

from backends.dp.plugin import DpParams
from backends.dp.scoring import mechanism
from privacy.plugin import BackendSpec, hookimpl


class SaidCentral(mechanism.ScoringRandomiser):
    """Noise as its base makes it."""

    def output(self, task):
        return replace(super().output(task), model="central", unit="cohort of 10,000 users", neighbours="one in 10,000")


@hookimpl
def register_backends():
    return [BackendSpec("c05_said_central", "Said central", "A planted bug.", {"scoring": f"{__name__}:SaidCentral"}, "randomiser", DpParams)]
