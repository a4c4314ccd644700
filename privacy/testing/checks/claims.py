"""Checks of what a mechanism computes, claims and lets through: one function for each property.

A check returns a `CheckResult`. A property that does not apply is `None` with the reason, never a silent pass.
"""

import time
from collections import Counter

import numpy as np

from privacy.boundary.party import Party
from privacy.boundary.transcript import Message, Transcript
from privacy.boundary.wire import Exposure
from privacy.errors import VeilbenchError
from privacy.guarantees import Strength
from privacy.protocol import cost_of
from privacy.testing.bench import TOO_FEW, Bench, CheckResult, Sitting, station
from privacy.testing.case import Array
from privacy.testing.game import GameResult, play, shared_plays
from privacy.testing.seeds import global_seeds
from privacy.testing.tour import Tour, form, tour_of
from privacy.testing.wording import loose_words
from privacy.transports.station import Station

_PART = 0.25
"""The least part of the distance to a constant answer that a tolerance may not reach."""
_SECRETS = 20
_SEATS, _SEATS_SECONDS = 1200, 2.5
_FEW = 4
_TELLING = (Exposure.PLAINTEXT, Exposure.RANDOMISED, Exposure.CIPHERTEXT, Exposure.SHARE)
"""What depends on an input, by its own name."""
_FRESH = (Exposure.CIPHERTEXT, Exposure.SHARE)


def check_error(bench: Bench) -> CheckResult:
    """The output lies within the declared tolerance of the reference, run after run, and for a newcomer at the end."""
    title = "output within the declared tolerance of the reference"
    tolerance = bench.mechanism.tolerance(bench.case.task)
    if not (np.isfinite(tolerance) and tolerance >= 0):
        return CheckResult("error", title, False, f"the declared tolerance is {tolerance}")
    sitting, tour = Sitting(bench), tour_of(bench) if bench.place.here and not bench.brief else Tour()
    inputs = [*bench.case.extremes, *bench.secrets(bench.some(_SECRETS, remote=_FEW))]
    everywhere = [one for pair in tour.special for one in pair] + tour.flat
    worst = max((one.off for one in everywhere), default=0.0)
    left_out = {party for one in everywhere for party in one.left_out}
    for left, secret in enumerate(inputs, start=1 - len(inputs)):
        output = sitting.run(secret, newcomers=not left)[0].output
        worst = max(worst, bench.distance(output, secret))
        left_out |= bench.case.left_out(output) if worst < np.inf else set()
    text = f"largest difference {worst:g} on {len(inputs) + len(everywhere)} inputs, {tolerance:g} declared"
    if not _noised(bench) and tolerance > 0 and tolerance >= _PART * (apart := _constant(bench, inputs)):
        text += f"; an answer that is the same for every input comes within {apart:g}, so this admits nearly anything"
        return CheckResult("error", title, False, text)
    text += f"; {', '.join(sorted(map(str, left_out)))} left out though nobody fell silent" if left_out else ""
    return CheckResult("error", title, worst <= tolerance and not left_out, text)


def _noised(bench: Bench) -> bool:
    """Whether the output is noised by what is claimed: then its error is as large as the noise."""
    claims = [c for p in bench.computing if (c := bench.claim(p))]
    return any(c.strength == Strength.DIFFERENTIAL for c in claims)


def _constant(bench: Bench, inputs: list[Array]) -> float:
    """How far from the reference the best constant answer comes on these inputs: half the range, entry by entry."""
    outputs = np.stack([np.asarray(bench.case.reference(i), dtype=np.float64) for i in inputs])
    return float((outputs.max(axis=0) - outputs.min(axis=0)).max(initial=0.0)) / 2


def check_game(bench: Bench) -> CheckResult:
    """No view of a computing party, or of a coalition, tells two inputs apart better than its guarantee admits."""
    title = "indistinguishability game at or under the claim"
    if not bench.computing:
        return CheckResult("game", title, None, "no computing party takes part")
    results, now_and_then = play(bench), shared_plays(bench)[1]
    text = "; ".join([*now_and_then, *(_sentence(r) for r in results)])
    beaten = [r for r in results if r.claim > Strength.NONE and r.beaten]
    idle = [r for r in results if r.claim == Strength.NONE and not r.beaten]
    if beaten or now_and_then:
        return CheckResult("game", title, False, text)
    if any(r.claim > Strength.NONE and not r.telling and not r.short for r in results):
        return CheckResult("game", title, None, f"{TOO_FEW}{text}")
    return CheckResult("game", title, None if idle else True, text)


