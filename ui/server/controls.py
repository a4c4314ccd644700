"""The choice of a run: which workload, about whom or what, under which stack. The address holds it, as the truth."""

from dataclasses import fields, replace

import streamlit as st

from privacy.params import owners
from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.services.datasets import Choice
from privacy.spec import WorkloadSpec
from privacy.stacks import code_of, fields_of, filled, offered
from ui.kit import form, servers_place
from ui.kit.link import Link, one_of
from ui.kit.stacks import title, usual_options
from ui.server.view import Panels


def workload(link: Link, registry: Registry) -> WorkloadSpec:
    """Draw the title and the choice of a workload."""
    found = registry.workloads
    st.title("Server view", anchor=False, width="content")
    chosen = st.segmented_control(
        "Workload", list(found), format_func=lambda w: found[w].title, required=True,
        **link.bind("workload", RunRequest.workload, one_of(list(found), "workload"),
                    drop=("option.", "param.", "stack", "who")),
    )  # fmt: skip
    return found[chosen or RunRequest.workload]


def request(link: Link, registry: Registry, spec: WorkloadSpec, panels: Panels, choice: Choice) -> RunRequest:
    """Draw the main options, the stack and its parameters; returns the request that they say."""
    usual = usual_options(spec)
    main = {f.name for f in fields(spec.options) if f.metadata.get("main")}
    of = {name: kind for name, kind in owners(spec.options).items() if name in main}
    now = {n: link.value(f"option.{n}", usual[n], str) for n in of}
    plain = choice.on(RunRequest(workload=spec.id, options=usual | {k: v for k, v in now.items() if v == usual[k]}))
    choices = panels.choices(plain, code_of(spec), registry)
    options = form.show(of, link, prefix="option.", usual=usual, choices=choices)
    names = offered(spec, registry)
    stack = st.selectbox(
        "Backend", names, format_func=lambda s: title(registry, s), width=210,
        **link.bind("stack", RunRequest.stack, one_of(names, "stack"), drop=("param.",)),
    )  # fmt: skip
    with st.popover("Settings"):
        known = fields_of(stack, spec, registry)
        params = form.show(known, link, prefix="param.")
        if not known:
            st.html("<p class='vb vb-dim'>This backend has nothing to set.</p>")
    servers_place.popover()
    given = {n: v for n, v in params.items() if v != getattr(known[n], n)}
    return filled(replace(plain, stack=stack, options=usual | options, params=given), registry)
