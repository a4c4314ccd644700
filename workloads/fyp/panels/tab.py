"""In this tab: a feed of one's own taste. Key and taste stay in the browser; the app carries what it cannot read."""

from collections.abc import Mapping
from dataclasses import replace
from importlib import resources as files
from typing import Any

import streamlit as st

from privacy.plugin import CLIENT, ParamError, VeilbenchError
from privacy.plugin.relaying import SCALE, Relay, Straight, Visit, admitted, seated, servers, straight
from privacy.plugin.running import Registry
from ui import resources
from ui.kit import guarantee, notice, own_data, servers_place
from ui.kit.errors import guard
from ui.kit.html import render
from ui.kit.link import Link, one_of
from ui.kit.stacks import title
from workloads.fyp.panels import data, private_tab, state
from workloads.fyp.panels.state import Settings
from workloads.fyp.picker import choices
from workloads.fyp.world import SHOWN, World

CARDS = 24
_VISIT = "fyp/tab"
_STEPS = {"scoring": "Scoring", "lookup": "Fetch"}
THROUGH, STRAIGHT = "through this app", "straight to the servers"


def page() -> None:
    """Draw the page from its address."""
    registry = resources.registry()
    spec = registry.workload(state.ID)
    link = Link.enter("fyp_tab", lambda query: {k.replace(" ", "+"): v for k, v in query.items()})
    chosen, unreadable = own_data.readable()
    settings = replace(state.read(link, registry, spec), data=chosen)
    problems = st.container()
    world = data.world(settings, registry)
    if world is None:
        data.pending(settings, registry)
        return
    on_offer = [name for name in registry.stacks() if "lookup" in registry.stack(name).carrier.implements]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.title("In this tab", anchor=False, width="content")
        stack = st.segmented_control(
            "Backend", on_offer, format_func=lambda s: title(registry, s), required=True,
            **link.bind("stack", "he", one_of(on_offer, "stack")),
        )  # fmt: skip
        servers_place.popover()
        way = _way(registry, link)
    with problems:
        notice.problems([*link.problems(), *unreadable])
    with guard():
        _feed(replace(settings, stack=stack or "he"), registry, world, way)


def _way(registry: Registry, link: Link) -> str:
    """How queries go: through this app, or straight to servers that admit its pages, where there are some."""
    try:
        origin = _admitted(servers_place.where(), registry)
    except VeilbenchError:
        origin = ""
    if not origin:
        return THROUGH
    way = st.segmented_control(
        "Queries go", (THROUGH, STRAIGHT), required=True,
        help=f"The servers in use answer only pages of {origin}.",
        **link.bind("way", THROUGH, one_of((THROUGH, STRAIGHT), "way")),
    )  # fmt: skip
    return way or THROUGH


@st.cache_data(ttl=20, show_spinner=False)
def _admitted(where: str, _registry: Registry) -> str:
    return admitted(_registry)


def _feed(settings: Settings, registry: Registry, world: World, way: str) -> None:
    found = registry.stack(settings.stack, dict(settings.params.get(settings.stack, {})))
    sources = _client(registry, settings)
    tasks: dict[str, Any] = {"scoring": world.scoring_task, "lookup": world.lookup_task(candidates=False)}
    own = {"scoring": world.items, "lookup": world.table(vectors=False)}
    mechanisms = {step: registry.mechanism(found.carrier, step, found.params) for step in _STEPS}

    def seat() -> Mapping[str, Relay | Straight]:
        one = straight if way == STRAIGHT else seated
        return {s: one(mechanisms[s], tasks[s], own[s], registry) for s in _STEPS}

    key = f"{settings.stack} {found.params} {world.data_hash} {world.items.shape} {servers_place.where()} {way}"
    with st.spinner("Starting the servers …"):
        visit = _visit(key, seat)
    st.html(render("fyp/panels/tab", digest=private_tab.digest(sources), where=_where(), straight=way == STRAIGHT))
    private_tab.show(
        sources, key=f"tab {visit.id}",
        data={
            "straight": {s: [r.url, r.name] for s, r in visit.relays.items() if isinstance(r, Straight)},
            "visit": visit.id, "cards": _cards(world), "scale": SCALE, "shown": SHOWN, "steps": _STEPS,
            **{step: mechanisms[step].browser(tasks[step]) for step in _STEPS},
        },
    )  # fmt: skip
    _seen(visit)
    with st.container(border=True, gap="small"):
        st.subheader("Guarantee", anchor=False)
        for step, relay in visit.relays.items():
            st.html(f"<p class='vb'><b>{_STEPS[step]}</b></p>" + guarantee.rows(relay.guarantee))


def _where() -> str:
    """Where the servers are, as words."""
    now = servers.configured()
    return ", ".join(now.urls) if now else "each in a process of its own on this machine"


def _client(registry: Registry, settings: Settings) -> list[str]:
    """The JavaScript of the stack's client; ParamError where it has none."""
    stack = registry.stack(settings.stack)
    if stack.randomiser is not None or not stack.carrier.browser:
        raise ParamError(
            f"{title(registry, settings.stack)} has no client for a browser, so its key and the taste would be in the "
            "app's process",
            then="choose HE here, or open For you",
        )
    parts = [one.split(":") for one in stack.carrier.browser]
    return [files.files(package).joinpath(name).read_text(encoding="utf-8") for package, name in parts]


def _visit(key: str, seat: Any) -> Visit:
    kept = st.session_state.get(_VISIT)
    if kept is not None and kept[0] == key and resources.tabs().alive(kept[1]):
        return resources.tabs().get(kept[1])
    visit = resources.tabs().open(key, seat)
    st.session_state[_VISIT] = (key, visit.id)
    return visit


def _cards(world: World) -> list[dict[str, Any]]:
    """The same cards for everyone: which of them are clicked, nobody hears."""
    profiles = world.catalogue.profiles
    return [
        {
            "item": int(item), "name": profiles[item].nickname or "(no name)", "topic": world.topic(item),
            "about": " ".join(profiles[item].biography.split()) or "–",
            "vector": world.features.vectors[item].tolist(),
        }
        for item in choices(world, count=CARDS, page=0)
    ]  # fmt: skip


@st.fragment(run_every=2.0)
def _seen(visit: Visit) -> None:
    with st.container(border=True, gap="small"):
        st.subheader("What the app's process saw", anchor=False)
        rows = [
            {
                "kind": m.kind, "way": "to the server" if m.sender == CLIENT else "to the tab", "bytes": m.body_bytes,
                "digest": m.digest[:16], "head": m.sample[60:84].hex(" "),
            }
            for m in visit.messages
        ]  # fmt: skip
        st.html(render("fyp/panels/tab_saw", rows=rows[-8:], more=max(0, len(rows) - 8)))
