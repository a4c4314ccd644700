"""How far a round is on its chain, as a row of steps: what is done, what comes next, and the transaction of each."""

import time
from dataclasses import dataclass

from workloads.labeling.onchain.amounts import crol
from workloads.labeling.onchain.stage import (
    CANCELLED,
    COMMITTING,
    DISPUTED,
    DRAWN,
    FINAL,
    NONE,
    PROPOSED,
    SEALED,
    Stage,
    last,
)
from workloads.labeling.onchain.steps import Course

DONE, NOW, TODO, BAD = "done", "now", "todo", "bad"
_ROW = ("Open", "Committed", "Sealed", "Drawn", "Proposed", "Final")
_EVENTS = ("RoundOpened", "LabelsCommitted", "RoundSealed", "AuditDrawn", "RoundProposed", "RoundFinalized")
_REACHED = {NONE: 0, COMMITTING: 1, SEALED: 3, DRAWN: 4, PROPOSED: 5, DISPUTED: 4, FINAL: 6, CANCELLED: 6}
"""How many steps are done in a phase."""


@dataclass(frozen=True)
class Step:
    """One step of the row: `state` is done, now, todo or bad; `transaction` is empty where there is none yet."""

    name: str
    state: str
    note: str
    transaction: str = ""


def steps_of(course: Course, stage: Stage) -> list[Step]:
    """The row of a round. ChainError where the chain cannot be read."""
    reached = _REACHED[stage.phase]
    notes = _notes(course, stage)
    found = []
    for at, (name, event) in enumerate(zip(_ROW, _EVENTS, strict=True)):
        newest = last(course.town.rounds, event, course.terms.id) if at <= reached else None
        state = DONE if at < reached else NOW if at == reached else TODO
        found.append(Step(name, state, notes[at], f"0x{newest.log.transaction.hex()}" if newest else ""))
    if stage.phase == DISPUTED:
        found[4] = Step("Disputed", BAD, "settle the dispute, then propose again", found[4].transaction)
    if stage.phase == CANCELLED:
        return [found[0], Step("Cancelled", BAD, "nobody committed: the budget went back")]
    return found


def _notes(course: Course, stage: Stage) -> list[str]:
    """What is said of each step."""
    opened = stage.phase != NONE
    voters = len(course.voters())
    budget = f"{crol(stage.budget if opened else course.terms.budget)} CROL"
    redrawn = f", after {stage.redraws} that nobody drew in time" if stage.redraws else ""
    return [
        f"{budget} paid in" if opened else f"{budget} to be paid in",
        f"{stage.committed} labelers"
        if _past(stage, SEALED) or not voters
        else f"{stage.committed} of {voters} who voted",
        "no commitment left out" if _past(stage, SEALED) else f"until {clock(course.terms.until)} at the latest",
        f"by block {stage.drawn_by:,} and a seed fixed before{redrawn}" if _past(stage, SEALED) else "what is audited",
        f"{crol(stage.paid)} CROL" if _past(stage, PROPOSED) else "labels and pay",
        _last_note(stage),
    ]


def _last_note(stage: Stage) -> str:
    if stage.phase == FINAL:
        return "released: labelers claim"
    if stage.phase == PROPOSED:
        return f"disputes until {clock(stage.until)}"
    return f"after {stage.window:,} s for disputes" if stage.window else "after the window for disputes"


def _past(stage: Stage, phase: str) -> bool:
    return _REACHED[stage.phase] >= _REACHED[phase] and stage.phase != CANCELLED


def over(stage: Stage) -> bool:
    """Whether the window for disputes of a proposal is over, by the clock."""
    return stage.phase == PROPOSED and time.time() > stage.until


def clock(second: int) -> str:
    """A second since 1970 as people read it."""
    day = "%H:%M:%S" if abs(second - time.time()) < 12 * 3600 else "%d %b %H:%M"
    return time.strftime(f"{day} UTC", time.gmtime(second))
