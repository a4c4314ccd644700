"""The strip above a feed: time, bytes, and what the attacker reads, at one glance."""

import streamlit as st

from privacy.plugin.host import Snapshot
from ui.kit import format as f
from ui.kit.html import markup, render
from ui.kit.tiles import strip, tile
from workloads.fyp.panels import attack
from workloads.fyp.round import FeedRound
from workloads.fyp.verdict import Outcome, Verdict
from workloads.fyp.world import World

_TITLES = {"scoring": "Attack: scoring", "whole": "Attack: whole view"}
_MARKS: dict[Outcome, str] = {"reads it": "●", "at chance": "■", "not settled": "◆", "too few to tell": "–"}
_TONES: dict[Outcome, str] = {"reads it": "bad", "at chance": "good", "not settled": "", "too few to tell": ""}
_WAITING = {"running": "measuring …", "absent": "measuring …", "cancelled": "cancelled", "failed": "failed"}


def heading(label: str, title: str, flags: str) -> None:
    """Which feed this is, and beside it what one must know of it first (`flags` is HTML)."""
    st.html(render("fyp/panels/heading", label=label, title=title, flags=markup(flags)))


def show(run: FeedRound, world: World, snapshot: Snapshot) -> None:
    """Four tiles: time, bytes, and the attack on each view of one server."""
    verdicts = [v for v in attack.judged(run, snapshot) if v.view in _TITLES]
    tiles = [
        tile("Time", f"{_of(run, 'client_seconds')} device", f"{_of(run, 'server_seconds')} servers"),
        tile("Bytes up, down", f"↑ {_of(run, 'bytes_up')}", f"↓ {_of(run, 'bytes_down')}{_once(run)}"),
    ]
    if verdicts:
        tiles += [_verdict(v, world) for v in verdicts]
    else:
        waiting = _WAITING.get(snapshot.state, "")
        tiles += [tile(title, waiting, "the feed does not wait") for title in _TITLES.values()]
    st.html(f"<div class='vb vb-box'>{strip(tiles)}</div>")


def _of(run: FeedRound, key: str) -> str:
    metric = run.metric(key)
    return f.figure(metric) if metric else "–"


def _once(run: FeedRound) -> str:
    """What was downloaded at set-up, where it was more than nothing."""
    metric = run.metric("bytes_setup")
    return f", once {f.figure(metric)}" if metric and metric.value else ""


def _verdict(verdict: Verdict, world: World) -> str:
    """The person shown first, then many others, of the same thing: the favourite topic."""
    title, outcome, named = _TITLES[verdict.view], verdict.topic_outcome, verdict.topic_named
    if outcome == "no verdict":
        return tile(title, "no verdict", "see Attack for the reason")
    others = ""
    if named is not None and named.value is not None and named.chance is not None:
        others = f"others: {f.percent(named.value)} right, by chance {f.percent(named.chance)}"
    if verdict.guessed_topic is None:
        return tile(title, f"{_MARKS[outcome]} {outcome}", others, _TONES[outcome])
    said = f"{_MARKS[outcome]} says {world.features.topic_labels[verdict.guessed_topic]}"
    if verdict.true_topic is not None:
        said += ": right" if verdict.guessed_topic == verdict.true_topic else ": wrong"
    return tile(title, said, f"{outcome}; {others}", _TONES[outcome])