def _sentence(r: GameResult) -> str:
    figures = f"{r.observer}: advantage {r.advantage:.2f} [{r.low:.2f}, {r.high:.2f}] in {r.n} guesses"
    figures += " (a short game)" if r.short else ""
    if r.claim == Strength.NONE:
        won = "the game wins, as it must where nothing is claimed"
        lost = "nothing is claimed and the game does not win, so it shows nothing here"
        return f"{figures}; {won if r.beaten else lost}"
    return f"{figures}, {r.threshold:.2f} admitted"


def check_length(bench: Bench) -> CheckResult:
    """Number, order, kinds, exposures and lengths of all wires are the same whatever the private input."""
    title = "wires and their lengths independent of the private input"
    sitting = Sitting(bench)
    inputs = [*bench.case.extremes, *bench.secrets(bench.some(_SECRETS, remote=_FEW))]
    telling = list(bench.case.telling)[: bench.some(len(bench.case.telling), remote=_FEW)]
    shapes: Counter[tuple[tuple[object, ...], ...]] = Counter()
    for place, secret in enumerate((*inputs, *telling)):
        try:
            _, transcript = sitting.run(secret, newcomers=True)
        except VeilbenchError:
            # A backend may refuse what is admitted and odd, and says so before anything is sent.
            if place < len(inputs):
                raise
            sitting = Sitting(bench)
            continue
        shapes[tuple(form(m) for m in transcript.messages if m.phase == "run")] += 1
    if bench.place.here and not bench.brief:
        tour = tour_of(bench)
        shapes.update(one.shape for pair in tour.special for one in pair)
        shapes.update(one.shape for one in tour.flat)
    if not bench.place.here:
        # Nor may they tell where a party sits.
        here = Sitting(bench.here).run(bench.case.x0, newcomers=True)[1]
        shapes[tuple(form(m) for m in here.messages if m.phase == "run")] += 1
    tried = f"{shapes.total()} inputs" if bench.place.here else f"{shapes.total() - 1} inputs, and all in process"
    what = "one sequence" if len(shapes) == 1 else f"{len(shapes)} different sequences"
    text = f"{what} of wires for {tried}"
    return CheckResult("length", title, len(shapes) == 1, text)


def check_fresh(bench: Bench) -> CheckResult:
    """With the operating system's randomness the same private input never gives the same ciphertext or share.

    The generators that a process shares are seeded alike before each session: keys and masks must not follow them.
    """
    title = "ciphertexts and shares fresh in every run"
    setups: list[Transcript] = []
    runs: list[Transcript] = []
    keys: list[dict[tuple[Party, str], bytes]] = []
    with global_seeds() as reset:
        for _ in range(2):
            reset()
            sitting = Sitting(bench)
            setups.append(sitting.setup)
            runs += [sitting.run(bench.case.x0, newcomers=new)[1] for new in (False, False, True)]
            keys.append(_keys(sitting))
    bodies = [m.sample for run in runs for m in _from_holders(bench, run) if m.exposure in _FRESH]
    bodies += [m.sample for t in setups for m in _from_holders(bench, t) if m.exposure == Exposure.EVALUATION_KEY]
    few = _few_keys(bench) if any(keys) and bench.place.here else []
    if few:
        return CheckResult("fresh", title, False, few[0])
    if not bodies:
        return CheckResult("fresh", title, None, f"{_who(bench)} no ciphertext, share or evaluation key")
    repeated = len(bodies) - len(set(bodies))
    same = sorted({str(party) for party, name in keys[0] if keys[0][party, name] == keys[1].get((party, name))})
    text = f"{repeated} of {len(bodies)} bodies were seen before"
    text += (
        f"; the keys of {', '.join(same)} come back with the seeds of Python's and NumPy's generators" if same else ""
    )
    return CheckResult("fresh", title, not repeated and not same, text)


