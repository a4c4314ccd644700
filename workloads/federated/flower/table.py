"""The rounds of a training as lines of text."""

from typing import Any


def shown(record: Any) -> str:
    """A line for each version: loss, right guesses, how many updates are in its sum, who is not, and its record."""
    history = record.settings.get("history", [])
    room = record.settings.get("room", {}).get("versions", [])
    committed = {one["model"]: one for one in room}
    lines = [f"{'round':<6}{'loss':<9}{'right':<8}{'in the sum':<12}{'seconds':<9}{'version':<18}{'record':<18}block"]
    for at, row in enumerate(history):
        entry = committed.get(row["version"])
        where = (entry["record"][:15] + "…", str(entry["block"])) if entry else ("", "")
        lines.append(
            f"{at:<6}{row['nll']:<9.4f}{row['right']:<8.3f}{row.get('included', '')!s:<12}"
            f"{row.get('seconds', 0.0):<9.1f}{row['version'][:15] + '…':<18}{where[0]:<18}{where[1]}"
        )
        lines += [f"      {name}: {why}" for name, why in row.get("refused", {}).items()]
    return "\n".join(lines)
