"""What may be said of the guarantees of other people's backends: declared, and how they were checked here."""

from typing import NamedTuple

from privacy.errors import VeilbenchError
from privacy.registry import Registry
from privacy.services.checks import sentence
from ui.kit.html import render


class Stranger(NamedTuple):
    """A backend that is not built in: its title, where it comes from, and what its guarantee is worth."""

    title: str
    origin: str
    sentence: str


def foreign(stack: str, registry: Registry) -> list[Stranger]:
    """The members of a stack that are not built in."""
    rows = {entry.id: entry for entry in registry.entries if not entry.builtin and entry.spec}
    try:
        members = registry.members(stack)
    except VeilbenchError:
        return []
    return [Stranger(one.title, rows[one.id].origin, sentence(rows[one.id])) for one in members if one.id in rows]


def note(stack: str, registry: Registry) -> str:
    """One line for each of them, as HTML; empty where all are built in."""
    return render("plugins/note", foreign=foreign(stack, registry))
