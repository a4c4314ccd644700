"""The check of what is said aside: logs, standard streams and reasons hold no private input, and no key."""

from privacy.boundary.party import Party
from privacy.errors import VeilbenchError
from privacy.testing.bench import Bench, CheckResult, station
from privacy.testing.case import Array
from privacy.testing.checks.fallback import SPOILS, Spoil, Spoiling
from privacy.testing.listening import listening
from privacy.testing.mentions import mentioned

_SAID = "is logged or printed in a run"
_SURE = 10
"""Further runs on each input, before words count as depending on it."""


def check_quiet(bench: Bench) -> CheckResult:
    """No private input and no key is logged, printed, or named in the reason of an abort.

    Nor may words depend on the input: the same fault gives the same words on another. Lines that differ from run to
    run by themselves are searched for values alone.
    """
    title = "nothing private in logs, streams and reasons"
    first, other = bench.secrets(2)
    found = _faults(bench, _SAID, first, other)
    tried = 1
    for party in bench.computing:
        for name, spoil in SPOILS.items():
            tried += 1
            found += _faults(bench, f"is said after {name} of {party}", first, other, party=party, spoil=spoil)
    fine = f"nothing private is logged, printed or given as a reason in runs of {tried} kinds"
    return CheckResult("quiet", title, not found, "; ".join(list(dict.fromkeys(found))[:4]) or fine)


def _faults(
    bench: Bench, what: str, first: Array, other: Array, *, party: Party | None = None, spoil: Spoil | None = None
) -> list[str]:
    """What is wrong with what is said in runs on two inputs, everything else alike."""

    def said(value: Array) -> tuple[set[str], str]:
        return _said(bench, value, party=party, spoil=spoil)

    runs = [said(first), said(first), said(other)]
    named = sorted({fault for _, fault in runs if fault})
    if named:
        return [f"{named[0]} {what}"]
    telling = (runs[0][0] & runs[1][0]) - runs[2][0]
    for _ in range(_SURE if telling else 0):
        # What differs by chance, run by run, tells nothing: a bad answer is drawn at random.
        telling = (telling & said(first)[0]) - said(other)[0]
    return [f"words that depend on the input: something {what}"] if telling else []


def _said(
    bench: Bench, value: Array, *, party: Party | None = None, spoil: Spoil | None = None
) -> tuple[set[str], str]:
    """The lines that are said in one run of fresh seats, and what of the private values they name."""
    keys = list[bytes]()
    with listening() as said:
        session, _ = bench.published()
        if party is not None and spoil is not None:
            seated = station(session, party)
            seated.role = Spoiling(seated.role, spoil)
        seats = [station(session, p).role.seat for p in bench.parties]
        keys += [key for seat in seats for key in seat.keys.material().values()]
        try:
            outcome = bench.drive(session, value)
            said += [f"{p}: {reason}\n" for p, reason in outcome.reasons.items()]
        except VeilbenchError as error:
            said.append(f"{error}\n")
        keys += [key for seat in seats for key in seat.keys.material().values()]
    text = "".join(said)
    values = list(bench.case.given(value).values())
    return set(text.splitlines()), mentioned(text, values, set(keys)) if text.strip() else ""
