"""The form of the Compare page: which workload and stacks, over which values, with which settings."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, get_type_hints

import streamlit as st

from privacy.compare.plan import Plan, parse_sweep
from privacy.errors import ParamError, VeilbenchError
from privacy.params import build, owners
from privacy.registry import Registry
from privacy.request import MOST_SEED, RunRequest
from privacy.spec import WorkloadSpec
from privacy.stacks import code_of, fields_of, filled, offered, resolve
from ui.kit import form, own_data
from ui.kit.html import render
from ui.kit.link import Link, one_of
from ui.kit.stacks import title, usual_options

_NONE = ""
_OF_WORKLOAD = ("option.", "param.", "stacks", "sweep", "values", "seed")
SWEEPS = {"epsilon": "0.25, 0.5, 1, 2, 4, 8, 16"}
"""What is offered first for a parameter; any other starts from its default alone."""


def show(link: Link, registry: Registry) -> Plan:
    """Draw the form and return the plan that it says, on the data that its workload uses here."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        spec = _workload(link, registry)
        stacks = _stacks(link, registry, spec)
    known = _known(stacks, spec, registry)
    choice, unreadable = own_data.readable(spec.id)
    for sentence in unreadable:
        link.refuse(sentence)
    plain = choice.on(RunRequest(workload=spec.id, options=usual_options(spec)))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        sweep, values = _sweep(link, known)
        options = _options(link, spec, plain, main=True)
        with st.popover("Settings"):
            st.subheader("Workload", anchor=False)
            seed = int(st.number_input(
                "Seed", 0, MOST_SEED, step=1, help="Sets the randomness of data, simulations and attacks, but never "
                                                   "of keys or noise.",
                **link.bind("seed", 0, _seed),
            ))  # fmt: skip
            options |= _options(link, spec, plain, main=False)
            params = _params(link, {n: k for n, k in known.items() if n != sweep})
        with st.popover("Link"):
            st.html("<p class='vb'>The link holds every setting of this comparison. It names no file and no input.</p>")
            st.code(link.whole(), language=None, wrap_lines=True)
    base = filled(replace(plain, options=options, seed=seed, params=params), registry)
    return Plan(base, tuple(stacks), sweep, values)


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST_SEED:
        raise ParamError(f"the setting seed is {text[:40]!r}", then=f"give a whole number between 0 and {MOST_SEED}")
    return int(text)


def _workload(link: Link, registry: Registry) -> WorkloadSpec:
    found = registry.workloads
    chosen = st.segmented_control(
        "Workload", list(found), format_func=lambda w: found[w].title, required=True,
        **link.bind("workload", RunRequest.workload, one_of(list(found), "workload"), drop=_OF_WORKLOAD),
    )  # fmt: skip
    return found[chosen or RunRequest.workload]


def _stacks(link: Link, registry: Registry, spec: WorkloadSpec) -> list[str]:
    """The stacks that are compared; of a link's those that can be, in the order in which they are offered."""
    on_offer = offered(spec, registry)
    usual = [s for s in on_offer if s in spec.stacks] or on_offer[:3]

    def read(text: str) -> list[str]:
        found = []
        for stack in dict.fromkeys(s.strip().replace(" ", "+") for s in text.split(",") if s.strip()):
            try:
                resolve(RunRequest(stack=stack[:40], workload=spec.id), registry)
                found.append(stack)
            except VeilbenchError as error:
                link.refuse(f"{error} It was left out.")
        return [s for s in on_offer if s in found] or (usual if text.strip() else [])

    chosen = st.pills(
        "Stacks", on_offer, selection_mode="multi", format_func=lambda s: title(registry, s),
        **link.bind("stacks", usual, read),
    )  # fmt: skip
    return [s for s in on_offer if s in chosen]


def _known(stacks: list[str], spec: WorkloadSpec, registry: Registry) -> dict[str, type[Any]]:
    """The parameters of the stacks by name, each with the dataclass that it is a field of."""
    found: dict[str, type[Any]] = {}
    for stack in stacks:
        for name, kind in fields_of(stack, spec, registry).items():
            found.setdefault(name, kind)
    return found


def _sweep(link: Link, known: Mapping[str, type[Any]]) -> tuple[str, tuple[float, ...]]:
    """Choose one parameter of the stacks and its values."""
    names = [_NONE, *(n for n, kind in known.items() if get_type_hints(kind)[n] in (int, float))]
    sweep: str = st.selectbox(
        "Sweep", names, format_func=lambda n: n or "nothing", width=190, disabled=len(names) == 1,
        help="A stack that has this parameter runs once for each value; every other stack runs once.",
        **link.bind("sweep", _NONE, one_of(names, "number to sweep"), drop=("values",)),
    )  # fmt: skip
    link.known("values")
    if not sweep:
        return "", ()
    first = SWEEPS.get(sweep) or f"{getattr(known[sweep], sweep):g}"
    good = _values(sweep, known[sweep], first)

    def read(text: str) -> str:
        _values(sweep, known[sweep], text)
        return text

    text = st.text_input(f"Values of {sweep}", width=250, **link.bind("values", first, read))
    try:
        return sweep, _values(sweep, known[sweep], text)
    except VeilbenchError as error:
        st.html(render("kit/line", text=f"{error} The default values are used.", kind="vb-flag", role="alert"))
        return sweep, good


def _values(name: str, kind: type[Any], text: str) -> tuple[float, ...]:
    """The values that a text lists; ParamError for one that the parameter does not admit."""
    _, values = parse_sweep(f"{name}={text}")
    for value in values:
        build(kind, {name: value}, owner="the sweep")
    return values


def _options(link: Link, spec: WorkloadSpec, plain: RunRequest, *, main: bool) -> dict[str, Any]:
    """The workload's options: those that stand on the page, or the others."""
    of = {n: k for n, k in owners(spec.options).items() if bool(_meta(spec, n).get("main")) is main}
    usual = usual_options(spec)
    choices: Mapping[str, Mapping[str, str]] = {}
    if main:
        now = {n: link.value(f"option.{n}", usual[n], form.reader(k, n)) for n, k in of.items()}
        choices = code_of(spec).choices(plain, build(spec.options, {**usual, **now}, owner=spec.id))
    return form.show(of, link, prefix="option.", usual=usual, choices=choices)


def _meta(spec: WorkloadSpec, name: str) -> Mapping[str, Any]:
    return next(one.metadata for one in fields(spec.options) if one.name == name)


def _params(link: Link, known: Mapping[str, type[Any]]) -> dict[str, Any]:
    """The parameters that were set: a stack's own defaults stay its own."""
    if known:
        st.subheader("Parameters of the stacks", anchor=False)
    found = form.show(known, link, prefix="param.")
    return {n: v for n, v in found.items() if v != getattr(known[n], n)}
