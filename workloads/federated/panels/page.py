"""The page of training: devices, rounds and a stack; then the loss round by round, what leaks, and the model to try."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import streamlit as st

from privacy.plugin import MOST_SEED, Guarantee, ParamError, RunRequest, WorkloadSpec
from privacy.plugin.drawing import FAILED_ATTACK
from privacy.plugin.host import RunState, fields_of, offered, options_of
from privacy.plugin.rooms import Kept
from privacy.plugin.running import Registry, owners
from ui import resources
from ui.kit import attack, figure, form, guarantee, notice, servers_place
from ui.kit import format as f
from ui.kit.errors import guard
from ui.kit.html import markup, render
from ui.kit.link import Link, one_of
from ui.kit.stacks import title, usual_options
from ui.kit.tiles import strip, tile
from ui.rooms import choice, signing, versions
from ui.rooms.choice import Place
from workloads.federated import engine
from workloads.federated.panels import chart, keyboard
from workloads.federated.training import idle

ID = "federated"
_INTRO = (
    "<p class='vb'>Simulated devices train a model on their own data, such as what they typed. The data stays on the "
    "device. Each device sends an update of the model, and the stack decides who can read it. An update in the clear "
    "gives the data away.</p>"
)
_POLL = "700ms"
_KEPT, _FORK = "federated/runs", "federated/fork"
_TROUBLE = ("dropouts", "malicious", "poison", "rule")


def page() -> None:
    """Draw the page from its address."""
    idle.prepare(shared=True)
    registry = resources.registry()
    spec = registry.workload(ID)
    link = Link.enter(ID, lambda query: {k.replace(" ", "+"): v for k, v in query.items()})
    problems, request, place = st.container(), None, None
    with guard():
        request, place = _controls(link, registry, spec)
    with problems:
        notice.problems(link.problems())
    st.html(_INTRO)
    if request is not None:
        with guard():
            engine.check(options_of(request, registry), request, registry.stack(request.stack))
            _run(request, place, registry, spec)
    if place is not None:
        _panel(f"Versions of {place.room.name}", lambda: _versions(place, link))
    notice.device(spec)


def _controls(link: Link, registry: Registry, spec: WorkloadSpec) -> tuple[RunRequest, Place | None]:
    """The rows of controls; returns the request that they say, and the room that the page is in."""
    usual, of = usual_options(spec), owners(spec.options)
    main = [one.name for one in fields(spec.options) if one.metadata.get("main")]
    stacks = offered(spec, registry)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.title(spec.title, anchor=False, width="content")
        options = form.show({n: of[n] for n in main}, link, usual=usual)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        stack = st.segmented_control(
            "Stack", stacks, format_func=lambda s: title(registry, s), required=True,
            **link.bind("stack", RunRequest.stack, one_of(stacks, "stack")),
        )  # fmt: skip
        stack = stack or RunRequest.stack
        place = choice.popover(link)
        servers_place.popover()
        with st.popover("Trouble"):
            st.html("<p class='vb vb-note'>Let devices fall silent or be malicious, and see the effect.</p>")
            options |= form.show({n: of[n] for n in _TROUBLE}, link, usual=usual)
        with st.popover("Settings"):
            found = fields_of(stack, spec, registry)
            st.subheader(title(registry, stack), anchor=False)
            values = form.show(found, link, prefix=f"{stack}.")
            if not found:
                st.html("<p class='vb vb-dim'>This stack has nothing to set.</p>")
            st.subheader(spec.title, anchor=False)
            seed = st.number_input(
                "Seed", 0, MOST_SEED, step=1, help="Sets the randomness of typed text and starting weights, but "
                                                   "never of keys or noise.",
                **link.bind("seed", 0, _seed),
            )  # fmt: skip
            rest = {n: k for n, k in of.items() if n not in (*main, *_TROUBLE)}
            options |= form.show(rest, link, usual=usual)
        with st.popover("Link"):
            st.html("<p class='vb'>The link holds every setting on this page.</p>")
            st.code(link.whole(), language=None, wrap_lines=True)
    choice.enter(link)
    params = {n: v for n, v in values.items() if v != getattr(found[n], n)}
    return RunRequest(workload=ID, stack=stack, options=options, params=params, seed=int(seed)), place


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST_SEED:
        raise ParamError(f"the setting seed is {text[:40]!r}", then=f"give a whole number between 0 and {MOST_SEED}")
    return int(text)


def _run(request: RunRequest, place: Place | None, registry: Registry, spec: WorkloadSpec) -> None:
    """The training of a request: begin it, watch it, or what came of it."""
    kept: dict[str, str] = st.session_state.setdefault(_KEPT, {})
    room = place.names().as_dict() if place else {}
    key, jobs = request.key(*room.values()), resources.run_jobs()
    run = kept.get(key) or next(
        (s.id for s in jobs.all() if s.state == "done" and s.request == request.as_dict() and s.room == room), ""
    )  # fmt: skip
    state = jobs.get(run) if run else None
    if state is not None and state.state in ("queued", "running"):
        _watch(state, rounds=int(request.options["rounds"]))
        return
    done = state is not None and state.state == "done"
    if state is not None and not done:
        kept.pop(key, None)
        st.warning(f.markdown_text(state.error or f"The training was {state.state}; its finished rounds are kept."))
    if done and state is not None and place is not None:
        signing.show(place, _versions_of(state.record))
    if not done or place is not None:
        _begin(request, place, again=state is not None, key=key)
    if done and state is not None:
        kept[key] = state.id
        record = state.record or {}
        if record.get("failure"):
            st.error(f.markdown_text(str(record["failure"])))
        else:
            _shown(record, request, registry, spec)


def _begin(request: RunRequest, place: Place | None, *, again: bool, key: str) -> None:
    """The button that begins a training, and who cannot press it."""
    if place is not None and not place.trains:
        nobody = place.who is None or not place.role
        st.caption(
            "Sign in as a member of the room to train here."
            if nobody
            else "This account is not a member of the room yet."
        )
        return
    words = f"Train in {place.room.name}" if place else "Train"
    if again:
        words = f"Train on in {place.room.name}" if place else "Continue the training"
    if st.button(f.markdown_text(words), key="federated.train", type="primary"):
        fork = st.session_state.pop(f"{_FORK}/{place.room.id.hex()}", "") if place else ""
        names = place.names(parent=fork).as_dict() if place else None
        run = resources.run_jobs().start(request, room=names).id
        st.session_state[_KEPT][key] = run
        st.rerun()


def _watch(state: RunState, *, rounds: int) -> None:
    """The rounds as they end, polled; one rerun of the page when the training is over."""

    @st.fragment(run_every=_POLL, key="federated watch")
    def poll() -> None:
        jobs = resources.run_jobs()
        now, latest = jobs.get(state.id), jobs.latest(state.id)
        if now.state not in ("queued", "running"):
            st.rerun()
        history = latest["settings"]["history"] if latest else []
        ended = max(0, len(history) - 1)
        st.progress(ended / rounds, text=f.markdown_text(now.label or engine.starts(state.request)))
        if st.button("Cancel", key="federated.cancel", help="Finished rounds are kept."):
            jobs.cancel(state.id)
            st.rerun()
        if latest:
            figure.show(chart.loss([row["nll"] for row in history]))
            _table(history, latest["committed"])

    poll()


def _table(history: list[dict[str, Any]], committed: list[dict[str, Any]]) -> None:
    gas = {one["model"]: one["gas"] for one in committed if "unsigned" not in one}
    rows = [row | {"round": at, "gas": gas.get(row["version"])} for at, row in enumerate(history)]
    st.html(render("federated/panels/rounds", rows=rows[::-1]))


def _shown(record: dict[str, Any], request: RunRequest, registry: Registry, spec: WorkloadSpec) -> None:
    """What came of a training, panel by panel."""
    found = {one["key"]: one["value"] for one in record["metrics"]}
    units = {one["key"]: one["unit"] for one in record["metrics"]}
    history = record["settings"]["history"]
    committed = _versions_of(record)
    st.html(render("federated/panels/top", tiles=markup(strip(_tiles(found, history, units)))))
    left, right = st.columns([6, 5], gap="medium")
    with left:
        _panel("Round by round", lambda: _rounds(history, committed))
        before, after = history[0]["version"], history[-1]["version"]
        if record["settings"]["model"] == "words":
            _panel("Try the model", lambda: keyboard.show(request, registry, before=before, after=after))
    with right:
        _panel("What the aggregator reads", lambda: _words(request, registry))
        whole = Guarantee.from_dict(record["guarantee"])
        _panel("Guarantee", lambda: st.html(f"<div class='vb'>{guarantee.rows(whole)}</div>"))
        _panel("Notes", lambda: st.html(render("federated/panels/notes", notes=record["notes"])))


def _versions_of(record: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """What a training committed to its room, or has for a wallet to sign."""
    found: list[dict[str, Any]] = (record or {}).get("settings", {}).get("room", {}).get("versions", [])
    return found


def _rounds(history: list[dict[str, Any]], committed: list[dict[str, Any]]) -> None:
    clean = [row["clean"] for row in history[1:] if "clean" in row]
    figure.show(chart.loss([row["nll"] for row in history], clean=[history[0]["nll"], *clean] if clean else ()))
    _table(history, committed)


def _versions(place: Place, link: Link) -> None:
    def draw(line: Sequence[Kept]) -> None:
        losses = [one.record.metrics["nll"] for one in line if one.record and "nll" in one.record.metrics]
        if len(losses) > 1:
            figure.show(chart.loss(losses, first=line[-1].version.round - len(losses) + 1))

    def begin(one: Kept) -> None:
        st.session_state[f"{_FORK}/{place.room.id.hex()}"] = one.version.id.hex()
        st.toast(f"The next training begins from round {one.version.round}.")

    versions.show(place, names={"nll": "Loss", "right": "Right"}, draw=draw, begin=begin)


def _tiles(found: dict[str, float], history: list[dict[str, Any]], units: dict[str, str]) -> list[str]:
    seconds = [row["seconds"] for row in history[1:]]
    tiles = [
        tile("Loss", f"{found['nll_before']:.3f} → {found['nll']:.3f}", f"{units['nll']}, held out; lower is better"),
        tile("Right", f.percent(found["right"]), "of what it was measured on"),
        tile("A round", f.seconds(sum(seconds) / max(len(seconds), 1)), f"{len(seconds)} rounds, measured"),
        tile("A device sends", f.size(found["bytes_up"]), "in the last round, measured"),
    ]
    if (clean := found.get("nll_clean")) is not None:
        tiles[2] = tile("With nobody malicious", f"{clean:.3f}", f"{units['nll']}, by the same training, measured")
    return tiles


def _words(request: RunRequest, registry: Registry) -> None:
    """The attack: the words of three devices as the aggregator reads them, and how many are right."""
    jobs = resources.evaluations()
    now = jobs.snapshot(request, registry)
    if now.state == "done" and now.result is not None:
        metrics = {one.key: one for one in now.result.metrics}
        st.html(
            render("federated/panels/words", extra=now.result.extra, metrics=metrics, failed=FAILED_ATTACK)
        )  # fmt: skip
    elif now.state in ("cancelled", "failed"):
        attack.stopped(now, request, registry, jobs)
    else:
        attack.watch(request, registry, jobs)


def _panel(heading: str, draw: Callable[[], object]) -> None:
    """One framed panel, whose failure leaves the others alone."""
    with st.container(border=True, gap="small"):
        st.subheader(heading, anchor=False)
        with guard():
            draw()
