"""The choice of a run: which workload, about whom or what, under which stack. The address holds it, as the truth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from privacy.errors import VeilbenchError
from privacy.registry import Registry
from privacy.request import OWN, RunRequest
from privacy.services.datasets import Choice
from workloads.catalogue import WORKLOADS, Workload
from workloads.fyp.panels.controls import title
from workloads.fyp.world import World
from workloads.survey.options import QUESTIONS
from workloads.survey.panels.columns import columns, usual, word

_WORKLOAD = "workload"


@dataclass(frozen=True)
class Box:
    """One choice: its name in the address, its label, what there is to choose, and what is chosen unless the link says.

    `thing` is what a choice is called in a sentence.
    """

    name: str
    label: str
    options: Sequence[str]
    usual: str
    words: Callable[[str], str]
    thing: str


def workload() -> Workload:
    """Draw the title and the choice of a workload."""
    usual = RunRequest.workload
    _enter(_WORKLOAD, list(WORKLOADS), usual)
    st.title("Server view", anchor=False, width="content")
    chosen = st.segmented_control(
        "Workload", list(WORKLOADS), format_func=lambda w: WORKLOADS[w].title, key=f"server.{_WORKLOAD}", required=True,
        on_change=_switch,
    )  # fmt: skip
    return WORKLOADS[chosen or usual]


def asked_workload() -> Workload:
    """The workload that the address names, before anything is drawn."""
    return WORKLOADS.get(st.query_params.get(_WORKLOAD, ""), WORKLOADS[RunRequest.workload])


def boxes(plain: RunRequest, registry: Registry, world: World | None) -> list[Box]:
    """The choices of a feed in `world`, or without one those of a survey."""
    return survey_boxes(plain, registry) if world is None else feed_boxes(plain, registry, world)


def feed_boxes(plain: RunRequest, registry: Registry, world: World) -> list[Box]:
    """Whose feed, and under which stack."""
    kind = "simulated" if world.simulated else "pseudonym"
    names = {p.id: f"{p.name}, {kind}" for p in world.personas} | {OWN: "My own taste"}
    viewer = Box("user", "Viewer", list(names), world.persona(plain.user).id, names.__getitem__, "viewer")
    return [viewer, _stack(WORKLOADS["fyp"], plain, registry)]


def survey_boxes(plain: RunRequest, registry: Registry) -> list[Box]:
    """Which question, about which column, and under which stack."""
    question, choice = Box("question", "Question", QUESTIONS, QUESTIONS[0], word, "question"), Choice(plain.data)
    asked = _asked("question")
    none = usual(asked if asked in QUESTIONS else QUESTIONS[0], choice)
    names = columns(choice)
    if plain.data is None:
        names = ["", *names]
    column = Box("column", "Column", names, names[0], lambda c: c or none, "column")
    return [question, column, _stack(WORKLOADS["tally"], plain, registry)]


def _stack(of: Workload, plain: RunRequest, registry: Registry) -> Box:
    return Box("stack", "Backend", of.offered(registry), plain.stack, lambda s: title(registry, s), "stack")


def show(boxes: Sequence[Box]) -> list[str]:
    """Draw the boxes from the address; returns what is chosen in each."""
    usual = {box.name: box.usual for box in boxes}
    chosen = []
    for box in boxes:
        _enter(box.name, box.options, box.usual)
        chosen.append(
            st.selectbox(
                box.label, box.options, format_func=box.words, key=f"server.{box.name}", on_change=_publish,
                args=(usual,), width=210,
            )
        )  # fmt: skip
    return chosen


def problems(boxes: Sequence[Box], registry: Registry) -> list[str]:
    """What the link asks for and cannot get."""
    found, known = [], {_WORKLOAD, "who", *(box.name for box in boxes)}
    for box in boxes:
        asked = _asked(box.name)
        if asked is not None and asked not in box.options:
            found.append(_why(asked, registry) if box.name == "stack" else f"There is no {box.thing} {asked[:40]!r}.")
    if (asked := _asked(_WORKLOAD)) is not None and asked not in WORKLOADS:
        found.append(f"There is no workload {asked[:40]!r}.")
    found = [f"{sentence} The link's value was left out." for sentence in found]
    return found + [f"There is no setting named {name[:40]!r}." for name in st.query_params if name not in known]


def _why(stack: str, registry: Registry) -> str:
    try:
        registry.stack(stack[:80])
    except VeilbenchError as error:
        return str(error)
    return f"The stack {stack[:40]!r} has no step of this workload."


def _asked(name: str) -> str | None:
    """A value of the address. Whoever types dp+he there sends "dp he", as a plus sign stands for a space."""
    value: str | None = st.query_params.get(name)
    return value if value is None else value.replace(" ", "+") if name == "stack" else value


def _enter(name: str, options: Sequence[str], usual: str) -> None:
    """Bring a box in line with the address: a link or the back button may have changed it."""
    asked = _asked(name)
    wanted = asked if asked in options else usual
    if st.session_state.get(f"server.{name}") != wanted:
        st.session_state[f"server.{name}"] = wanted


def _switch() -> None:
    """Another workload begins with its usual run: nothing of the old one's is in the address."""
    chosen = st.session_state[f"server.{_WORKLOAD}"]
    st.query_params.from_dict({} if chosen == RunRequest.workload else {_WORKLOAD: chosen})


def _publish(usual: dict[str, str]) -> None:
    """Put all boxes in the address, as a quick second click arrives with the address of before the first."""
    for name in list(st.query_params):
        if name not in (_WORKLOAD, "who", *usual):
            del st.query_params[name]
    for name, default in usual.items():
        value = st.session_state[f"server.{name}"]
        if value != default:
            st.query_params[name] = value
        elif name in st.query_params:
            del st.query_params[name]
