"""How long a page takes to redraw for 50 people at once: `python tools/rerun_latency.py [--sessions 50] [--json]`.

It starts the app with a state folder of its own. Each session holds a page's WebSocket open and speaks Streamlit's
protocol as the page in a browser does: it changes a control of the page every `--think` seconds on average, and asks
for the fragments that redraw themselves. One more session keeps a comparison running all the while. A rerun is timed
from the message that a browser sends to the message that its script has finished; drawing in the browser is not in it.
"""

import argparse
import asyncio
import json
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from screenshots import serve
from websockets.asyncio.client import ClientConnection, connect

# What a person changes on each page, by its widget's key without the round (see ui/kit/link.py), between which values.
CHANGES = {
    "fyp": ("fyp.stack", ["Plain", "HE"]),
    "server": ("server.stack", ["Plain", "HE"]),
    "compare": ("compare.option.user", []),
    "sandwich": ("epsilon", []),
    "plugins": ("", []),
    "": ("", []),
}
RUN, CANCEL = "compare run", "compare cancel"
PATIENCE = 30.0
LONG = "workload=fyp&stacks=plain,local,he,dp&option.cohort=1000&seed={seed}"


@dataclass
class Session:
    """One browser tab, as the server sees it."""

    page: str
    socket: ClientConnection
    query: str = ""
    choices: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    chosen: dict[str, tuple[str, str]] = field(default_factory=dict)
    polls: dict[str, float] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    fragments: list[float] = field(default_factory=list)

    def widget(self, key: str) -> str:
        """The id of the widget of this key that is on the page now, in whichever round; empty where there is none."""
        named = re.compile(rf"-{re.escape(key)}(\.\d+)?$")
        return next((w for w in self.choices if named.search(w)), "") if key else ""

    async def rerun(self, *, press: str = "", fragment: str = "") -> float:
        """Ask for a rerun, of a fragment or of the page, and read all that it draws; milliseconds."""
        from streamlit.proto.BackMsg_pb2 import BackMsg

        message = BackMsg()
        ask = message.rerun_script
        ask.page_name, ask.query_string, ask.fragment_id = self.page, self.query, fragment
        ask.is_auto_rerun = bool(fragment)
        if press:
            ask.widget_states.widgets.add(id=press, trigger_value=True)
        for widget, (kind, value) in self.chosen.items():
            state = ask.widget_states.widgets.add(id=widget)
            if kind == "selectbox":
                state.string_value = value
            else:
                state.string_array_value.data.append(value)
        began = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE):
                await self.socket.send(message.SerializeToString())
                while await self._read():
                    pass
        except TimeoutError:
            raise SystemExit(f"the page {self.page or 'home'} was not drawn within {PATIENCE:g} s") from None
        return 1000 * (time.perf_counter() - began)

    async def _read(self) -> bool:
        """Take one message in; False when the script has finished."""
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        message = ForwardMsg()
        message.ParseFromString(bytes(await self.socket.recv(decode=False)))
        what = message.WhichOneof("type")
        if what == "delta":
            element = message.delta.new_element
            kind = element.WhichOneof("type") or ""
            if kind in ("selectbox", "button_group", "button"):
                one = getattr(element, kind)
                options = getattr(one, "options", [])
                self.choices[one.id] = (kind, [getattr(o, "content", o) for o in options])
        elif what == "new_session" and not message.metadata.run.fragment_ids:
            # A fragment may end in a rerun of the page: what was drawn before is gone, its fragments too.
            self.choices, self.polls = {}, {}
        elif what == "page_info_changed":
            # The page wrote its settings in the address: a browser comes back with them.
            self.query = message.page_info_changed.query_string
        elif what == "auto_rerun":
            self.polls[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif what == "stop_auto_rerun":
            for one in message.stop_auto_rerun.fragment_ids:
                self.polls.pop(one, None)
        elif what == "page_not_found":
            raise SystemExit(f"there is no page {self.page!r}")
        elif what == "session_event" and message.session_event.WhichOneof("type") == "script_compilation_exception":
            raise SystemExit(f"the page {self.page or 'home'} does not compile")
        # Status 2: the script was told to begin again; what it finishes with comes later.
        return not (what == "script_finished" and message.script_finished != 2)

    def change(self, rng: random.Random) -> None:
        """Choose another value of what the page lets one change."""
        key, values = CHANGES[self.page]
        if not (widget := self.widget(key)):
            return
        kind, options = self.choices[widget]
        others = [o for o in options if (not values or o in values) and o != self.chosen.get(widget, ("", ""))[1]]
        if others:
            self.chosen = {widget: (kind, rng.choice(others))}


async def visit(session: Session, *, think: float, until: float, rng: random.Random) -> None:
    """A person on a page: looks, changes something, looks again; fragments redraw themselves in between."""
    clock = asyncio.get_running_loop().time
    due = clock() + rng.expovariate(1 / think)
    polled = dict.fromkeys(session.polls, clock())
    while clock() < until:
        fragment = min(session.polls, key=lambda p: polled.get(p, 0.0) + session.polls[p], default="")
        next_poll = polled.get(fragment, clock()) + session.polls[fragment] if fragment else due
        await asyncio.sleep(max(0.0, min(due, next_poll, until) - clock()))
        if fragment and next_poll < due:
            session.fragments.append(await session.rerun(fragment=fragment))
            polled[fragment] = clock()
        elif clock() >= due:
            session.change(rng)
            session.times.append(await session.rerun())
            due = clock() + rng.expovariate(1 / think)


async def keep_running(session: Session, *, until: float) -> float:
    """Start one comparison after another, and watch; seconds in which one was running."""
    clock, seed, busy = asyncio.get_running_loop().time, 0, 0.0
    while (began := clock()) < until:
        if not session.widget(CANCEL):
            seed += 1
            session.query = LONG.format(seed=seed)
            await session.rerun()
            if not (button := session.widget(RUN)):
                continue
            await session.rerun(press=button)
        await asyncio.sleep(1.0)
        for fragment in list(session.polls):
            await session.rerun(fragment=fragment)
        if session.widget(CANCEL):
            busy += clock() - began
        await session.rerun()
    return busy


async def measure(url: str, *, sessions: int, seconds: float, think: float, seed: int) -> dict[str, Any]:
    """Open all sessions, warm them up, and time their reruns while a comparison runs."""
    rng = random.Random(seed)
    pages = [list(CHANGES)[i % len(CHANGES)] for i in range(sessions)]
    address = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
    opened = [Session(p, await connect(address, subprotocols=["streamlit"], max_size=None)) for p in pages]  # type: ignore[list-item]
    runner = Session("compare", await connect(address, subprotocols=["streamlit"], max_size=None))  # type: ignore[list-item]
    for one in opened:
        await one.rerun()
        for _ in range(3):
            one.change(rng)
            await one.rerun()
    began = asyncio.get_running_loop().time()
    long = asyncio.create_task(keep_running(runner, until=began + seconds + 4))
    await asyncio.sleep(3)
    until = asyncio.get_running_loop().time() + seconds
    people = [visit(s, think=think, until=until, rng=random.Random(rng.random())) for s in opened]
    await asyncio.gather(*people)
    busy = await long
    for one in (*opened, runner):
        await one.socket.close()
    by_page = {p or "home": [t for s in opened if s.page == p for t in s.times] for p in CHANGES}
    return {
        "sessions": sessions, "seconds": seconds, "think_seconds": think, "cores": os.cpu_count(),
        "long_run_share": min(1.0, busy / (seconds + 4)),
        "reruns": quantiles([t for s in opened for t in s.times]),
        "fragments": quantiles([t for s in opened for t in s.fragments]),
        "pages": {page: quantiles(times) for page, times in by_page.items()},
    }  # fmt: skip


def quantiles(times: list[float]) -> dict[str, float]:
    """How many, and milliseconds at the median and further up."""
    if len(times) < 2:
        return {"n": len(times)}
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    named = {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "most": max(times)}
    return {"n": len(times)} | {name: round(value, 1) for name, value in named.items()}


@contextmanager
def served(url: str) -> Iterator[str]:
    """The app at `url`, or one of our own for as long as this lasts."""
    if url:
        yield url
        return
    with tempfile.TemporaryDirectory() as home:
        process, own = serve(home)
        try:
            yield own
        finally:
            process.terminate()
            process.wait(30)


def main() -> int:
    """Measure and print; exit 1 where the 95th percentile is above `--limit`."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--sessions", type=int, default=50)
    options.add_argument("--seconds", type=float, default=60.0, help="how long to measure")
    options.add_argument(
        "--think", type=float, default=5.0, help="seconds between two changes of one person, on average"
    )
    options.add_argument("--seed", type=int, default=1, help="of who changes what, and when")
    options.add_argument("--limit", type=float, default=50.0, help="milliseconds that 95 of 100 reruns may take")
    options.add_argument("--url", default="", help="an app that runs already, instead of one of its own")
    options.add_argument("--json", action="store_true", help="print one JSON document")
    given = options.parse_args()
    with served(given.url) as url:
        found = asyncio.run(
            measure(url, sessions=given.sessions, seconds=given.seconds, think=given.think, seed=given.seed)
        )
    if given.json:
        print(json.dumps(found, indent=2))
    else:
        for name, row in {"all reruns": found["reruns"], "fragments": found["fragments"], **found["pages"]}.items():
            print(f"{name:<12}" + "  ".join(f"{key} {value:g}" for key, value in row.items()))
        print(f"a comparison was running {found['long_run_share']:.0%} of the time")
    return 0 if found["reruns"].get("p95", 1e9) <= given.limit and found["long_run_share"] > 0.8 else 1


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main())
