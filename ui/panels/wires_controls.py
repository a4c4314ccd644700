"""The choice of a run: whose feed and under which stack. The address holds both, and is the truth."""

import streamlit as st

from privacy.errors import VeilbenchError
from privacy.registry import Registry
from privacy.workloads import fyp
from privacy.workloads.request import OWN, RunRequest
from privacy.workloads.world import World
from ui.panels.controls import title

_KEYS = ("user", "stack", "who")


def show(plain: RunRequest, registry: Registry, world: World) -> tuple[str, str]:
    """Draw the two boxes from the address; returns the viewer and the stack. All else of a run is at its default."""
    kind = "simulated" if world.simulated else "pseudonym"
    names = {p.id: f"{p.name}, {kind}" for p in world.personas} | {OWN: "My own taste"}
    stacks = fyp.offered(registry)
    usual = {"user": world.persona(plain.user).id, "stack": plain.stack}
    _enter("user", list(names), usual)
    _enter("stack", stacks, usual)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.title("Server view", anchor=False, width="content")
        user = st.selectbox(
            "Viewer", list(names), format_func=names.__getitem__, key="server.user", on_change=_publish,
            args=(usual,), width=210,
        )  # fmt: skip
        stack = st.selectbox(
            "Backend", stacks, format_func=lambda s: title(registry, s), key="server.stack", on_change=_publish,
            args=(usual,), width=210,
        )  # fmt: skip
    return user, stack


def problems(registry: Registry, world: World) -> list[str]:
    """What the link asks for and cannot get."""
    found = []
    if (stack := _asked("stack")) is not None and stack not in fyp.offered(registry):
        found.append(_why(stack, registry))
    if (user := _asked("user")) is not None and user not in [*(p.id for p in world.personas), OWN]:
        found.append(f"There is no viewer named {user[:40]!r}.")
    found = [f"{sentence} The link's value was left out." for sentence in found]
    return found + [f"There is no setting named {name[:40]!r}." for name in st.query_params if name not in _KEYS]


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


def _enter(name: str, options: list[str], usual: dict[str, str]) -> None:
    """Bring a box in line with the address: a link or the back button may have changed it."""
    asked = _asked(name)
    wanted = asked if asked in options else usual[name]
    if st.session_state.get(f"server.{name}") != wanted:
        st.session_state[f"server.{name}"] = wanted


def _publish(usual: dict[str, str]) -> None:
    """Put both boxes in the address, as a quick second click arrives with the address of before the first."""
    for name in list(st.query_params):
        if name not in _KEYS:
            del st.query_params[name]
    for name, default in usual.items():
        value = st.session_state[f"server.{name}"]
        if value != default:
            st.query_params[name] = value
        elif name in st.query_params:
            del st.query_params[name]
