"""The settings of the For-You page: in the URL, in the widgets, and across a change of page.

The URL is the truth when it changes from outside (a link, the back button); the widgets are otherwise. A taste of
one's own is no setting: it is never in here. Nor is the data in any link: it is a choice kept on this device.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from privacy.errors import VeilbenchError
from privacy.params import build
from privacy.registry import Registry
from privacy.request import OWN, RunRequest
from privacy.services import datasets
from privacy.services.datasets import Choice
from ui import resources
from workloads.catalogue import WORKLOADS
from workloads.fyp import workload as fyp
from workloads.fyp.options import FypOptions

_KEPT, _SEEN, _PROBLEMS, _PAGE, _ROUND = "fyp/settings", "fyp/seen", "fyp/problems", "ui/page", "fyp/round"
_OPTIONS = tuple(f.name for f in fields(FypOptions))


def fields_of(stack: str, registry: Registry) -> dict[str, type[Any]]:
    """The parameters of a stack that a feed has a use for, by name, each with the dataclass that it is a field of."""
    return registry.fields(stack, primitives=WORKLOADS[RunRequest.workload].primitives)


@dataclass(frozen=True)
class Settings:
    """Everything that a link reproduces, and the data in use, which none holds.

    `params` holds what was set of each stack; `prev` is shown beside.
    """

    user: str = RunRequest.user
    stack: str = RunRequest.stack
    prev: str | None = None
    options: FypOptions = field(default_factory=FypOptions)
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    data: Choice = field(default_factory=Choice)

    def request(self, stack: str | None = None) -> RunRequest:
        """The request of the stack shown, or of another under the same settings."""
        name = stack or self.stack
        plain = RunRequest(
            stack=name, params=self.params.get(name, {}), user=self.user, seed=self.options.seed,
            items=self.options.first_items, dims=self.options.dims, cohort=resources.cohort(),
        )  # fmt: skip
        return self.data.on(plain)

    def query(self, *, defaults: bool = False) -> dict[str, str]:
        """The settings as query parameters: those that are not the default, or all."""
        plain = {"user": self.user, "stack": self.stack, "prev": self.prev or ""} | {
            name: str(getattr(self.options, name)) for name in _OPTIONS
        }
        usual = {"user": Settings.user, "stack": Settings.stack} | {f.name: str(f.default) for f in fields(FypOptions)}
        found = {k: v for k, v in plain.items() if v and (defaults or v != usual.get(k, ""))}
        for stack in {self.stack, self.prev or self.stack}:
            found |= {f"{stack}.{k}": str(v) for k, v in self.params.get(stack, {}).items()}
        return dict(sorted(found.items()))


def enter(page: str) -> None:
    """Note which page is shown, as a page without a query may be a return to it."""
    if st.session_state.get(_PAGE) != page:
        st.session_state[_PAGE] = page
        st.session_state.pop(_SEEN, None)


def link(settings: Settings) -> str:
    """The address that reproduces these settings."""
    base = (st.context.url or "").split("?")[0]
    return f"{base}?{urlencode(settings.query(defaults=True))}"


def current(registry: Registry) -> tuple[Settings, list[str]]:
    """The settings of this run of the page, and what was wrong with the link that set them."""
    state, query = st.session_state, st.query_params.to_dict()
    kept: Settings | None = state.get(_KEPT)
    if kept is None or _changed_outside(query, kept, registry):
        kept, state[_PROBLEMS] = read(query, registry)
        _renew()
    settings = _from_widgets(kept, registry)
    if settings != kept:
        state[_PROBLEMS] = []
    data, problems = _data()
    state[_KEPT] = settings = replace(settings, data=data)
    return settings, [*state[_PROBLEMS], *problems]


def _data() -> tuple[Choice, list[str]]:
    """The data in use; the shipped one where the choice cannot be read, with the sentence that says so."""
    try:
        return datasets.chosen(), []
    except VeilbenchError as error:
        return Choice(), [str(error)]


def _changed_outside(query: dict[str, str], kept: Settings, registry: Registry) -> bool:
    """Whether the address is one that this page did not write: a link, or the back button."""
    written: list[dict[str, str]] = st.session_state.get(_SEEN, [])
    if not written:
        return bool(query)
    # A quick second click arrives with the address of before the first; the back button changes no widget.
    late = query in written and _from_widgets(kept, registry) != kept
    return bool(query != written[-1] and not late)


def publish(settings: Settings) -> None:
    """Put the settings in the address bar."""
    wanted = settings.query()
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
    st.session_state[_SEEN] = [*st.session_state.get(_SEEN, [])[-3:], wanted]


def hide_previous() -> None:
    """Leave the comparison."""
    st.session_state[_KEPT] = replace(st.session_state[_KEPT], prev=None)


def key(name: str) -> str:
    """The session key of a setting's widget; another for each round, so that its default counts again."""
    number = st.session_state.get(_ROUND, 0)
    return f"fyp.{name}" + (f".{number}" if number else "")


