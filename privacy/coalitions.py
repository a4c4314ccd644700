"""Coalitions: what any set of parties of a round sees together, and what is guaranteed towards it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from privacy.boundary.party import CLIENT, Party
from privacy.guarantees import Guarantee, Strength, Towards
from privacy.primitives.aggregation import COLLECTOR, CONTRIBUTOR
from privacy.spec import WorkloadSpec
from privacy.workload import Round

Wire = Mapping[str, Any]
Tone = Literal["good", "bad", "dim"]


@dataclass(frozen=True)
class Sentence:
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
    sentences: list[Sentence]


def parties(round_: Round) -> list[str]:
    """Every party of a round by name, the client first, contributors last and by number; also one that a guarantee
    names and that got no wire."""
    found = {m[end] for m in round_.messages for end in ("sender", "receiver", "via") if m[end]}
    roles = {Party.parse(name).role for name in found}
    for guarantee in round_.steps.values():
        found |= {t.observer for t in guarantee.towards if t.observer not in roles}
    return sorted(found | set(round_.everyone), key=_place)


def _place(name: str) -> tuple[bool, bool, str, int]:
    party = Party.parse(name)
    return name != CLIENT.name, party.role == CONTRIBUTOR, party.role, party.index or 0


def seen_by(messages: Iterable[Wire], coalition: Iterable[str]) -> list[Wire]:
    """The wires that a member of the coalition received or relayed, in order."""
    members = frozenset(coalition)
    return [m for m in messages if m["receiver"] in members or m["via"] in members]


def coalition_view(round_: Round, spec: WorkloadSpec, coalition: Iterable[str]) -> CoalitionView:
    """What the parties of `coalition` see together, and what the guarantees of the round say towards them."""
    everyone = parties(round_)
    members = tuple(sorted(set(coalition), key=_place))
    wires = seen_by(round_.messages, members)
    own = {name: spec.holds.get(Party.parse(name).role, "no input that this run names") for name in members}
    sentences = _sentences(round_, spec, members, everyone)
    return CoalitionView(members, wires, sum(m["bytes"] for m in wires), own, sentences)


def _sentences(round_: Round, spec: WorkloadSpec, members: Sequence[str], everyone: Sequence[str]) -> list[Sentence]:
    if not members:
        return []
    if CLIENT.name in members:
        held = spec.holds.get(CLIENT.role, "the private input")
        text = f"The device is in this coalition, so it holds {held}. No guarantee covers the device itself."
        return [Sentence("Whole run", text, "bad")]
    sentences = _of_contributors(round_, members)
    for step, guarantee in round_.steps.items():
        sentences += _towards(spec.step(step), guarantee, members, everyone)
    return sentences or [Sentence("Whole run", f"Nothing is declared towards {' and '.join(members)}.", "bad")]


def _of_contributors(round_: Round, members: Sequence[str]) -> list[Sentence]:
    """What contributors in the coalition hold by themselves, and what the sum leaves of the others beside it."""
    own = [name for name in members if Party.parse(name).role == CONTRIBUTOR]
    if not own:
        return []
    held = f"{' and '.join(own)} hold their own input. No guarantee covers its owner."
    sentences = [Sentence("Whole run", held, "dim")]
    others = [i for i in round_.included if f"{CONTRIBUTOR}-{i}" not in own]
    if COLLECTOR.name not in members or len(others) == len(round_.included):
        return sentences
    rest = "noise included, " if round_.randomised else ""
    if len(others) == 1:
        text = f"The sum less their own vectors is, {rest}the vector of {CONTRIBUTOR}-{others[0]}: one device is left."
        return [*sentences, Sentence("Whole run", text, "dim" if round_.randomised else "bad")]
    text = f"The sum less their own vectors is, {rest}the sum of the {len(others)} other devices."
    return [*sentences, Sentence("Whole run", text, "dim")]


def _towards(step: str, guarantee: Guarantee, members: Sequence[str], everyone: Sequence[str]) -> list[Sentence]:
    """The sentences of one step: those towards each member alone, or that an assumption between them is gone."""
    rows = [(name, t) for name in members if (t := _observer(guarantee, name, everyone)) is not None]
    apart = [(name, t) for name, t in rows if t.strength == Strength.NON_COLLUSION]
    sentences = []
    gone = len(apart) >= min((t.collusion for _, t in apart), default=2)
    if gone:
        names = " and ".join(name for name, _ in apart)
        text = (
            f"{names} are assumed not to collude ({apart[0][1].assumption}). In this coalition they do, so the "
            f"assumption fails and input privacy towards them together is no longer guaranteed."
        )
        sentences.append(Sentence(step, text + _release(apart[0][1]), "bad"))
    sentences += [_alone(step, name, t) for name, t in rows if not gone or t.strength != Strength.NON_COLLUSION]
    return sentences


def _release(towards: Towards) -> str:
    """What is left where a value was randomised before it was hidden: that holds whoever colludes."""
    bound = towards.output
    return f" What remains is the release: epsilon {bound.epsilon:g} for one {bound.unit}." if bound else ""


def _alone(step: str, name: str, towards: Towards) -> Sentence:
    assumed = f" Assumes: {towards.assumption}." if towards.assumption else ""
    tone: Tone = "bad" if towards.strength == Strength.NONE else "good"
    strength = towards.strength.name.lower().replace("_", " ")
    return Sentence(step, f"Towards {name} ({strength}): {towards.statement}{assumed}", tone)


def _observer(guarantee: Guarantee, name: str, everyone: Sequence[str]) -> Towards | None:
    """The row towards a party: by its name, or by its role where no party goes by that role alone."""
    role = Party.parse(name).role
    return guarantee.observer(name) or (None if role in everyone else guarantee.observer(role))
