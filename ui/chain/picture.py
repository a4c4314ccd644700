"""A story drawn: cards on lines, beside each other where there is room, one below the other on a phone."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from privacy.chains.picture import ALIKES, BETWEEN, CHANGES, THING, Card, Picture, drawn
from privacy.chains.story import Story
from ui.chain import words
from ui.kit.html import render


def picture(story: Story, names: Mapping[str, str]) -> str:
    """The picture as HTML; what it shows in words is its label, and the table below has every event."""
    found = drawn(story)
    cards = [_card(one, story, names) for one in found.cards]
    spoken = "From first to last: " + "; ".join(f"{one['title']} {one['which']}".strip() for one in cards)
    return render("chain/picture", picture=found, cards=cards, lines=_lines(found), spoken=spoken)


def _card(card: Card, story: Story, names: Mapping[str, str]) -> dict[str, Any]:
    events = [story.events[at] for at in card.events]
    link = which = note = ""
    if card.kind == THING:
        title, which, note = "Your search", words.short(story.what), "made by no event here"
    elif card.kind == CHANGES:
        title = f"{len(events)} changes"
        which = ", ".join(f"{count} {name}" for name, count in Counter(_last(one.name) for one in events).items())
    elif card.kind == ALIKES:
        title, which = f"{len(events):,} × {words.spaced(events[0].name)}", "alike"
    elif card.kind == BETWEEN:
        title, which = f"{len(events):,} events between", _most(Counter(words.spaced(one.name) for one in events))
    else:
        (one,) = events
        title, which = words.card_title(one)
        link = "0x" + (one.makes[0] if one.makes else one.transaction).hex()
        note = ", ".join(filter(None, (words.who(one, names), _clock(one.time))))
    if not note and events:
        note = " to ".join(dict.fromkeys((_clock(events[0].time), _clock(events[-1].time))))
    return {"card": card, "title": title, "which": which, "note": note, "link": link}


def _lines(found: Picture) -> list[dict[str, Any]]:
    """Each line with its ends, in the order in which styles take them."""
    made = []
    for before, after in found.lines:
        a, b = found.cards[before], found.cards[after]
        way = "level" if a.lane == b.lane else "down" if a.lane < b.lane else "up"
        turn = "straight" if a.track == b.track else "out" if a.track < b.track else "in"
        made.append({
            "a": a, "b": b, "way": way, "turn": turn, "top": min(a.lane, b.lane), "bottom": max(a.lane, b.lane),
            "left": min(a.track, b.track), "right": max(a.track, b.track),
        })  # fmt: skip
    return made


def _last(name: str) -> str:
    return words.spaced(name).split(" ")[-1]


def _most(found: "Counter[str]") -> str:
    return ", ".join(f"{count} {name}" for name, count in found.most_common(2))


def _clock(seconds: int | None) -> str:
    return words.when(seconds)[5:16] if seconds is not None else ""
