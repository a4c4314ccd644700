"""What the wires of a run show, and to whom: the view of any coalition of parties, and what was found in each wire."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from privacy.boundary.party import CLIENT, Party
from privacy.boundary.wire import begins_packed
from privacy.guarantees import Guarantee, Strength, Towards
from privacy.workloads.feed import KEPT_NUMBERS, FeedRun

Wire = Mapping[str, Any]
Tone = Literal["good", "bad", "dim"]

LOOKED_FOR = (
    "Three things are looked for in every wire: the taste, what was released of it, and the places of the items shown. "
    "What follows from them, such as scores or records, is not, nor is anything that is hidden in the bytes."
)
_HIDING = ("ciphertext", "share", "evaluation key")
_OWN = {"client": "the taste, its keys and its randomness", "server": "the catalogue, which is public"}
_STEPS = {"scoring": "Scoring", "lookup": "Fetch"}


@dataclass(frozen=True)
class Reading:
    """What anyone reads from a wire's bytes.

    `holds` names the private value that the bytes are, digit for digit; `contradicts` says that what is declared of
    the wire does not admit that.
    """

    found: str
    holds: Literal["", "taste", "release", "items"] = ""
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


def parties(run: FeedRun) -> list[str]:
    """Every party of a run by name, the client first; also one that is named by a guarantee and got no wire."""
    found = {m[end] for m in run.messages for end in ("sender", "receiver", "via") if m[end]}
    roles = {Party.parse(name).role for name in found}
    for guarantee in run.steps.values():
        found |= {t.observer for t in guarantee.towards if t.observer not in roles}
    return sorted(found, key=lambda name: (name != CLIENT.name, name))


def seen_by(messages: Iterable[Wire], coalition: Iterable[str]) -> list[Wire]:
    """The wires that a member of the coalition received or relayed, in order."""
    members = frozenset(coalition)
    return [m for m in messages if m["receiver"] in members or m["via"] in members]


def coalition_view(run: FeedRun, coalition: Iterable[str]) -> CoalitionView:
    """What the parties of `coalition` see together, and what the guarantees of the run say towards them."""
    everyone = parties(run)
    members = tuple(sorted(set(coalition), key=lambda name: (name != CLIENT.name, name)))
    wires = seen_by(run.messages, members)
    own = {name: _OWN.get(Party.parse(name).role, "no input that this run names") for name in members}
    return CoalitionView(members, wires, sum(m["bytes"] for m in wires), own, _said(run, members, everyone))


def _said(run: FeedRun, members: Sequence[str], everyone: Sequence[str]) -> list[Said]:
    if not members:
        return []
    if CLIENT.name in members:
        text = (
            "The device is in this coalition, so it holds the taste by definition, and the items shown. "
            "No guarantee is towards the device itself."
        )
        return [Said("Whole run", text, "bad")]
    said = []
    for step, guarantee in run.steps.items():
        said += _towards(_STEPS.get(step, step), guarantee, members, everyone)
    return said or [Said("Whole run", f"Nothing is declared towards {' and '.join(members)}.", "bad")]


def _towards(step: str, guarantee: Guarantee, members: Sequence[str], everyone: Sequence[str]) -> list[Said]:
    """The sentences of one step: those towards each member alone, or that an assumption between them is gone."""
    rows = [(name, t) for name in members if (t := _observer(guarantee, name, everyone)) is not None]
    apart = [(name, t) for name, t in rows if t.strength == Strength.NON_COLLUSION]
    said = []
    if len(apart) > 1:
        names = " and ".join(name for name, _ in apart)
        text = (
            f"{names} are assumed not to collude ({apart[0][1].assumption}). In this coalition they do: the assumption "
            "is gone, and input privacy towards them together is no longer guaranteed."
        )
        said.append(Said(step, text + _release(apart[0][1]), "bad"))
    said += [_alone(step, name, t) for name, t in rows if len(apart) < 2 or t.strength != Strength.NON_COLLUSION]
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


def reading(message: Wire, run: FeedRun) -> Reading:
    """What was found in a wire: whether its bytes read as numbers, and whether those are what the device holds."""
    numbers = message["numbers"]
    if numbers is None:
        return Reading(_unread(message))
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


def _floats(values: Sequence[int]) -> list[float]:
    return [float(v) for v in values[:KEPT_NUMBERS]]


def _unread(message: Wire) -> str:
    if begins_packed(base64.b64decode(message["sample"])):
        return "begins as plain numbers, too many to be kept whole and compared"
    return "no numbers can be read from it"