def _few_keys(bench: Bench) -> list[str]:
    """Keys that fresh seats have in common: of keys of 16 bits some hundred seats draw two alike."""
    seen: dict[tuple[Party, str], set[bytes]] = {}
    count, until = 0, time.monotonic() + _SEATS_SECONDS
    while count < (_SEATS if not bench.brief else _SEATS // 8) and time.monotonic() < until:
        session, _ = bench.published()
        count += 1
        for party in (p for p in session.endpoints if bench.visible(session, p)):
            for name, key in station(session, party).role.seat.keys.material().items():
                known = seen.setdefault((party, name), set())
                if key in known:
                    return [f"two of {count} fresh seats of {party} drew the same key {name!r}: there are few of them"]
                known.add(key)
    return []


def _keys(sitting: Sitting) -> dict[tuple[Party, str], bytes]:
    """What every party in this process has in its key box."""
    seen = [p for p, endpoint in sitting.session.endpoints.items() if isinstance(endpoint, Station)]
    boxes = {p: station(sitting.session, p).role.seat.keys for p in seen}
    return {(p, name): key for p, box in boxes.items() for name, key in box.material().items()}


def _who(bench: Bench) -> str:
    roles = sorted({p.role for p in bench.case.holders})
    return f"the {roles[0]} sends" if len(bench.case.holders) == 1 else f"the {roles[0]}s send"


def _from_holders(bench: Bench, transcript: Transcript) -> list[Message]:
    return [m for m in transcript.messages if m.sender in bench.case.holders]


def check_guarantee(bench: Bench) -> CheckResult:
    """The guarantee covers every computing party, is complete, and no wire's exposure contradicts it."""
    title = "guarantee complete and not contradicted by the wires"
    sitting = Sitting(bench)
    runs = [sitting.run(secret, newcomers=True)[1] for secret in (bench.case.x0, bench.case.x1, bench.case.x0)]
    found = [fault for party in bench.computing for fault in _towards(bench, party, runs)]
    found += loose_words({**bench.texts, **_statements(bench)}, bench.parties)
    text = "; ".join(found) or f"{len(bench.computing)} computing parties described"
    return CheckResult("guarantee", title, not found, text)


def _statements(bench: Bench) -> dict[str, str]:
    claims = bench.mechanism.guarantee(bench.case.task).towards
    return {f"statement towards {t.observer}": " ".join((t.statement, t.assumption)) for t in claims}


def _towards(bench: Bench, party: Party, runs: list[Transcript]) -> list[str]:
    claim = bench.claim(party)
    if claim is None:
        return [f"nothing is said of {party}"]
    found = [] if claim.statement.strip() else [f"the statement towards {party} is empty"]
    if claim.strength == Strength.DIFFERENTIAL and not (claim.output and 0 < claim.output.epsilon < np.inf):
        found.append(f"a differential claim towards {party} without a finite epsilon above 0")
    if claim.strength == Strength.DIFFERENTIAL and cost_of(bench.mechanism, bench.case.task).free:
        found.append(f"a differential claim towards {party} without a cost, which the host refuses to run")
    if claim.strength in (Strength.COMPUTATIONAL, Strength.NON_COLLUSION) and not claim.assumption.strip():
        found.append(f"the claim towards {party} names no assumption")
    if claim.strength == Strength.COMPUTATIONAL and not claim.security_bits:
        found.append(f"the claim towards {party} names no security level")
    sent = [m for m in _from_holders(bench, runs[0]) if party in (m.receiver, m.via) and m.phase == "run"]
    if claim.strength == Strength.NOTHING_SENT and any(m.body_bytes and m.exposure in _TELLING for m in sent):
        found.append(f"nothing is said to be sent to {party}, and {sent[0].sender} sends it {sent[0].kind!r}")
    received = [[m for m in _from_holders(bench, t) if party in (m.receiver, m.via)] for t in runs]
    if claim.strength > Strength.NONE and any(m.exposure == Exposure.PLAINTEXT for m in received[0]):
        found.append(f"{party} is sent plaintext under the claim {claim.strength.name.lower().replace('_', ' ')!r}")
    # What is published before a run cannot depend on an input that nobody has yet: a person's public key is new.
    public = [[m.sample for m in side if m.exposure == Exposure.PUBLIC and m.phase == "run"] for side in received]
    # Many holders set up keys with each other in the run: their public keys change with every run, whatever they hold.
    fixed = len(bench.case.holders) == 1 or public[0] == public[2]
    if fixed and public[0] != public[1]:
        found.append(f"a wire to {party} is declared public and changes with the private input")
    return found
