"""What the wires of a run show, and to whom: the view of any coalition of parties, and what was found in each wire."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from privacy.boundary.party import CLIENT, Party
from privacy.boundary.wire import begins_packed
from privacy.guarantees import Guarantee, Strength, Towards
from privacy.primitives.aggregation import COLLECTOR, CONTRIBUTOR
from workloads.catalogue import WORKLOADS
from workloads.fyp.feed import KEPT_NUMBERS, FeedRun
from workloads.survey.view import TallyRun

Wire = Mapping[str, Any]
Tone = Literal["good", "bad", "dim"]
AnyRun = FeedRun | TallyRun

LOOKED_FOR = (
    "Three things are looked for in every wire: the taste, what was released of it, and the places of the items shown. "
    "What follows from them, such as scores or records, is not, nor is anything that is hidden in the bytes."
)
LOOKED_FOR_IN_SUMS = (
    "Three things are looked for in every wire: the sender's own vector, what it sent in its place, and the released "
    "sum. What follows from them is not, nor is anything that is hidden in the bytes."
)
_HIDING = ("ciphertext", "share", "evaluation key")
_OWN = {
    "client": "the taste, its keys and its randomness",
    "server": "the catalogue, which is public",
    "contributor": "its own cell, its keys and its randomness",
    "aggregator": "no input of its own, unless it adds the noise",
    "collector": "its keys, where the stack gives it any",
}
_STEPS = {step: words for workload in WORKLOADS.values() for step, words in workload.steps.items()}


@dataclass(frozen=True)
class Reading:
    """What anyone reads from a wire's bytes.

    `holds` names the private value that the bytes are, digit for digit; `contradicts` says that what is declared of
    the wire does not admit that.
    """

    found: str
    holds: Literal["", "taste", "release", "items", "vector", "sent", "sum"] = ""
    contradicts: bool = False


@dataclass(frozen=True)
class Said:
    """One sentence about a coalition: what it concerns, and whether it protects."""

    about: str
    text: str
    tone: Tone


@dataclass(frozen=True)
class CoalitionView:
    """All that a coalition received or relayed, what its members hold themselves, and what is guaranteed towards it."""

    members: tuple[str, ...]
    wires: list[Wire]
    bytes: int
    own: dict[str, str]
    said: list[Said]


def looked_for(run: AnyRun) -> str:
    """What is looked for in the wires of a run, in words."""
    return LOOKED_FOR_IN_SUMS if isinstance(run, TallyRun) else LOOKED_FOR


def parties(run: AnyRun) -> list[str]:
    """Every party of a run by name, the client first, contributors last and by number; also one that a guarantee names
    and that got no wire."""
    found = {m[end] for m in run.messages for end in ("sender", "receiver", "via") if m[end]}
    roles = {Party.parse(name).role for name in found}
    for guarantee in run.steps.values():
        found |= {t.observer for t in guarantee.towards if t.observer not in roles}
    if isinstance(run, TallyRun):
        found |= set(run.vectors)
    return sorted(found, key=_place)


def _place(name: str) -> tuple[bool, bool, str, int]:
    party = Party.parse(name)
    return name != CLIENT.name, party.role == CONTRIBUTOR, party.role, party.index or 0


def seen_by(messages: Iterable[Wire], coalition: Iterable[str]) -> list[Wire]:
    """The wires that a member of the coalition received or relayed, in order."""
    members = frozenset(coalition)
    return [m for m in messages if m["receiver"] in members or m["via"] in members]


def coalition_view(run: AnyRun, coalition: Iterable[str]) -> CoalitionView:
    """What the parties of `coalition` see together, and what the guarantees of the run say towards them."""
    everyone = parties(run)
    members = tuple(sorted(set(coalition), key=_place))
    wires = seen_by(run.messages, members)
    own = {name: _OWN.get(Party.parse(name).role, "no input that this run names") for name in members}
    return CoalitionView(members, wires, sum(m["bytes"] for m in wires), own, _said(run, members, everyone))


def _said(run: AnyRun, members: Sequence[str], everyone: Sequence[str]) -> list[Said]:
    if not members:
        return []
    if CLIENT.name in members:
        text = (
            "The device is in this coalition, so it holds the taste by definition, and the items shown. "
            "No guarantee is towards the device itself."
        )
        return [Said("Whole run", text, "bad")]
    said = _of_contributors(run, members) if isinstance(run, TallyRun) else []
    for step, guarantee in run.steps.items():
        said += _towards(_STEPS.get(step, step), guarantee, members, everyone)
    return said or [Said("Whole run", f"Nothing is declared towards {' and '.join(members)}.", "bad")]


def _of_contributors(run: TallyRun, members: Sequence[str]) -> list[Said]:
    """What contributors in the coalition hold by themselves, and what the sum leaves of the others beside it."""
    own = [name for name in members if Party.parse(name).role == CONTRIBUTOR]
    if not own:
        return []
    said = [Said("Whole run", f"{' and '.join(own)} hold their own cells. No guarantee is towards oneself.", "dim")]
    others = [i for i in run.included if f"{CONTRIBUTOR}-{i}" not in own]
    if COLLECTOR.name not in members or len(others) == len(run.included):
        return said
    rest = "noise included, " if run.randomised else ""
    if len(others) == 1:
        text = f"The sum less their own vectors is, {rest}the vector of {CONTRIBUTOR}-{others[0]}: one device is left."
        return [*said, Said("Whole run", text, "dim" if run.randomised else "bad")]
    text = f"The sum less their own vectors is, {rest}the sum of the {len(others)} other devices."
    return [*said, Said("Whole run", text, "dim")]


def _towards(step: str, guarantee: Guarantee, members: Sequence[str], everyone: Sequence[str]) -> list[Said]:
    """The sentences of one step: those towards each member alone, or that an assumption between them is gone."""
    rows = [(name, t) for name in members if (t := _observer(guarantee, name, everyone)) is not None]
    apart = [(name, t) for name, t in rows if t.strength == Strength.NON_COLLUSION]
    said = []
    gone = len(apart) >= min((t.collusion for _, t in apart), default=2)
    if gone:
        names = " and ".join(name for name, _ in apart)
        text = (
            f"{names} are assumed not to collude ({apart[0][1].assumption}). In this coalition they do: the assumption "
            "is gone, and input privacy towards them together is no longer guaranteed."
        )
        said.append(Said(step, text + _release(apart[0][1]), "bad"))
    said += [_alone(step, name, t) for name, t in rows if not gone or t.strength != Strength.NON_COLLUSION]
    return said


def _release(towards: Towards) -> str:
    """What is left where a value was randomised before it was hidden: that holds whoever colludes."""
    bound = towards.output
    return f" What remains is the release: epsilon {bound.epsilon:g} for one {bound.unit}." if bound else ""


def _alone(step: str, name: str, towards: Towards) -> Said:
    assumed = f" Assumes: {towards.assumption}." if towards.assumption else ""
    tone: Tone = "bad" if towards.strength == Strength.NONE else "good"
    strength = towards.strength.name.lower().replace("_", " ")
    return Said(step, f"Towards {name} ({strength}): {towards.statement}{assumed}", tone)


def _observer(guarantee: Guarantee, name: str, everyone: Sequence[str]) -> Towards | None:
    """The row towards a party: by its name, or by its role where no party goes by that role alone."""
    role = Party.parse(name).role
    return guarantee.observer(name) or (None if role in everyone else guarantee.observer(role))


def reading(message: Wire, run: AnyRun) -> Reading:
    """What was found in a wire: whether its bytes read as numbers, and whether those are what the device holds."""
    numbers = message["numbers"]
    if numbers is None:
        return Reading(_unread(message))
    if isinstance(run, TallyRun):
        return _reading_of_sums(message, numbers, run)
    count = f"reads as {'at least ' if len(numbers) == KEPT_NUMBERS else ''}{len(numbers)} numbers"
    hiding = message["exposure"] in _HIDING
    if numbers == _floats(run.vector):
        wrong = hiding or message["exposure"] in ("randomised", "public")
        return Reading(f"{count}: the taste, digit for digit", "taste", wrong)
    if numbers == _floats(run.sent):
        return Reading(f"{count}: what was released of the taste, digit for digit; not the taste", "release", hiding)
    if numbers == _floats(run.shown):
        wrong = hiding or message["exposure"] == "public"
        return Reading(f"{count}: the chosen items, digit for digit", "items", wrong)
    if message["step"] == "lookup" and set(_floats(run.shown)) <= set(numbers):
        return Reading(f"{count}, not the taste; the chosen items are among them")
    return Reading(f"{count}: neither the taste nor the list of chosen items")


def _reading_of_sums(message: Wire, numbers: Sequence[float], run: TallyRun) -> Reading:
    count = f"reads as {'at least ' if len(numbers) == KEPT_NUMBERS else ''}{len(numbers)} numbers"
    hiding, sender = message["exposure"] in _HIDING, message["sender"]
    own, sent = run.vectors.get(sender), run.sent.get(sender)
    if own is not None and numbers == _floats(own):
        wrong = hiding or message["exposure"] in ("randomised", "public")
        return Reading(f"{count}: {sender}'s own vector, digit for digit", "vector", wrong and any(own))
    if sent is not None and numbers == _floats(sent):
        return Reading(f"{count}: what {sender} sent in place of its vector, digit for digit", "sent", hiding)
    if numbers == _floats(run.total):
        return Reading(f"{count}: the released sum, digit for digit", "sum", hiding)
    return Reading(f"{count}: neither a vector of a device nor the released sum")


def _floats(values: Sequence[int]) -> list[float]:
    return [float(v) for v in values[:KEPT_NUMBERS]]


def _unread(message: Wire) -> str:
    if begins_packed(base64.b64decode(message["sample"])):
        return "begins as plain numbers, too many to be kept whole and compared"
    return "no numbers can be read from it"
