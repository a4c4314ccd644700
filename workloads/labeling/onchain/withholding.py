"""Labels that were committed to and never shown: the requester claims it, the labeler answers, or loses its stake."""

import time
from dataclasses import dataclass

from privacy.plugin.contracts import address
from workloads.labeling.onchain.ballots import Ballot, ballot_of
from workloads.labeling.onchain.kept import covered, secret_of
from workloads.labeling.onchain.sending import past_time, send
from workloads.labeling.onchain.stage import Commitment, commitments, digest_of
from workloads.labeling.onchain.steps import Course
from workloads.labeling.onchain.town import Town
from workloads.labeling.rounds.book import Book


@dataclass(frozen=True)
class Withheld:
    """A commitment whose labels are not here. `deadline`, in seconds since 1970, is 0 where nothing is claimed yet."""

    entry: Commitment
    deadline: int = 0
    open: bool = False

    @property
    def late(self) -> bool:
        """Whether the claim is open and its time to answer is over."""
        return self.open and time.time() > self.deadline


def withheld(course: Course) -> list[Withheld]:
    """The commitments of a round that no votes of this machine answer to, and what is claimed of each."""
    there = commitments(course.town.rounds, course.terms.id)
    known = course.accounts(there)
    missing = [one for one in there if one.account not in known]
    found = [course.town.rounds.read("claimOf", course.terms.id, one.account) for one in missing]
    return [Withheld(one, *said) for one, said in zip(missing, found, strict=True)]


def claim_withheld(course: Course, account: str) -> None:
    """Claim that a labeler's labels were never shown. Reverted where that is too late, or was claimed before."""
    there = commitments(course.town.rounds, course.terms.id)
    at = next(i for i, one in enumerate(there) if one.account == account)
    rows = [(one.account, one.root, one.count) for one in there[at:]]
    name = f"withheld {course.terms.id.hex()} {account}"
    send(
        course.operator, course.town.rounds, name, "withheld", course.terms.id, digest_of(there[:at]), rows[0], rows[1:]
    )  # fmt: skip


def punish(course: Course, one: Withheld) -> None:
    """Slash the stake of a labeler who did not answer in time, for the requester. StateError before its deadline."""
    past_time(course.operator, one.deadline)
    name = f"punish {course.terms.id.hex()} {one.entry.account}"
    send(course.operator, course.town.rounds, name, "punish", course.terms.id, one.entry.account)


@dataclass(frozen=True)
class Claimed:
    """An open claim against a labeler in a round: what it committed to, and until when it may answer."""

    round: bytes
    root: bytes
    deadline: int


def claims_against(town: Town, account: str) -> list[Claimed]:
    """The open claims against an account, in all rounds."""
    account = address(account)
    found = [one.args for one in town.rounds.events("LabelsWithheld", labeler=account)]
    still = [said for said in found if town.rounds.read("claimOf", said["round"], account)[1]]
    return [Claimed(said["round"], said["root"], said["deadline"]) for said in still]


def answer(book: Book, course: Course, labeler: str, root: bytes) -> tuple[bytes, list[int], list[bytes], bytes]:
    """What `reveal` is called with: the round, the places and values in the order of the tree, and the secret.

    StateError where this machine does not have the labels.
    """
    ballot: Ballot = ballot_of(
        book, course.terms, course.number, labeler, only=covered(book, course.number, labeler, root) or frozenset()
    )  # fmt: skip
    secret = secret_of(book, course.number, labeler)
    return course.terms.id, list(ballot.places), list(ballot.values), secret
