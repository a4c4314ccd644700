"""What may be said of the guarantees of other people's backends: declared, and how they were checked here."""

from privacy.errors import VeilbenchError
from privacy.registry import Registry
from privacy.services.checks import sentence
from ui.kit import format as f


def note(stack: str, registry: Registry) -> str:
    """One line for each member of a stack that is not built in, as HTML; empty where all are."""
    rows = {entry.id: entry for entry in registry.entries if not entry.builtin and entry.spec}
    try:
        members = registry.members(stack)
    except VeilbenchError:
        return ""
    return "".join(
        f"<p class='vb-note'><b>{f.text(one.title)}</b> comes from {f.text(rows[one.id].origin)}. Its guarantee is "
        f"{f.text(sentence(rows[one.id]))}.</p>"
        for one in members
        if one.id in rows
    )
