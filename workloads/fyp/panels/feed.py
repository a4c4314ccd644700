"""The feed: ten cards, and for each how it moved against the previous feed."""

from typing import Any

import streamlit as st

from ui.kit import format as f
from ui.kit.html import piece
from workloads.fyp.round import FeedRound
from workloads.fyp.verdict import Move
from workloads.fyp.world import World

Titled = tuple[str, FeedRound]
"""A feed, and the name of its stack."""

_MARKS = {"same": "= same", "up": "▲ up {}", "down": "▼ down {}", "new": "✚ new"}


def show(run: FeedRound, world: World, moved: list[Move] | None = None) -> None:
    """List the cards of `run`; `moved` marks them against the feed beside it."""
    rows = []
    for rank, (item, card) in enumerate(zip(run.shown, run.cards, strict=True), 1):
        kind, topic = world.catalogue.kind == "profiles", world.topic(item)
        rows.append(row(rank, card, topic, moved[rank - 1] if moved else None, profile=kind))
    st.html(piece("fyp/panels/feed", "feed", rows))


def row(rank: int, card: dict[str, object], topic: str, move: Move | None, *, profile: bool) -> dict[str, Any]:
    """What the template says of one card."""
    fact, tip = _facts(card, profile=profile)
    return {
        "rank": rank, "card": card, "bio": " ".join(str(card["biography"] or "").split()) or "–", "topic": topic,
        "profile": profile, "mark": move.mark if move else "", "fact": fact, "tip": tip,
        "moved": _MARKS[move.mark].format(move.by) if move else "",
    }  # fmt: skip


def _facts(card: dict[str, object], *, profile: bool) -> tuple[str, str]:
    """The followers of a profile; of an item of other data, the first of its numbers, and all for the tooltip."""
    if profile:
        return f"{f.count(float(str(card['followers'] or 0)))} followers", ""
    facts = card["facts"]
    words = [f"{name} {value}" for name, value in facts] if isinstance(facts, list | tuple) else []
    return (words[0], ", ".join(words)) if words else ("", "")


def comparison(moved: list[Move], before: Titled, now: Titled, *, items: int) -> None:
    """Say in one line how two feeds differ, and why where they do not."""
    same = sum(m.mark == "same" for m in moved)
    new = sum(m.mark == "new" for m in moved)
    text = f"{same} of {len(moved)} cards keep their place, {new} are new."
    if same == len(moved):
        text = f"The same {same} cards in the same order. {_why(before[1], now[1], items)}"
    st.html(piece("fyp/panels/feed", "comparison", before[0], now[0], text))


def _why(before: FeedRound, now: FeedRound, items: int) -> str:
    """Why two feeds of one person are alike."""
    noised = [run for run in (before, now) if run.randomised]
    if not noised:
        return "Both rank by the same scores. They differ in cost and in who can read the taste."
    if before.sent == now.sent:
        return "Both come from the same released value. They differ in cost and in who can read it."
    fetched = noised[0].fetched
    if fetched >= items:
        return f"All {items:,} items are fetched and ranked on the device. With so few, noise changes no feed."
    return (
        f"This taste's best cards were all among the {fetched:,} candidates of {items:,}, so noise changed nothing "
        f"here. Cost shows its effect over many people."
    )
