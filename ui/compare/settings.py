"""The settings of the Compare page: a plan in the URL, in the widgets, and across a change of page.

The URL is the truth when it changes from outside (a link, the back button); the widgets are otherwise. No path of this
device is ever in it.
"""

from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

from privacy.compare.plan import Plan
from privacy.export import query_of
from privacy.registry import Registry
from ui.compare.link import PATHS, fields_of, first_plan, first_values, read, sweepable, values_of
from ui.compare.options import values_in, with_values
from workloads.catalogue import WORKLOADS

WORKLOAD = "compare.workload"
"""The session key of the choice of a workload: the same in every round, so that the keyboard stays on it."""
_KEPT, _SEEN, _PROBLEMS, _ROUND = "compare/plan", "compare/seen", "compare/problems", "compare/round"


def query(plan: Plan) -> dict[str, str]:
    """The settings as query parameters, without a word of this device's files."""
    return {k: v for k, v in query_of(plan).items() if k not in PATHS}


def link(plan: Plan) -> str:
    """The address that reproduces a plan."""
    return f"{(st.context.url or '').split('?')[0]}?{urlencode(query(plan))}"


def key(name: str) -> str:
    """The session key of a setting's widget; another for each round, so that its default counts again."""
    return f"compare.{name}.{st.session_state.get(_ROUND, 0)}"


def show(plan: Plan) -> None:
    """Make another plan the one on the page, as its link would."""
    st.query_params.from_dict(query(plan))


def current(registry: Registry) -> tuple[Plan, list[str]]:
    """The plan of this run of the page, and what was wrong with the link or the widgets that set it."""
    state, asked = st.session_state, st.query_params.to_dict()
    if key("stacks") not in state:
        # The page was left since: an address without settings is a return to it.
        state.pop(_SEEN, None)
    kept: Plan | None = state.get(_KEPT)
    if kept is None or _changed_outside(asked, kept, registry):
        kept, state[_PROBLEMS] = read(asked, registry)
        _renew()
        state[WORKLOAD] = kept.base.workload
    plan, problems = _from_widgets(kept, registry)
    if plan != kept:
        state[_PROBLEMS] = []
    if plan.base.workload != kept.base.workload:
        _renew()
    state[_KEPT] = plan
    return plan, [*state[_PROBLEMS], *problems]


def publish(plan: Plan) -> None:
    """Put the settings in the address bar."""
    wanted = query(plan)
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
    st.session_state[_SEEN] = [*st.session_state.get(_SEEN, [])[-3:], wanted]


def _changed_outside(asked: dict[str, str], kept: Plan, registry: Registry) -> bool:
    """Whether the address is one that this page did not write: a link, or the back button."""
    written: list[dict[str, str]] = st.session_state.get(_SEEN, [])
    if not written:
        return bool(asked)
    # A quick second click arrives with the address of before the first; the back button changes no widget.
    late = asked in written and _from_widgets(kept, registry)[0] != kept
    return bool(asked != written[-1] and asked != query(kept) and not late)


def _renew() -> None:
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _from_widgets(kept: Plan, registry: Registry) -> tuple[Plan, list[str]]:
    """What the widgets say; where one is not on the page, what was kept."""
    state = st.session_state
    workload = WORKLOADS[state.get(WORKLOAD) or kept.base.workload]
    if workload.id != kept.base.workload:
        return first_plan(workload.id, registry), []
    chosen = state.get(key("stacks"), kept.stacks) or ()
    plan = replace(kept, stacks=tuple(s for s in workload.offered(registry) if s in chosen))
    values = values_in(kept.base)
    for name in values:
        picked = state.get(key(name))
        values[name] = values[name] if picked is None else picked
    params = dict(kept.base.params)
    for name, kind in fields_of(plan, registry).items():
        value = state.get(key(f"param.{name}"))
        if value is not None and (value != getattr(kind, name) or name in params):
            params[name] = value
    base = replace(with_values(kept.base, values), user=state.get(key("user")) or kept.base.user, params=params)
    return _swept(replace(plan, base=base), registry)


def _swept(plan: Plan, registry: Registry) -> tuple[Plan, list[str]]:
    """The plan with the sweep that its widgets say."""
    state = st.session_state
    sweep = state.get(key("sweep"), plan.sweep) or ""
    if sweep not in sweepable(plan, registry):
        return fitted(replace(plan, sweep="", values=()), registry), []
    text = state.get(key(f"values.{sweep}"))
    old = plan.values if sweep == plan.sweep else ()
    values, problems = values_of(sweep, text, old, fields_of(plan, registry)[sweep])
    if not values:
        values, _ = values_of(sweep, first_values(sweep, plan, registry), (), fields_of(plan, registry)[sweep])
    said = [f"{p} The sweep was left as it was." for p in problems]
    return fitted(replace(plan, sweep=sweep, values=values), registry), said


def fitted(plan: Plan, registry: Registry) -> Plan:
    """The plan without parameters that none of its stacks has, or that the sweep sets."""
    known = fields_of(plan, registry)
    params = {k: v for k, v in plan.base.params.items() if k in known and k != plan.sweep}
    return replace(plan, base=replace(plan.base, params=params))
