"""The indistinguishability game: can anyone tell from a party's view which of two inputs was used?

A coin picks the input of every play; two generic distinguishers learn on the first half of the plays and guess on
the second. The coin is independent of everything else, so the guesses of a distinguisher without information are
right as often as a fair coin, whatever it learned: the Clopper-Pearson bound (Biometrika 26, 1934) is exact.
"""

import secrets
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.attacks.features import Bytes, Floats, sample_bytes, view_features
from privacy.attacks.word_relations import word_relations
from privacy.boundary.party import Party
from privacy.boundary.transcript import Message, Transcript, View
from privacy.errors import VeilbenchError
from privacy.guarantees import Strength, Towards
from privacy.mechanism import Mechanism
from privacy.protocol import Faults
from privacy.stats import FINE
from privacy.testing.bench import Bench, Sitting, whole_channel
from privacy.testing.case import Case
from privacy.testing.hidden_words import Plays, hidden_bodies
from privacy.testing.relations import run_relations

Coins = npt.NDArray[np.int64]

FALSE_ALARMS = 1e-4
"""The largest chance that a whole suite rejects a backend whose claims hold."""
DISTINGUISHERS = ("logistic regression", "random forest")
_MEMORY = 64 * 2**20
_KEPT = 64
_ROWS = 2**16
SILENCES = 3
"""The most sorts of silence that games are played on."""
_SURE = 10.0
"""Standard errors between the two inputs that no column shows by luck, of however many there are."""
_CHUNK = 8192


@dataclass(frozen=True)
class GameResult:
    """One game: `n` guesses, the better distinguisher's advantage (2 * accuracy - 1) with its bounds.

    `low` and `high` hold at the game's corrected level. `threshold` is the largest advantage that the claim admits;
    `reach` is what `low` would be if every guess were right. `short`: it is one more game beside that of a larger
    coalition, or on one more sort of silence, with fewer plays.
    """

    observer: str
    claim: Strength
    n: int
    advantage: float
    low: float
    high: float
    threshold: float
    distinguisher: str
    reach: float = 1.0
    short: bool = False

    @property
    def beaten(self) -> bool:
        """Whether the advantage exceeds the claim beyond chance."""
        return self.low > self.threshold

    @property
    def telling(self) -> bool:
        """Whether there were enough guesses: a game that is always won would show, and the interval is not wide.

        Its width above the value, so that the length of a game decides it and not its luck.
        """
        return self.reach > self.threshold and self.high - self.advantage <= FINE


def family_level(*, games: int, share: float = 1.0) -> float:
    """The level of one distinguisher when a suite plays `games` games on a `share` of its false alarms (Bonferroni)."""
    return share * FALSE_ALARMS / (max(1, games) * len(DISTINGUISHERS))


def threshold(claim: Towards | None) -> float:
    """The largest advantage that `claim` admits.

    0 for input privacy. (e^eps - 1 + 2 delta) / (e^eps + 1) for a differential claim (Kairouz, Oh and Viswanath,
    ICML 2015): the total variation between the views of two neighbours.
    """
    if claim is None or claim.strength != Strength.DIFFERENTIAL or claim.output is None:
        return 0.0
    grown = np.exp(min(claim.output.epsilon, 700.0))
    return float(min(1.0, (grown - 1 + 2 * claim.output.delta) / (grown + 1)))


@dataclass(frozen=True)
class Observer:
    """Whoever looks: one computing party, or a coalition, with what is claimed towards it.

    `silent`: it looks at runs in which one party falls silent, so that the others make up for it. `lesser`: there is a
    larger coalition, so that it looks at half of the runs.
    """

    name: str
    members: frozenset[Party]
    claim: Towards | None
    silent: bool = False
    lesser: bool = False


def observers(mechanism: Mechanism[Any], case: Case) -> list[Observer]:
    """Each computing party alone, and the coalitions towards which the guarantee holds; with dropouts as well."""
    bench = Bench(mechanism, case)
    found = [Observer(p.name, frozenset({p}), bench.claim(p)) for p in bench.computing]
    most = 0
    for members in case.coalitions(mechanism):
        apart = [p for p in members if p not in case.holders]
        claims = [c for p in apart or members if (c := bench.claim(p))]
        weakest = min(claims, key=lambda c: c.strength) if claims else None
        if not apart:
            # Holders of inputs are to learn nothing of each other's, whether or not that is said.
            weakest = weakest or Towards(members_role(members), Strength.NOTHING_SENT, "")
        inside = len(members) - len(apart)
        most = max(most, inside)
        found.append(Observer(_together(members, case), frozenset(members), weakest, lesser=inside < most))
    if bench.droppable:
        found += [replace(o, name=f"{o.name}, one party silent", silent=True) for o in found if not o.lesser]
    return found