def _renew() -> None:
    """Begin a round: widgets take their values from the settings.

    A value put into the session instead would not reach a widget in a popover that was closed at the time.
    """
    if any(str(k).startswith("fyp.") for k in st.session_state):
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _from_widgets(kept: Settings, registry: Registry) -> Settings:
    """What the widgets say, and where one is not on the page, what was kept."""
    state = st.session_state
    user = state.get(key("user")) or kept.user
    stack = state.get(key("stack")) or kept.stack
    options = FypOptions(**{n: state.get(key(n), getattr(kept.options, n)) for n in _OPTIONS})
    params = {s: dict(p) for s, p in kept.params.items()}
    for name in fyp.offered(registry):
        for one, kind in fields_of(name, registry).items():
            value = state.get(key(f"{name}.{one}"))
            if value is not None and (value != getattr(kind, one) or one in params.get(name, {})):
                params.setdefault(name, {})[one] = value
    prev = kept.stack if stack != kept.stack else kept.prev
    return Settings(user, stack, None if prev == stack else prev, options, params, kept.data)


def read(query: Mapping[str, str], registry: Registry) -> tuple[Settings, list[str]]:
    """Settings from query parameters; each value that cannot be used is left at its default, with a sentence."""
    reader = _Reader(query, registry)
    options = FypOptions(**{n: v for n in _OPTIONS if (v := reader.value(n, FypOptions, n)) is not None})
    params: dict[str, dict[str, Any]] = {}
    for name in fyp.offered(registry):
        for one, kind in fields_of(name, registry).items():
            value = reader.value(f"{name}.{one}", kind, one)
            if value is not None:
                params.setdefault(name, {})[one] = value
    stack = reader.stack("stack") or Settings.stack
    prev = reader.stack("prev")
    settings = Settings(reader.user(), stack, None if prev == stack else prev, options, params)
    return settings, reader.finish()


class _Reader:
    """Takes query parameters one by one and gathers what is wrong with them."""

    def __init__(self, query: Mapping[str, str], registry: Registry) -> None:
        # Whoever types dp+he into an address sends "dp he": there a plus sign stands for a space.
        self._left = {k.replace(" ", "+"): v[:80] for k, v in query.items()}
        self._registry = registry
        self._problems: list[str] = []

    def value(self, name: str, kind: type[Any], param: str) -> Any:
        raw = self._left.pop(name, None)
        if raw is None:
            return None
        try:
            return getattr(build(kind, {param: raw}, owner="the link"), param)
        except VeilbenchError as error:
            self._refuse(error)
            return None

    def stack(self, name: str) -> str | None:
        raw = self._left.pop(name, None)
        if raw is None:
            return None
        raw = raw.replace(" ", "+") if raw.replace(" ", "+") in fyp.offered(self._registry) else raw
        try:
            self._registry.stack(raw)
        except VeilbenchError as error:
            self._refuse(error)
            return None
        return raw if raw in fyp.offered(self._registry) else None

    def user(self) -> str:
        raw = self._left.pop("user", Settings.user)
        if raw == OWN:
            return raw
        try:
            return fyp.world_of(RunRequest()).persona(raw).id
        except VeilbenchError as error:
            self._refuse(error)
            return Settings.user

    def finish(self) -> list[str]:
        unknown = [f"There is no setting named {name[:40]!r}." for name in self._left]
        return [f"{p} The link's value was left out." for p in self._problems] + unknown

    def _refuse(self, error: VeilbenchError) -> None:
        self._problems.append(str(error))
