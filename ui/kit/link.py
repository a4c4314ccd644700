"""The settings of a page and its address: the address is the truth, and every change of a widget writes it.

Streamlit's own binding replaces the address at each change, so that the back button would leave the page (see
docs/decisions/0019). Here a change is an entry of the history: Back returns to the setting before.

    link = Link.enter("compare")
    stack = st.selectbox("Backend", names, **link.bind("stack", "plain", one_of(names, "stack")))
    notice.problems(link.problems())
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from privacy.errors import UnknownNameError, VeilbenchError

Read = Callable[[str], Any]
_LONGEST = 400
_AT, _CAME = "link/at", "link/came"


class Link:
    """The address of one page in this run of it."""

    def __init__(self, page: str) -> None:
        self.page, self._problems = page, list[str]()
        self._usual: dict[str, Any] = {}
        self.query = {k: v[:_LONGEST] for k, v in st.query_params.to_dict().items()}

    @classmethod
    def enter(cls, page: str, mend: Callable[[Mapping[str, str]], Mapping[str, str]] = dict) -> "Link":
        """Begin a run of a page. `mend` turns an address of the version before into one of this.

        Whoever comes back to a page by its tab finds it as it was left. Widgets start again where the address changed
        from outside: one in a popover that was closed would keep its old value.
        """
        state = st.session_state
        if state.get(_CAME) and not st.query_params and state.get(f"{page}/written"):
            st.query_params.from_dict(state[f"{page}/written"])
        query = st.query_params.to_dict()
        if (mended := dict(mend(query))) != query:
            st.query_params.from_dict(mended)
        if st.query_params.to_dict() != state.get(f"{page}/written"):
            state[f"{page}/round"] = state.get(f"{page}/round", -1) + 1
            state[f"{page}/written"] = st.query_params.to_dict()
        return cls(page)

    def key(self, name: str) -> str:
        """The session key of a setting's widget."""
        return f"{self.page}.{name}.{st.session_state.get(f'{self.page}/round', 0)}"

    def bind(
        self, name: str, usual: Any, read: Read, *, drop: Sequence[str] = (), then: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """What a widget of this setting is given. Its value is that of the address, else `usual`.

        `read` makes the value of the address's text; a VeilbenchError says what is wrong with it, and the usual value
        stands. A change drops settings that begin with one of `drop`, as they belong to what was chosen before, and
        sets those of `then`.
        """
        self._usual[name] = usual
        value = self.value(name, usual, read)
        if st.session_state.get(self.key(name), _NOTHING) != value:
            st.session_state[self.key(name)] = value
        return {"key": self.key(name), "on_change": _publish, "args": (self, tuple(drop), then)}

    def value(self, name: str, usual: Any, read: Read) -> Any:
        """The value of a setting by the address, without a widget."""
        self._usual.setdefault(name, usual)
        text = self.query.get(name)
        if text is None:
            return usual
        try:
            return read(text)
        except VeilbenchError as error:
            self._problems.append(f"{error} The link's value was left out.")
            return usual

    def set(self, **values: str) -> None:
        """Change settings that have no widget; for a button's callback."""
        _publish(self, (), values)

    def go(self, **values: str) -> None:
        """Change settings that have widgets, which all start again: one in a popover that is being closed would send
        its old value back. For the end of a run in which every setting was bound; rerun the page after it.
        """
        _publish(self, (), values)
        st.session_state.pop(f"{self.page}/written")

    def known(self, *names: str) -> None:
        """Settings that may stand in the address although nothing is bound to them now."""
        for name in names:
            self._usual.setdefault(name, None)

    def refuse(self, sentence: str) -> None:
        """Note what else is wrong with the link."""
        self._problems.append(sentence)

    def problems(self) -> list[str]:
        """What the link wanted and cannot get, once every setting was bound."""
        unknown = [name for name in self.query if name not in self._usual]
        return [*dict.fromkeys(self._problems), *(f"There is no setting named {name[:40]!r}." for name in unknown)]

    def whole(self, more: Mapping[str, str] | None = None) -> str:
        """The address that reproduces every setting: a default may change, a link must not."""
        values = {n: _text(st.session_state.get(self.key(n), u)) for n, u in self._usual.items()}
        found = {n: t for n, t in sorted((values | dict(more or {})).items()) if t}
        return f"{(st.context.url or '').split('?')[0]}?{urlencode(found)}"


def arrive(screen: str) -> None:
    """Note which screen is shown, before it is drawn: an address without settings may be a return to it."""
    st.session_state[_CAME] = st.session_state.get(_AT) not in (None, screen)
    st.session_state[_AT] = screen


def anew(screen: str) -> None:
    """Take every setting of a screen out of its address, for a button's callback: it begins with the usual ones."""
    st.query_params.clear()
    st.session_state.pop(f"{screen}/written", None)


_NOTHING = object()


def _publish(link: Link, drop: Sequence[str], then: Mapping[str, str] | None = None) -> None:
    """Put all settings in the address, as a quick second click arrives with the address of before the first."""
    state = st.session_state
    values = {n: state.get(link.key(n), link.value(n, u, str)) for n, u in link._usual.items()}
    values |= then or {}
    kept = {n: v for n, v in values.items() if v != link._usual.get(n) and not n.startswith(tuple(drop) or ("\0",))}
    wanted = {n: _text(v) for n, v in sorted(kept.items()) if v not in (None, "")}
    st.query_params.from_dict(wanted)
    state[f"{link.page}/written"] = wanted


def goto(query: Mapping[str, str]) -> None:
    """Make another address that of this page, as a link to it would."""
    st.query_params.from_dict(query)


def one_of(names: Sequence[str], thing: str) -> Read:
    """Reads one of some names. Whoever types dp+he into an address sends "dp he": there a plus stands for a space."""

    def read(text: str) -> str:
        for name in (text, text.replace(" ", "+")):
            if name in names:
                return name
        raise UnknownNameError(thing, text[:40], names)

    return read


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(_text(v) for v in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return "" if value is None else str(value)
