"""How many games all checks of one primitive may play: the false alarms of a suite are shared out over them."""

from typing import Any

from privacy.guarantees import Strength
from privacy.mechanism import Mechanism
from privacy.testing.bench import Bench
from privacy.testing.case import Case
from privacy.testing.checks.linked import bounded_for_long
from privacy.testing.game import SILENCES, hidden_from, looks_back, observers


def games_of(mechanism: Mechanism[Any], case: Case) -> int:
    """The most games of `game`, `linked`, `memoised`, and of `fallback` for each party with a claim."""
    bench = Bench(mechanism, case)
    claims = [c for p in bench.computing if (c := bench.claim(p))]
    after_bad_answers = sum(c.strength > Strength.NONE for c in claims)
    over_runs = len(hidden_from(mechanism, case)) + len(bounded_for_long(mechanism, case))
    watching = observers(mechanism, case)
    more = (SILENCES - 1) * sum(o.silent for o in watching)
    return len(watching) + more + sum(map(looks_back, watching)) + over_runs + after_bad_answers
