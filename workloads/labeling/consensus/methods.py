"""Every consensus by its name, for pages, benches and the command line."""

from collections.abc import Callable
from dataclasses import dataclass

from privacy.plugin import UnknownNameError
from workloads.labeling.consensus.dawid_skene import dawid_skene
from workloads.labeling.consensus.hierarchical import hierarchical
from workloads.labeling.consensus.levels import levelled
from workloads.labeling.consensus.majority import majority
from workloads.labeling.consensus.names import (
    DAWID_SKENE,
    HIERARCHICAL,
    LEVELLED,
    MAJORITY,
    ONE_COIN,
    ROBUST,
    WEIGHTED,
)
from workloads.labeling.consensus.one_coin import one_coin
from workloads.labeling.consensus.result import Audit, Consensus
from workloads.labeling.consensus.robust import robust
from workloads.labeling.consensus.weighted import weighted
from workloads.labeling.votes.table import Gold, Votes


@dataclass(frozen=True)
class Method:
    """A consensus: its name for people, and whether it must see single votes or does with tallies."""

    name: str
    run: Callable[..., Consensus]
    single_votes: bool
    uses_gold: bool


METHODS = {
    MAJORITY: Method("Majority", majority, single_votes=False, uses_gold=False),
    LEVELLED: Method("Majority of two weights", levelled, single_votes=False, uses_gold=True),
    WEIGHTED: Method("Agreement weights", weighted, single_votes=True, uses_gold=False),
    ONE_COIN: Method("One coin", one_coin, single_votes=True, uses_gold=False),
    DAWID_SKENE: Method("Dawid-Skene", dawid_skene, single_votes=True, uses_gold=False),
    HIERARCHICAL: Method("Hierarchical, gold gate", hierarchical, single_votes=True, uses_gold=True),
    ROBUST: Method("Recommended", robust, single_votes=True, uses_gold=True),
}


def consensus(method: str, votes: Votes, *, gold: Gold = None, audit: Audit | None = None, seed: int = 0) -> Consensus:
    """The consensus of that name; gold goes to the methods that use it, the expert to the recommended one.

    UnknownNameError for a name that there is not.
    """
    if method not in METHODS:
        raise UnknownNameError("consensus", method, METHODS)
    if method == ROBUST:
        return robust(votes, gold=gold, audit=audit, seed=seed)
    found = METHODS[method]
    return found.run(votes, gold=gold if found.uses_gold else None)
