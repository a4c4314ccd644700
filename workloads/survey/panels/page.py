"""The survey's own page: a question about one column, the devices and the stack, then the answer and what it cost."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import streamlit as st

from privacy.plugin import MOST_SEED, ParamError, RunRequest, WorkloadSpec
from privacy.plugin.host import Choice, code_of, fields_of, offered
from privacy.plugin.running import Registry, build, owners
from ui import resources
from ui.kit import form, guarantee, notice, own_data, servers_place, waiting
from ui.kit.errors import guard
from ui.kit.link import Link, one_of
from ui.kit.stacks import title, usual_options
from workloads.survey.panels import answer, attacks, clipping, column, data, rounds
from workloads.survey.panels.data import ID
from workloads.survey.round import SurveyRound

_INTRO = (
    "<p class='vb'>A survey asks one question about a column whose rows lie on simulated devices. A sum answers it, "
    "so nobody but its device needs to see a row. The answer stands beside the truth, computed from the whole file "
    "on this device.</p>"
)


def page() -> None:
    """Draw the page from its address."""
    registry = resources.registry()
    spec = registry.workload(ID)
    link = Link.enter(ID, lambda query: {k.replace(" ", "+"): v for k, v in query.items()})
    choice, unreadable = own_data.readable(ID)
    problems, request = st.container(), None
    with guard():
        request = _controls(link, registry, spec, choice)
    with problems:
        notice.problems([*link.problems(), *unreadable])
    if request is not None:
        st.html(_INTRO)
        _shown(request, registry, spec)
    notice.device(spec)


def _controls(link: Link, registry: Registry, spec: WorkloadSpec, choice: Choice) -> RunRequest:
    """The row of controls; returns the request that it says."""
    usual = usual_options(spec)
    plain = choice.on(RunRequest(workload=ID, options=usual))
    of = owners(spec.options)
    main = [f.name for f in fields(spec.options) if f.metadata.get("main")]
    now = {n: link.value(n, usual[n], form.reader(of[n], n)) for n in main}
    choices = code_of(spec).choices(plain, build(spec.options, {**usual, **now}, owner=ID))
    stacks = offered(spec, registry)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.title("Survey", anchor=False, width="content")
        options = form.show({n: of[n] for n in main}, link, usual=usual, choices=choices)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        stack = st.segmented_control(
            "Stack", stacks, format_func=lambda s: title(registry, s), required=True,
            **link.bind("stack", RunRequest.stack, one_of(stacks, "stack")),
        )  # fmt: skip
        stack = stack or RunRequest.stack
        data.popover(choice)
        servers_place.popover()
        with st.popover("Settings"):
            params, seed = _settings(link, registry, spec, stack)
            options |= form.show({n: k for n, k in of.items() if n not in main}, link, usual=usual)
        with st.popover("Link"):
            st.html("<p class='vb'>The link holds every setting on this page. It names no file and no cell.</p>")
            st.code(link.whole(), language=None, wrap_lines=True)
    return replace(plain, stack=stack, options=options, params=params, seed=seed)


def _settings(link: Link, registry: Registry, spec: WorkloadSpec, stack: str) -> tuple[dict[str, Any], int]:
    """The stack's parameters and the seed; the workload's own settings follow."""
    found = fields_of(stack, spec, registry)
    st.subheader(title(registry, stack), anchor=False)
    values = form.show(found, link, prefix=f"{stack}.")
    if not found:
        st.html("<p class='vb vb-dim'>This stack has nothing to set.</p>")
    st.subheader("Survey", anchor=False)
    seed = st.number_input(
        "Seed", 0, MOST_SEED, step=1, help="Sets the randomness of which devices take part and fall silent, but "
                                           "never of keys or noise.",
        **link.bind("seed", 0, _seed),
    )  # fmt: skip
    return {n: v for n, v in values.items() if v != getattr(found[n], n)}, int(seed)


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST_SEED:
        raise ParamError(f"the setting seed is {text[:40]!r}", then=f"give a whole number between 0 and {MOST_SEED}")
    return int(text)


def _panel(heading: str, draw: Callable[[], None]) -> None:
    """One framed panel, whose failure leaves the others alone."""
    with st.container(border=True, gap="small"):
        st.subheader(heading, anchor=False)
        with guard():
            draw()


def _shown(request: RunRequest, registry: Registry, spec: WorkloadSpec) -> None:
    """The column as it is read, then the answer, the attack, the cost and the promise."""
    run: SurveyRound | None = None
    readable = False
    with guard():
        column.show(request, registry)
        readable = True
    if clipping.applies(request):
        _panel("What a range costs", lambda: clipping.show(request, registry))
    if not readable:
        return  # why is said above
    with guard():
        run = waiting.round_of(request, registry)
    if run is None:
        return
    shown = run
    left, right = st.columns([6, 5], gap="medium")
    with left:
        _panel("Answer", lambda: answer.show(shown))
    with right:
        _panel("Attacks on one sum and on two", lambda: attacks.show(request, registry))
        _panel("Many rounds: disaggregation", lambda: rounds.show(request, registry))
        _panel("Guarantee", lambda: guarantee.show(shown, spec))
