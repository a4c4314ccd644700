"""What a simulated crowd is: sizes, skills, and the shares of those who are not honest."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from privacy.plugin import ParamError, UnknownNameError

HONEST, SLOPPY, SPAMMERS, LAZY = "honest", "sloppy", "spammers", "lazy"
COLLUDERS, GOLD_AWARE, TARGETED, COPYCATS, SLEEPERS = "colluders", "gold-aware", "targeted", "copycats", "sleepers"
KINDS = (HONEST, SLOPPY, SPAMMERS, LAZY, COLLUDERS, GOLD_AWARE, TARGETED, COPYCATS, SLEEPERS)
WORDS = {
    HONEST: "vote as well as they can",
    SLOPPY: "often do not look",
    SPAMMERS: "vote by chance",
    LAZY: "always give the most common class",
    COLLUDERS: "give one agreed wrong class a task",
    GOLD_AWARE: "are right on gold, and elsewhere give one agreed wrong class a task",
    TARGETED: "vote well, and lie together on some tasks alone",
    COPYCATS: "all give the vote of one careless labeler",
    SLEEPERS: "vote well at first, and collude later",
}
"""What each kind does, for a page."""


@dataclass(frozen=True)
class CrowdPlan:
    """A crowd. `shares` are of workers, by kind; the rest is honest.

    `votes` are a task's. `skill` is the Beta of honest skills. `gold` is the share of tasks whose class is known.
    `skew` draws classes apart: 0 for even ones. `alike` is the share of errors that go to a class's look-alike, `own`
    the share of honest workers with error rates of their own, `hard` that of tasks on which all err more. `uneven`
    draws apart how much workers vote. `targets` is the share of tasks that a targeted ring lies on.
    """

    tasks: int = 1000
    workers: int = 50
    classes: int = 5
    votes: int = 5
    shares: Mapping[str, float] = field(default_factory=dict)
    skill: tuple[float, float] = (8.0, 2.0)
    gold: float = 0.1
    skew: float = 0.0
    alike: float = 0.0
    own: float = 0.0
    hard: float = 0.0
    uneven: float = 0.0
    targets: float = 0.15

    def __post_init__(self) -> None:
        for kind in self.shares:
            if kind not in KINDS[1:]:
                raise UnknownNameError("kind of worker", kind, KINDS[1:])
        if min(self.shares.values(), default=0) < 0 or sum(self.shares.values()) > 1:
            raise ParamError("the shares of a crowd are below 0 or sum to more than 1", then="lower them")
        if self.tasks < 1 or self.classes < 2 or not 1 <= self.votes <= self.workers:
            what = "a crowd has tasks, at least two classes, and as many workers as a task has votes"
            raise ParamError(what, then="change one of these")
