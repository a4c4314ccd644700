"""The controls of the For-You page: who asks, under which backend, with which settings."""

import streamlit as st

from privacy.plugin import MOST_SEED, RunRequest, WorkloadSpec
from privacy.plugin.host import code_of, fields_of, offered
from privacy.plugin.running import Registry, owners
from ui import resources
from ui.kit import form, servers_place
from ui.kit.html import render
from ui.kit.link import Link, one_of
from ui.kit.stacks import title, usual_options
from workloads.fyp.options import OWN, FypOptions
from workloads.fyp.panels import data, state
from workloads.fyp.panels.state import Settings
from workloads.fyp.workload import viewers
from workloads.fyp.world import World

OWN_TASTE = "My own taste"
_OWN = (
    "Your own taste: the cards that you chose are stored on this device. The backend decides what a feed sends; What "
    "the server saw shows it."
)


def show(settings: Settings, link: Link, registry: Registry, spec: WorkloadSpec, world: World) -> Settings:
    """Draw one row of controls, and under it what the chosen ones mean; returns the settings with whose feed it is."""
    names = viewers(world) | {OWN: OWN_TASTE}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.title("For you", anchor=False, width="content")
        usual = world.persona(FypOptions.user).id
        user = st.selectbox(
            "Viewer", list(names), format_func=names.__getitem__, width=180,
            **link.bind("user", usual, lambda text: state.user_of(text, world)),
        )  # fmt: skip
        on_offer = offered(spec, registry)
        st.segmented_control(
            "Backend", on_offer, format_func=lambda s: title(registry, s), required=True,
            **link.bind("stack", RunRequest.stack, one_of(on_offer, "stack"), then={"prev": settings.stack}),
        )  # fmt: skip
        data.popover(settings, world, resources.rounds())
        servers_place.popover()
        with st.popover("Settings"):
            _settings(settings, link, registry, spec)
        with st.popover("Link"):
            st.html("<p class='vb'>The link holds every setting on this page, but no taste and no name of data.</p>")
            st.code(link.whole({"prev": settings.prev}), language=None, wrap_lines=True)
    settings = settings.whose(user)
    _captions(settings, registry, spec, world)
    return settings


def _settings(settings: Settings, link: Link, registry: Registry, spec: WorkloadSpec) -> None:
    found = fields_of(settings.stack, spec, registry)
    st.subheader(title(registry, settings.stack), anchor=False)
    form.show(found, link, prefix=f"{settings.stack}.")
    if not found:
        st.html("<p class='vb vb-dim'>This backend has nothing to set.</p>")
    st.subheader("Workload", anchor=False)
    st.number_input(
        "Seed", 0, MOST_SEED, step=1, help="Sets the randomness of data, histories and attacks, but never of keys or "
                                           "noise.",
        **link.bind("seed", 0, state.seed_of),
    )  # fmt: skip
    form.show({n: k for n, k in owners(FypOptions).items() if n != "user"}, link, usual=usual_options(spec))


def _captions(settings: Settings, registry: Registry, spec: WorkloadSpec, world: World) -> None:
    blurbs = {p.id: p.blurb for p in world.personas} | {OWN: _OWN}
    st.html(
        render(
            "fyp/panels/captions", members=registry.members(settings.stack), primitives=spec.primitives,
            division=code_of(spec).division(registry.stack(settings.stack), settings.options),
            viewer=blurbs[settings.options.user],
            off=[e for e in registry.entries if not e.available],
        )
    )  # fmt: skip
