"""Labeling: a crowd votes on items, votes are only ever counted, and a consensus makes labels of them."""

from collections.abc import Iterator, Mapping

from privacy.plugin import (
    OPEN,
    RELEASED,
    Account,
    Case,
    Findings,
    Held,
    RunRequest,
    Seats,
    Stack,
    Tell,
    Value,
    Workload,
)
from workloads.labeling.attacks.run import attacked
from workloads.labeling.found import data_hash, find
from workloads.labeling.measure import LabelingRound, round_of
from workloads.labeling.options import LabelingOptions
from workloads.labeling.tally import Labeling, count, read


class LabelingWorkload(Workload):
    """Votes of a crowd on classes."""

    round_class = LabelingRound

    def open(
        self, request: RunRequest, stack: Stack, options: LabelingOptions, *, tell: Tell, private: object = None
    ) -> Case:
        """Open the votes, simulated or of a file. It has no input beside them."""
        found = find(request, options, tell=tell)
        labeling = read(options, found, stack)
        return Case(request, stack, options, found.data_hash, labeling, simulated=found.simulated)

    def data_hash(self, request: RunRequest, options: LabelingOptions) -> str:
        """That of the files' bytes, or of what the crowd is drawn from."""
        return data_hash(request, options)

    def account(self, case: Case) -> Account:
        """That of the votes: all countings of them draw on one."""
        return Account(f"labeling of {case.data_hash[:16]}", simulated=case.simulated)

    def rounds(self, case: Case, seats: Seats) -> Iterator[LabelingRound]:
        """One: every vote counted, and the labels."""
        counted = count(case.inner, seats, seed=case.request.seed)
        yield round_of(counted, seats.channel.transcript, stack=case.request.stack, seed=case.request.seed)

    def attacks(self, case: Case, seats: Seats, *, tell: Tell) -> Findings:
        """What whoever counts learns of a vote, what a tally and pay give away, and whether stuffing is caught."""
        labeling: Labeling = case.inner
        return attacked(labeling, seats, seed=case.request.seed, tell=tell)

    def held(self, round_: LabelingRound) -> Held:
        """Each labeler's own votes, what it sent in their place, and the released tally."""
        own = [Value("vector", f"{n}'s own votes", v, OPEN, sender=n) for n, v in round_.vectors.items()]
        sent = [
            Value("sent", f"what {n} sent in place of its votes", v, RELEASED, sender=n) for n, v in round_.sent.items()
        ]
        total = Value("sum", "the released tally", round_.total, RELEASED)
        return Held((*own, *sent, total), none="neither the votes of a labeler nor the released tally")

    def choices(self, request: RunRequest, options: LabelingOptions) -> Mapping[str, Mapping[str, str]]:
        """What each consensus and each kind of crowd is, in words."""
        from workloads.labeling.consensus.methods import METHODS
        from workloads.labeling.crowds.plan import WORDS

        named = {"automatic": "Automatic"} | {key: method.name for key, method in METHODS.items() if key != "levels"}
        return {"consensus": named, "crowd": {kind: kind for kind in WORDS}}
