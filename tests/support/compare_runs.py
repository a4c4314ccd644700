"""What tests of comparisons share: plugins that are noisy, slow or broken, plans, and waiting for a run."""

import shutil
from collections.abc import Callable
from pathlib import Path

from privacy.compare.book import run_id
from privacy.compare.plan import Plan
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services.runs import RunShelf
from privacy.stacks import filled
from tests.support.waiting import wait_until

REGISTRY = discover()
PLUGINS = {
    "noise": """
import math
from dataclasses import dataclass
import numpy as np
from privacy.plugin import BackendSpec, OutputPrivacy, PrivacyCost, Randomiser, hookimpl, param

@dataclass(frozen=True)
class Params:
    epsilon: float = param(2.0, help="loss", low=0.05, high=64.0)

class Response(Randomiser):
    def randomise(self, value, seat):
        centres = np.array(seat.task.centres, dtype=np.int64)
        best, others = int((centres @ value).argmax()), len(centres) - 1
        coin = int.from_bytes(seat.random.bytes(6)) / 2**48
        stay = math.exp(self.params.epsilon) / (math.exp(self.params.epsilon) + others)
        other = (best + 1 + int.from_bytes(seat.random.bytes(6)) % others) % (others + 1)
        return centres[best if coin < stay else other]

    def cost(self, task):
        return PrivacyCost(self.params.epsilon)

    def output(self, task):
        return OutputPrivacy(self.params.epsilon, 0.0, "user and period", "replace-one", "local", "pure epsilon")

@hookimpl
def register_backends():
    implements = {"scoring": __name__ + ":Response"}
    return [BackendSpec("noise", "Noise", "s", implements, kind="randomiser", params=Params)]
""",
    "slow": """
import time
from dataclasses import dataclass
from backends.plain.mechanism import PlainScoring
from privacy.plugin import BackendSpec, hookimpl, param

@dataclass(frozen=True)
class Params:
    rest: float = param(0.05, help="seconds", low=0, high=60)

class Scoring(PlainScoring):
    def server(self, seat):
        made = super().server(seat)
        answer = made.answer

        def late(query):
            time.sleep(self.params.rest)
            return answer(query)

        made.answer = late
        return made

@hookimpl
def register_backends():
    return [BackendSpec("slow", "Slow", "s", {"scoring": __name__ + ":Scoring"}, params=Params)]
""",
    "breaks": """
from backends.plain.mechanism import PlainScoring, PlainServer
from privacy.plugin import BackendSpec, hookimpl

class Breaking(PlainServer):
    def answer(self, query):
        raise ZeroDivisionError("a private thing")

class Scoring(PlainScoring):
    def server(self, seat):
        return Breaking(seat)

@hookimpl
def register_backends():
    return [BackendSpec("breaks", "B", "s", {"scoring": __name__ + ":Scoring"})]
""",
}


def furnished(home: Path, cache: Path) -> Path:
    """A state folder with the plugins and a copy of a cache."""
    shutil.copytree(cache, home / "cache")
    (home / "plugins").mkdir()
    for name, text in PLUGINS.items():
        (home / "plugins" / f"{name}.py").write_text(text)
    return home


def plan(*stacks: str, sweep: str = "", values: tuple[float, ...] = (), **base: object) -> Plan:
    own = {k: v for k, v in base.items() if k in ("seed", "params", "data", "mapping")}
    options = {"cohort": 20} | {k: v for k, v in base.items() if k not in own}
    return Plan(filled(RunRequest(**own, options=options), REGISTRY), stacks, sweep, values)  # type: ignore[arg-type]


def wait(ready: Callable[[], bool]) -> None:
    wait_until(ready, every=0.01)


def first_kept(plan: Plan) -> Callable[[], bool]:
    """Whether the record of the first cell is there."""
    registry = discover()
    key = run_id(plan.cells(registry)[0], registry)
    return lambda: RunShelf().has(key)
