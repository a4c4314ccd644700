"""Cohorts of a sum: which devices are in one, which fall silent, what the noise may count on, and what a sum cost."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from random import Random, SystemRandom
from typing import Any

import numpy as np

from privacy.aggregate import Release
from privacy.boundary.party import Party
from privacy.boundary.transcript import Message
from privacy.errors import ParamError, ProtocolAborted
from privacy.primitives.aggregation import COLLECTOR, CONTRIBUTOR
from privacy.registry import Stack
from privacy.results import Metric
from privacy.stats import median


def sampling_of(stack: Stack) -> float:
    """The share of devices that the noise counts on; 1 where it counts on none being left out."""
    return float(getattr(stack.release_params, "sampling", 1.0))


def counted(stack: Stack, *, share: float, minimum: int, devices: int, rounds: int | None = None) -> Stack:
    """The stack whose noise knows how many devices there are, and how many sums where that is said.

    As many as everybody knows, not the cohort's size. ParamError where a cohort of `minimum` cannot be, or where the
    noise counts on another sampling than that of the cohort, as its epsilon would be none.
    """
    if minimum > devices:
        text = f"a minimum cohort of {minimum:,} is more than the {devices:,} devices"
        raise ParamError(text, then="lower minimum or take more devices")
    sampling = sampling_of(stack)
    if sampling < 1.0 and sampling != share:
        text = f"the noise is for a sampling of {sampling:g} and each device is in a round with chance {share:g}"
        raise ParamError(text, then="set sampling and share to the same value")
    params = stack.release_params
    known: dict[str, Any] = {}
    if getattr(params, "population", None) == 0:
        known["population"] = devices
    if rounds is not None and hasattr(params, "rounds"):
        known["rounds"] = rounds
    return replace(stack, release_params=replace(params, **known)) if known else stack


def drawn(devices: int, *, share: float, minimum: int, noised: bool, seed: str) -> list[int]:
    """Which devices are in a round: each alone, with chance `share` (Poisson sampling).

    Under a randomiser from the operating system's randomness, as the bound may rest on it; otherwise from the seed.
    ProtocolAborted where fewer than `minimum` are.
    """
    draw: Random = SystemRandom() if noised else Random(seed)
    found = list(range(devices)) if share == 1.0 else [at for at in range(devices) if draw.random() < share]
    if len(found) < minimum:
        raise ProtocolAborted(f"{len(found)} devices are in the round and {minimum} are needed")
    return found


def silent(parties: Collection[Party], *, share: float, rounds: int, seed: Sequence[int]) -> dict[Party, int]:
    """The devices that fall silent, each with the round of the protocol from which it is: simulated, from the seed."""
    rng = np.random.default_rng(list(seed))
    gone = rng.random(len(parties)) < share
    when = rng.integers(1, max(rounds, 1), len(parties), endpoint=True)
    return {p: int(r) for p, r, out in zip(parties, when, gone, strict=True) if out}


def cost_of_sum(contributors: Collection[Party], release: Release, messages: Sequence[Message]) -> list[Metric]:
    """Seconds and bytes of one sum, as the host observed them in its messages: of a device the median."""
    seconds = release.outcome.seconds
    own = [s for p, s in seconds.items() if p.role == CONTRIBUTOR]
    others = sum(s for p, s in seconds.items() if p.role != CONTRIBUTOR and p != COLLECTOR)
    sent: dict[Party, int] = dict.fromkeys(contributors, 0)
    got = dict(sent)
    setup = 0
    for message in messages:
        if message.phase == "run":
            _add(sent, message.sender, message.bytes)
            _add(got, message.receiver, message.bytes)
        else:
            setup += message.bytes * (2 if message.via else 1)

    def middle(key: str, values: list[float], unit: str) -> Metric:
        value, low, high = median(values)
        return Metric(key, value, low, high, len(values), unit, "lower", note="median of a contributor")

    return [
        middle("contributor_seconds", own, "s"),
        Metric("aggregator_seconds", others, n=1, unit="s", better="lower"),
        Metric("collector_seconds", seconds.get(COLLECTOR, 0.0), n=1, unit="s", better="lower"),
        middle("bytes_up", [float(v) for v in sent.values()], "B"),
        middle("bytes_down", [float(v) for v in got.values()], "B"),
        Metric("bytes_setup", float(setup), n=1, unit="B", better="lower"),
    ]


def sent_by(contributors: Collection[Party], messages: Sequence[Message]) -> list[bytes]:
    """What stands for all that each of these sent in a sum, in their order: the digests of its wires, end to end."""
    sent: dict[Party, list[str]] = {party: [] for party in contributors}
    for message in messages:
        if message.phase == "run" and message.sender in sent:
            sent[message.sender].append(message.digest)
    return [bytes.fromhex("".join(digests)) for digests in sent.values()]


def _add(bytes_of: dict[Party, int], party: Party, count: int) -> None:
    if party in bytes_of:
        bytes_of[party] += count


