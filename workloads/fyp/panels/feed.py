"""The feed: ten cards, and for each how it moved against the previous feed."""

import streamlit as st

from ui.kit import format as f
from workloads.fyp.feed import FeedRun
from workloads.fyp.verdict import Move
from workloads.fyp.world import World

_MARKS = {"same": "= same", "up": "▲ up {}", "down": "▼ down {}", "new": "✚ new"}


def show(run: FeedRun, world: World, moved: list[Move] | None = None) -> None:
    """List the cards of `run`; `moved` marks them against the feed beside it."""
    rows = []
    for rank, (item, card) in enumerate(zip(run.shown, run.cards, strict=True), 1):
        move = moved[rank - 1] if moved else None
        who = _who(card, profile=world.catalogue.kind == "profiles")
        rows.append(f"<li><span class='vb-rank'>{rank}</span>{who}{_side(card, world, item, move)}</li>")
    st.html(f"<div class='vb'><ol class='vb-feed' aria-label='Feed'>{''.join(rows)}</ol></div>")


def _who(card: dict[str, object], *, profile: bool = True) -> str:
    handle = f"{'@' if profile else ''}{f.text(card['account_id'])}"
    bio = " ".join(str(card["biography"] or "").split()) or "–"
    verified = " <span title='verified' aria-label='verified'>✓</span>" if card["is_verified"] else ""
    return (
        "<div style='min-width:0'><div class='vb-line'>"
        f"<span class='vb-name' dir='auto'>{f.text(card['nickname'] or '(no name)')}{verified}</span>"
        f"<span class='vb-handle'>{handle}</span></div>"
        f"<div class='vb-bio' dir='auto' title='{f.text(bio)}'>{f.text(bio)}</div></div>"
    )


def _side(card: dict[str, object], world: World, item: int, move: Move | None) -> str:
    line = f"<span class='vb-dim vb-num vb-fact'>{_facts(card, world)}</span>"
    if move:
        line = f"<span class='vb-mark {move.mark}'>{_MARKS[move.mark].format(move.by)}</span>"
    return f"<div class='vb-side'><span class='vb-topic'>{f.text(world.topic(item))}</span>{line}</div>"


def _facts(card: dict[str, object], world: World) -> str:
    """The followers of a profile; of an item of other data, the first of its numbers, with all in the tooltip."""
    if world.catalogue.kind == "profiles":
        return f"{f.count(float(str(card['followers'] or 0)))} followers"
    facts = card["facts"]
    said = [f"{name} {value}" for name, value in facts] if isinstance(facts, list | tuple) else []
    return f"<span title='{f.text(', '.join(said))}'>{f.text(said[0])}</span>" if said else ""


def comparison(moved: list[Move], before: str, now: str) -> None:
    """Say in one line how two feeds differ."""
    same = sum(m.mark == "same" for m in moved)
    new = sum(m.mark == "new" for m in moved)
    text = f"{same} of {len(moved)} cards keep their place, {new} are new."
    if same == len(moved):
        text = f"The same {same} cards in the same order."
    st.html(f"<p class='vb vb-dim'><b>{f.text(before)} → {f.text(now)}:</b> {text}</p>")