def members_role(members: Collection[Party]) -> str:
    """The role of the first of these parties."""
    return next(iter(members)).role


def _together(members: Collection[Party], case: Case) -> str:
    inside = [p for p in members if p in case.holders]
    lead = " and ".join(p.name for p in members if p not in case.holders)
    some = f"{len(inside)} of {len(case.holders)} {inside[0].role}s" if inside else ""
    return " with ".join(filter(None, (lead, some)))


def play(bench: Bench) -> list[GameResult]:
    """Play the game against each computing party alone, and against coalitions, as view and claim stand."""
    results = list(shared_plays(bench)[0])
    watching = observers(bench.mechanism, bench.case) if bench.place.here else []
    silent = [o for o in watching if o.silent]
    for number, faults in enumerate(silences(bench) if silent else ()):
        found = played(bench, silent, max(2, bench.plays // (4 if number else 2)), faults)
        results += [replace(r, short=number > 0) for r in found]
    return results


@dataclass(frozen=True)
class Pairs:
    """Two runs of one person each: how they stand to each other for every observer, and whether inputs were equal."""

    watching: tuple[Observer, ...]
    recorders: "tuple[Recorder, ...]"
    equal: Coins


def hidden_from(mechanism: Mechanism[Any], case: Case) -> list[Observer]:
    """The single parties from whom inputs are hidden whole: by cryptography, or as they are sent nothing."""
    alone = [o for o in observers(mechanism, case) if not o.silent and len(o.members) == 1]
    return [o for o in alone if o.claim is not None and o.claim.strength >= Strength.COMPUTATIONAL]


def shared_plays(bench: Bench) -> tuple[list[GameResult], list[str], Pairs]:
    """The games on runs without faults, what wires show now and then, and pairs of runs: all on the same runs.

    Two runs each are of one person, on inputs that two coins choose: so every run is a play, and every pair tells
    whether its inputs were equal.
    """
    name = f"plays {bench.place.name}"
    if name not in bench.kept:
        watching = [o for o in observers(bench.mechanism, bench.case) if not o.silent]
        if not bench.place.here:
            # The coalitions read the wires that they read in process.
            watching = [o for o in watching if len(o.members) == 1]
        linked = hidden_from(bench.mechanism, bench.case) if bench.place.here else []
        plays = bench.plays // 2 * 2 if linked else bench.plays
        coins, kept = toss(plays, seed=bench.seed), Plays()
        recorders = tuple(Recorder(plays=_ROWS) for _ in linked)
        seen = tuple(zip(linked, recorders, strict=True))
        found = played(bench, watching, plays, None, kept=kept, before=True, linked=seen)
        equal = coins[::2] ^ coins[1::2] if linked else coins[:0]
        bench.kept[name] = found, kept.faults(), Pairs(tuple(linked), recorders, equal)
    shared: tuple[list[GameResult], list[str], Pairs] = bench.kept[name]
    return shared


def looks_back(observer: Observer) -> bool:
    """Whether the game is also played on what a view tells of the input before it: of the person who sat there."""
    hidden = observer.claim is not None and observer.claim.strength > Strength.NONE
    return hidden and not observer.silent and len(observer.members) == 1


def played(
    bench: Bench, watching: list[Observer], plays: int, faults: Faults | None, *, kept: Plays | None = None,
    before: bool = False, linked: "Sequence[tuple[Observer, Recorder]]" = (),
) -> list[GameResult]:  # fmt: skip
    """The game of each observer, all on the same `plays` runs.

    `kept` is given what was hidden in each. With `before` a second game is played of each party alone that is claimed
    to learn little: does its view tell the input of the run before? With `linked` two runs each are of one person, and
    how they stand to each other is kept for these observers; else each is another's.
    """
    coins = toss(plays, seed=bench.seed)
    recorders = [Recorder(plays=plays) for _ in watching]
    sitting = Sitting(bench)
    hiding = {p for o in watching if o.claim and o.claim.strength >= Strength.COMPUTATIONAL for p in o.members}
    first: list[list[Message]] = []
    for number, coin in enumerate(coins):
        value = bench.case.x1 if coin else bench.case.x0
        second = bool(linked) and number % 2 == 1
        outcome, transcript = sitting.run(value, newcomers=not second, faults=faults)
        seen = [sent_in_run(transcript, o) for o, _ in linked]
        for (_, pairs), one, other in zip(linked, first, seen, strict=True) if second else ():
            pairs.keep(run_relations(one, other), b"")
        first = seen
        if kept is not None:
            kept.add(int(coin), hidden_bodies(transcript.messages, bench.case.holders, hiding))
        for observer, recorder in zip(watching, recorders, strict=True):
            if observer.lesser and number >= plays // 2:
                continue
            outputs = {p: o for p, o in outcome.outputs.items() if p in observer.members}
            recorder.add(*bench.case.readings(transcript.view(observer.members), outputs))
    tossed = [coins[: plays // 2] if o.lesser else coins for o in watching]
    results = [judge(bench, o, r, c) for o, r, c in zip(watching, recorders, tossed, strict=True)]
    back = [(o, r) for o, r in zip(watching, recorders, strict=True) if before and looks_back(o)]
    return results + [
        judge(bench, replace(o, name=f"{o.name}, of the person before"), r, coins, late=1) for o, r in back
    ]


def sent_in_run(transcript: Transcript, observer: Observer) -> list[Message]:
    """What an observer saw of a run, without the set-up."""
    return [m for m in transcript.view(observer.members).messages if m.phase == "run"]


def silences(bench: Bench) -> list[Faults]:
    """Who falls silent in the games on that: the first holder in the last round that it can be left out of.

    Then the others have most to make up for. And up to `SILENCES` in all of other rounds, and of more who are silent,
    in which somebody sends what is sent in none of those before.
    """
    found, known = list[Faults](), set[tuple[str, str, str]]()
    spare = len(bench.droppable) - bench.mechanism.threshold(bench.case.task)
    for count in sorted({1, 2, spare} & set(range(1, spare + 1))):
        for round_ in range(bench.mechanism.rounds(bench.case.task), 1, -1):
            gone = bench.case.holders[:count]
            faults, channel = Faults(dict.fromkeys(gone, round_)), whole_channel()
            try:
                outcome = bench.drive(bench.published()[0], bench.case.x0, faults=faults, channel=channel)
            except VeilbenchError:
                continue
            sent = {(m.sender.role, m.receiver.name, m.kind) for m in channel.transcript.messages}
            left = set(gone) <= set(outcome.dropped) and set(gone) <= bench.case.left_out(outcome.output)
            if (not found and left) or (found and not sent <= known):
                found.append(faults)
                known |= sent
    return found[:SILENCES]


def judge(bench: Bench, observer: Observer, recorder: "Recorder", coins: Coins, *, late: int = 0) -> GameResult:
    """The result of one observer's game: does a view tell the coin of its play, or of the play so many before it?"""
    bench.in_time()
    claim = observer.claim
    strength = claim.strength if claim else Strength.NONE
    name, right, n = best_guess(recorder, coins, seed=bench.seed or 0, late=late)
    low, high = bounds(right, n, alpha=bench.alpha)
    return GameResult(
        observer.name, strength, n, 2 * right / n - 1, low, high, threshold(claim), name,
        reach=bounds(n, n, alpha=bench.alpha)[0], short=observer.lesser,
    )  # fmt: skip


def toss(count: int, *, seed: int | None) -> Coins:
    """`count` fair coins, from the operating system unless seeded."""
    if seed is None:
        return np.array([secrets.randbits(1) for _ in range(count)], dtype=np.int64)
    return np.random.default_rng(seed).integers(0, 2, count)


@lru_cache(maxsize=32)
def _read(messages: tuple[Message, ...]) -> Floats:
    """The features of some messages. A coalition reads much of what its members read alone: work it out once."""
    return view_features(View(frozenset(), messages, {}))


@lru_cache(maxsize=32)
def _related(messages: tuple[Message, ...]) -> npt.NDArray[np.float32]:
    """How the words of some messages stand to each other, worked out once."""
    return word_relations(messages)


class Recorder:
    """Keeps the features and sampled bytes of every view, never the views: a suite of large ones fits in memory."""

    def __init__(self, *, plays: int) -> None:
        self._limit = max(1024, min(_MEMORY // plays, 2**19))
        self._features: list[Floats] = []
        self._relations: list[npt.NDArray[np.float32]] = []
        self._bytes: list[Bytes] = []
        self._longest = 0

    def add(self, view: View, *parts: View) -> None:
        """Keep what one play showed: the bytes of the view, the features of it and of `parts` of it."""
        self._relations.append(_related(view.messages))
        self.keep(np.concatenate([_read(v.messages) for v in (view, *parts)]), view.serialised())

    def keep(self, features: Floats, data: bytes) -> None:
        """Keep one play as a row of features, and bytes to be read one by one."""
        self._longest = max(self._longest, min(len(data), self._limit))
        self._features.append(features)
        self._bytes.append(sample_bytes(data, limit=self._limit))

    def matrices(self, *, late: int = 0) -> tuple[npt.NDArray[Any], ...]:
        """Features (plays, f), relations of words where they were kept (plays, r), and bytes (plays, b).

        Without those of the first `late` plays.
        """
        widest = max(len(row) for row in self._features)
        features = np.stack([np.pad(row, (0, widest - len(row))) for row in self._features])
        related = (np.stack(self._relations),) if self._relations else ()
        found = (features, *related, np.stack([row[: self._longest] for row in self._bytes]))
        return tuple(matrix[late:] for matrix in found)


def best_guess(recorder: Recorder, coins: Coins, *, seed: int, late: int = 0) -> tuple[str, int, int]:
    """The better distinguisher's name, its right guesses, and how many it made."""
    coins = coins[: len(coins) - late]
    half = len(coins) // 2
    # Each sort of reading is screened by itself, so that a multitude of one does not crowd the others out.
    screened = [(matrix, *_screen(matrix[:half], coins[:half])) for matrix in recorder.matrices(late=late)]
    # Beside a column that tells for sure, those that tell by luck only blur what is learned.
    best = max(float(scores.max(initial=0.0)) for _, _, scores in screened)
    least = best / 2 if best > _SURE else 0.0
    columns = np.concatenate([m[:, kept[s >= least]].astype(np.float64) for m, kept, s in screened], axis=1)
    train, test = coins[:half], coins[half:]
    scale = columns[:half].std(axis=0)
    columns = np.clip((columns - columns[:half].mean(axis=0)) / np.where(scale > 0, scale, 1), -30, 30)
    if not columns.size or len(set(train.tolist())) < 2:
        # Every view is the same: only a guess remains.
        return "none: all views are alike", int((test == np.bincount(train).argmax()).sum()), len(test)
    guesses = _guesses(columns[:half], train, columns[half:], seed=seed)
    scored = [(int((guess == test).sum()), name) for name, guess in guesses.items()]
    right, name = max(scored)
    return name, right, len(test)


def _guesses(train: Floats, coins: Coins, test: Floats, *, seed: int) -> dict[str, Coins]:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression

    models: Sequence[Any] = (
        LogisticRegression(C=0.1, max_iter=300),
        RandomForestClassifier(100, min_samples_leaf=2, n_jobs=1, random_state=seed % 2**32),
    )
    with warnings.catch_warnings():
        # A distinguisher that has not converged is still a distinguisher.
        warnings.simplefilter("ignore")
        return {n: m.fit(train, coins).predict(test) for n, m in zip(DISTINGUISHERS, models, strict=True)}


def _screen(matrix: npt.NDArray[Any], coins: Coins) -> tuple[npt.NDArray[np.intp], Floats]:
    """The columns (at most `_KEPT`) whose mean or spread differs most between the two coins, on training plays.

    And by how many standard errors each differs.
    """
    ones = coins == 1
    if not ones.any() or ones.all():
        return np.arange(0), np.zeros(0)
    scores = np.zeros(matrix.shape[1])
    # A column that never changes tells nothing, and most of a short view's are such.
    changing = np.flatnonzero((matrix != matrix[0]).any(axis=0))
    for start in range(0, len(changing), _CHUNK):
        places = changing[start : start + _CHUNK]
        part = matrix[:, places].astype(np.float64)
        centred = part - part.mean(axis=0)
        # To a size of 1, as squares of what is tiny are nothing; what is left by rounding alone is nothing too.
        size, peak = (np.abs(x).max(axis=0, initial=0.0) for x in (centred, part))
        centred = np.where(size > 1e-12 * peak, centred / np.where(size > 0, size, 1), 0.0)
        scores[places] = np.maximum(_contrast(centred, ones), _contrast(centred**2, ones))
    order = np.argsort(-scores, kind="stable")[:_KEPT]
    order = order[scores[order] > 0]
    return order, scores[order]


def _contrast(part: Floats, ones: npt.NDArray[np.bool_]) -> Floats:
    a, b = part[ones], part[~ones]
    gap = np.abs(a.mean(axis=0) - b.mean(axis=0))
    noise = np.sqrt(a.var(axis=0) / len(a) + b.var(axis=0) / len(b))
    size = np.abs(part).max(axis=0, initial=0.0)
    return np.where(gap > 1e-12 * size, gap / (noise + 1e-9 * size + 1e-300), 0.0)


def bounds(right: int, n: int, *, alpha: float) -> tuple[float, float]:
    """One-sided Clopper-Pearson bounds, each at level `alpha`, of the advantage behind `right` of `n` guesses."""
    from scipy.stats import beta

    low = float(beta.ppf(alpha, right, n - right + 1)) if right else 0.0
    high = float(beta.ppf(1 - alpha, right + 1, n - right)) if right < n else 1.0
    return 2 * low - 1, 2 * high - 1
